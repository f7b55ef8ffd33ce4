import type { CaseNote, CaseState, CaseStore } from '../collection-stores.ts';
import type { StateAccess } from './access.ts';
import type { CollectionTables } from './collection-tables.ts';

export class SqlCases implements CaseStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  save(note: Omit<CaseNote, 'revision'>, expected: number): Promise<CaseNote | null> {
    const saved = { ...note, revision: expected + 1 };
    const { id, by, ...said } = saved;
    return this.#access.write(async (db) => {
      const values = { ...said, by_whom: by };
      if (expected === 0) {
        const added = await db
          .insertInto('failure_case')
          .values({ id, ...values })
          .onConflict((oc) => oc.column('id').doNothing())
          .executeTakeFirst();
        return Number(added.numInsertedOrUpdatedRows ?? 0) > 0 ? saved : null;
      }
      const changed = await db
        .updateTable('failure_case')
        .set(values)
        .where('id', '=', id)
        .where('revision', '=', expected)
        .executeTakeFirst();
      return Number(changed.numUpdatedRows) > 0 ? saved : null;
    });
  }

  get(id: string): Promise<CaseNote | null> {
    return this.#access.read(null, async (db) => {
      const row = await db.selectFrom('failure_case').selectAll().where('id', '=', id).executeTakeFirst();
      return row ? noteOf(row) : null;
    });
  }

  all(): Promise<CaseNote[]> {
    return this.#access.read([], async (db) => {
      const rows = await db.selectFrom('failure_case').selectAll().orderBy('id').execute();
      return rows.map(noteOf);
    });
  }
}

function noteOf({ id, state, note, assignee, by_whom, at, revision }: CollectionTables['failure_case']): CaseNote {
  return { id, state: state as CaseState, note, assignee, by: by_whom, at, revision };
}
