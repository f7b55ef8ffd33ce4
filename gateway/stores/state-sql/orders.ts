import type { Transaction } from 'kysely';
import type { ArrearsOrder, ArrearsState, PlannedOutage } from '#contract/outage.ts';
import type { OrderStore, PutResult } from '../outage-store.ts';
import type { StateAccess } from './access.ts';
import type { StateTables } from './tables.ts';

type OrderTable = 'planned_outage' | 'arrears_order';

export class SqlOrders implements OrderStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  putPlanned(plan: PlannedOutage): Promise<PutResult> {
    const { externalId, seq, state, from, to } = plan;
    const row = { external_id: externalId, seq, state, from_at: from, to_at: to, content: JSON.stringify(plan) };
    return this.#put('planned_outage', plan, async (trx) => {
      await trx
        .insertInto('planned_outage')
        .values(row)
        .onConflict((conflict) => conflict.column('external_id').doUpdateSet(row))
        .execute();
    });
  }

  planned(externalId: string): Promise<PlannedOutage | null> {
    return this.#one('planned_outage', externalId);
  }

  plannedDuring(from: number, to: number): Promise<PlannedOutage[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('planned_outage')
        .select('content')
        .where('state', '=', 'announced')
        .where('to_at', '>=', from)
        .where('from_at', '<=', to)
        .orderBy('from_at')
        .orderBy('external_id')
        .execute();
      return rows.map(({ content }) => JSON.parse(content) as PlannedOutage);
    });
  }

  putArrears(order: ArrearsOrder): Promise<PutResult> {
    const { externalId, seq, account, state, updatedAt } = order;
    const row = {
      external_id: externalId,
      seq,
      account,
      state,
      updated_at: updatedAt,
      content: JSON.stringify(order),
    };
    return this.#put('arrears_order', order, async (trx) => {
      await trx
        .insertInto('arrears_order')
        .values(row)
        .onConflict((conflict) => conflict.column('external_id').doUpdateSet(row))
        .execute();
    });
  }

  arrears(externalId: string): Promise<ArrearsOrder | null> {
    return this.#one('arrears_order', externalId);
  }

  arrearsOfAccount(account: string): Promise<ArrearsOrder[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('arrears_order')
        .select('content')
        .where('account', '=', account)
        .orderBy('updated_at', 'desc')
        .orderBy('external_id')
        .execute();
      return rows.map(({ content }) => JSON.parse(content) as ArrearsOrder);
    });
  }

  arrearsIn(states: readonly ArrearsState[]): Promise<ArrearsOrder[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('arrears_order')
        .select('content')
        .where('state', 'in', [...states])
        .execute();
      return rows.map(({ content }) => JSON.parse(content) as ArrearsOrder);
    });
  }

  version(): Promise<string> {
    return this.#access.read('', async (db) => {
      const counts = [];
      for (const table of ['planned_outage', 'arrears_order'] as const) {
        const row = await db
          .selectFrom(table)
          .select((eb) => [eb.fn.countAll().as('rows'), eb.fn.sum('seq').as('seqs')])
          .executeTakeFirst();
        counts.push(`${row?.rows ?? 0} ${row?.seqs ?? 0}`);
      }
      return counts.join(' ');
    });
  }

  #put(
    table: OrderTable,
    order: PlannedOutage | ArrearsOrder,
    write: (trx: Transaction<StateTables>) => Promise<void>,
  ): Promise<PutResult> {
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        const known = await trx
          .selectFrom(table)
          .select(['seq', 'content'])
          .where('external_id', '=', order.externalId)
          .executeTakeFirst();
        if (known && known.seq >= order.seq) {
          return known.seq === order.seq && isSame(known.content, order) ? 'same' : 'stale';
        }
        await write(trx);
        return 'stored';
      }),
    );
  }

  #one<T extends PlannedOutage | ArrearsOrder>(table: OrderTable, externalId: string): Promise<T | null> {
    return this.#access.read(null, async (db) => {
      const row = await db.selectFrom(table).select('content').where('external_id', '=', externalId).executeTakeFirst();
      return row ? (JSON.parse(row.content) as T) : null;
    });
  }
}

/** When it was put is no part of what it says. */
function isSame(content: string, order: PlannedOutage | ArrearsOrder): boolean {
  const known = JSON.parse(content) as PlannedOutage | ArrearsOrder;
  return JSON.stringify({ ...known, updatedAt: 0 }) === JSON.stringify({ ...order, updatedAt: 0 });
}
