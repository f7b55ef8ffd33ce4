import type { Transaction } from 'kysely';
import type { MeterRowStore } from '../meter-row-store.ts';
import type { StateAccess } from './access.ts';
import { inserts, lists } from './lists.ts';
import type { StateTables } from './tables.ts';

const PAGE = 20_000;

export class SqlMeterRows implements MeterRowStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  /** In pages: a million rows at once would be in memory twice. */
  all(): Promise<string[]> {
    return this.#access.snapshot([], async (trx) => {
      const meters: string[] = [];
      for (;;) {
        const rows = await trx
          .selectFrom('meter_row')
          .select('meter')
          .where('row', '>=', meters.length)
          .orderBy('row')
          .limit(PAGE)
          .execute();
        for (const { meter } of rows) meters.push(meter);
        if (rows.length < PAGE) return meters;
      }
    });
  }

  add(meters: readonly string[]): Promise<number> {
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        const newest = await trx
          .selectFrom('meter_row')
          .select('row')
          .orderBy('row', 'desc')
          .limit(1)
          .executeTakeFirst();
        let rows = (newest?.row ?? -1) + 1;
        for (let from = 0; from < meters.length; from += PAGE) {
          const page = meters.slice(from, from + PAGE);
          const known = rows === 0 ? new Set<string>() : await knownOf(trx, page);
          const added = [...new Set(page)]
            .filter((meter) => !known.has(meter))
            .map((meter) => ({ meter, row: rows++ }));
          for (const part of inserts(added)) await trx.insertInto('meter_row').values(part).execute();
        }
        return rows;
      }),
    );
  }
}

async function knownOf(trx: Transaction<StateTables>, meters: readonly string[]): Promise<Set<string>> {
  const known = new Set<string>();
  for (const part of lists(meters)) {
    const rows = await trx.selectFrom('meter_row').select('meter').where('meter', 'in', part).execute();
    for (const { meter } of rows) known.add(meter);
  }
  return known;
}
