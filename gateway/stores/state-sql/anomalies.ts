import type { Anomaly } from '#contract/anomaly.ts';
import type { AnomalyStore } from '../state-store.ts';
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
  list(filter: { state?: 'open' | 'closed'; meter?: string; limit: number }): Promise<Anomaly[]> {
    return this.#access.read([], async (db) => {
      let query = db.selectFrom('anomaly').selectAll();
      if (filter.state === 'open') query = query.where('closed_at', 'is', null);
      if (filter.state === 'closed') query = query.where('closed_at', 'is not', null);
      if (filter.meter !== undefined) query = query.where('meter', '=', filter.meter);
      const rows = await query.orderBy('opened_at', 'desc').orderBy('id').limit(filter.limit).execute();
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
