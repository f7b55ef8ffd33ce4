import type { Anomaly } from '#contract/anomaly.ts';
import type { AnomalyFilter, AnomalyStore } from '../state-store.ts';
import type { StateAccess } from './access.ts';
import type { StateTables } from './tables.ts';

export class SqlAnomalies implements AnomalyStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  save(anomaly: Anomaly): Promise<void> {
    const { id, ...row } = rowOf(anomaly);
    return this.#access.write(async (db) => {
      await db
        .insertInto('anomaly')
        .values({ id, ...row })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
        .execute();
    });
  }

  /** Newest opened first. */
  list({ state, meter, limit, after }: AnomalyFilter): Promise<Anomaly[]> {
    return this.#access.read([], async (db) => {
      let query = db.selectFrom('anomaly').selectAll();
      if (state === 'open') query = query.where('closed_at', 'is', null);
      if (state === 'closed') query = query.where('closed_at', 'is not', null);
      if (meter !== undefined) query = query.where('meter', '=', meter);
      if (after) {
        query = query.where((eb) =>
          eb.or([
            eb('opened_at', '<', after.openedAt),
            eb.and([eb('opened_at', '=', after.openedAt), eb('id', '>', after.id)]),
          ]),
        );
      }
      const rows = await query.orderBy('opened_at', 'desc').orderBy('id').limit(limit).execute();
      return rows.map(anomalyOf);
    });
  }
}

function rowOf(anomaly: Anomaly): StateTables['anomaly'] {
  return {
    id: anomaly.id,
    rule: anomaly.rule,
    meter: anomaly.meter,
    opened_at: anomaly.openedAt,
    closed_at: anomaly.closedAt,
    from_at: anomaly.from,
    to_at: anomaly.to,
    facts_json: JSON.stringify(anomaly.facts),
  };
}

function anomalyOf(row: StateTables['anomaly']): Anomaly {
  return {
    id: row.id,
    rule: row.rule as Anomaly['rule'],
    meter: row.meter,
    openedAt: row.opened_at,
    closedAt: row.closed_at,
    from: row.from_at,
    to: row.to_at,
    facts: JSON.parse(row.facts_json) as Anomaly['facts'],
  };
}
