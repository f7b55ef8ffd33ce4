import type { ExclusionStore, ManualExclusion } from '../collection-stores.ts';
import type { StateAccess } from './access.ts';
import type { CollectionTables } from './collection-tables.ts';
import { tell } from './feed.ts';

export class SqlExclusions implements ExclusionStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  add({ id, scope, from, to, reason, by, at }: Parameters<ExclusionStore['add']>[0]): Promise<void> {
    const row = {
      id,
      scope_kind: scope.kind,
      scope_id: scope.id,
      from_date: from,
      to_date: to,
      reason,
      by_whom: by,
      at,
      ended_at: null,
      ended_by: null,
    };
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        const result = await trx
          .insertInto('exclusion')
          .values(row)
          .onConflict((oc) => oc.column('id').doNothing())
          .executeTakeFirst();
        if (Number(result.numInsertedOrUpdatedRows ?? 0) > 0) await tell(trx, { exclusions: true });
      }),
    );
  }

  end(id: string, by: string, at: number): Promise<boolean> {
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        const result = await trx
          .updateTable('exclusion')
          .set({ ended_at: at, ended_by: by })
          .where('id', '=', id)
          .where('ended_at', 'is', null)
          .executeTakeFirst();
        if (Number(result.numUpdatedRows) === 0) return false;
        await tell(trx, { exclusions: true });
        return true;
      }),
    );
  }

  list(): Promise<ManualExclusion[]> {
    return this.#access.read([], async (db) => {
      const rows = await db.selectFrom('exclusion').selectAll().orderBy('at', 'desc').orderBy('id').execute();
      return rows.map(exclusionOf);
    });
  }
}

function exclusionOf(row: CollectionTables['exclusion']): ManualExclusion {
  return {
    id: row.id,
    scope: { kind: row.scope_kind as ManualExclusion['scope']['kind'], id: row.scope_id },
    from: row.from_date,
    to: row.to_date,
    reason: row.reason,
    by: row.by_whom,
    at: row.at,
    endedAt: row.ended_at,
    endedBy: row.ended_by,
  };
}
