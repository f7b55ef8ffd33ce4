import type { ApiKey, KeyStore } from '../state-store.ts';
import type { StateAccess } from './access.ts';
import type { StateTables } from './tables.ts';

export class SqlKeys implements KeyStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  add({ id, name, hash, createdAt, revokedAt }: ApiKey): Promise<void> {
    return this.#access.write(async (db) => {
      await db.insertInto('api_key').values({ id, name, hash, created_at: createdAt, revoked_at: revokedAt }).execute();
    });
  }

  byHash(hash: string): Promise<ApiKey | null> {
    return this.#access.read(null, async (db) => {
      const row = await db.selectFrom('api_key').selectAll().where('hash', '=', hash).executeTakeFirst();
      return row ? keyOf(row) : null;
    });
  }

  /** In the order in which they were made. */
  list(): Promise<ApiKey[]> {
    return this.#access.read([], async (db) => {
      const rows = await db.selectFrom('api_key').selectAll().orderBy('created_at').orderBy('id').execute();
      return rows.map(keyOf);
    });
  }

  revoke(id: string, at: number): Promise<void> {
    return this.#access.write(async (db) => {
      await db
        .updateTable('api_key')
        .set({ revoked_at: at })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .execute();
    });
  }
}

function keyOf({ id, name, hash, created_at, revoked_at }: StateTables['api_key']): ApiKey {
  return { id, name, hash, createdAt: created_at, revokedAt: revoked_at };
}
