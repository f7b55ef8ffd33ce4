import type { ReplayRequest, ReplayStore } from '../replay-store.ts';
import type { StateAccess } from './access.ts';
import { inserts } from './lists.ts';
import type { StateTables } from './tables.ts';

export class SqlReplays implements ReplayStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  add(requests: readonly Omit<ReplayRequest, 'takenAt' | 'rows'>[]): Promise<void> {
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        const rows = requests.map(({ id, collector, since, requestedAt }) => ({
          ...{ id, collector, since, requested_at: requestedAt },
          ...{ taken_at: null, result_rows: null },
        }));
        for (const part of inserts(rows)) await trx.insertInto('replay').values(part).execute();
      }),
    );
  }

  list(limit: number): Promise<ReplayRequest[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('replay')
        .selectAll()
        .orderBy('requested_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map(requestOf);
    });
  }

  open(): Promise<ReplayRequest[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('replay')
        .selectAll()
        .where('taken_at', 'is', null)
        .orderBy('requested_at')
        .orderBy('id')
        .execute();
      return rows.map(requestOf);
    });
  }

  taken(id: string, at: number, rows: number): Promise<void> {
    return this.#access.write(async (db) => {
      await db
        .updateTable('replay')
        .set({ taken_at: at, result_rows: rows })
        .where('id', '=', id)
        .where('taken_at', 'is', null)
        .execute();
    });
  }
}

function requestOf({
  id,
  collector,
  since,
  requested_at,
  taken_at,
  result_rows,
}: StateTables['replay']): ReplayRequest {
  return { id, collector, since, requestedAt: requested_at, takenAt: taken_at, rows: result_rows };
}
