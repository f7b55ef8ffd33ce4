import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { NewCentreEvent } from '#contract/centre-event.ts';
import type { DayReport, DayReportStore } from '../collection-stores.ts';
import type { StateAccess } from './access.ts';
import { announce } from './events.ts';

const deflate = promisify<Uint8Array, Uint8Array>(deflateRaw);
const inflate = promisify<Uint8Array, Uint8Array>(inflateRaw);

/** Reports are kept for ever, and most meters of a day have the same state: compressed, a million take some kilobytes. */
export class SqlDayReports implements DayReportStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  async add({ task, date, closedAt, codes, cells }: DayReport, told: readonly NewCentreEvent[] = []): Promise<boolean> {
    const row = {
      task,
      date,
      closed_at: closedAt,
      codes_json: JSON.stringify(codes),
      cells: new Uint8Array(await deflate(cells)),
    };
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        const added = await trx
          .insertInto('day_report')
          .values(row)
          .onConflict((oc) => oc.columns(['task', 'date']).doNothing())
          .executeTakeFirst();
        const isFirst = Number(added.numInsertedOrUpdatedRows ?? 0) > 0;
        if (isFirst) await announce(trx, told, closedAt);
        return isFirst;
      }),
    );
  }

  get(task: string, date: string): Promise<DayReport | null> {
    return this.#access.read(null, async (db) => {
      const row = await db
        .selectFrom('day_report')
        .selectAll()
        .where('task', '=', task)
        .where('date', '=', date)
        .executeTakeFirst();
      if (!row) return null;
      const codes = JSON.parse(row.codes_json) as string[];
      return { task, date, closedAt: row.closed_at, codes, cells: new Uint8Array(await inflate(row.cells)) };
    });
  }

  dates(task: string, from: string, to: string): Promise<string[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('day_report')
        .select('date')
        .where('task', '=', task)
        .where('date', '>=', from)
        .where('date', '<=', to)
        .orderBy('date')
        .execute();
      return rows.map(({ date }) => date);
    });
  }
}
