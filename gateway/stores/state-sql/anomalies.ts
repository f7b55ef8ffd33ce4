import { type SelectQueryBuilder, sql, type Transaction } from 'kysely';
import type { Anomaly, AnomalyRule, AnomalyVerdict } from '#contract/anomaly.ts';
import type { NewCentreEvent } from '#contract/centre-event.ts';
import type { AnomalyCommit, AnomalyCount, AnomalyFilter, AnomalyGroup, AnomalyStore } from '../anomaly-store.ts';
import type { StateAccess } from './access.ts';
import { announce } from './events.ts';
import { lists } from './lists.ts';
import type { StateTables } from './tables.ts';

type AnomalyQuery = SelectQueryBuilder<StateTables, 'anomaly', object>;

export class SqlAnomalies implements AnomalyStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  commit({ anomalies, withdrawn, events, at }: AnomalyCommit): Promise<void> {
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        for (const anomaly of anomalies) await save(trx, anomaly);
        for (const ids of lists(withdrawn)) {
          await trx.deleteFrom('anomaly_verdict').where('anomaly', 'in', ids).execute();
          await trx.deleteFrom('anomaly').where('id', 'in', ids).execute();
        }
        await announce(trx, events, at);
      }),
    );
  }

  get(id: string): Promise<Anomaly | null> {
    return this.#access.read(null, async (db) => {
      const row = await db.selectFrom('anomaly').selectAll().where('id', '=', id).executeTakeFirst();
      return row ? anomalyOf(row) : null;
    });
  }

  /** Newest opened first. */
  list(filter: AnomalyFilter): Promise<Anomaly[]> {
    return this.#access.read([], async (db) => {
      const rows = await filtered(db.selectFrom('anomaly'), filter)
        .selectAll()
        .orderBy('opened_at', 'desc')
        .orderBy('id')
        .limit(filter.limit)
        .execute();
      return rows.map(anomalyOf);
    });
  }

  counts(by: AnomalyGroup, from: number, to: number): Promise<AnomalyCount[]> {
    return this.#access.read([], async (db) => {
      const column = sql.ref(by);
      const { rows } = await sql<{ key: string | null; opened: number; closed: number; open: number }>`
        select ${column} as key,
          sum(case when opened_at >= ${from} then 1 else 0 end) as opened,
          sum(case when closed_at >= ${from} and closed_at < ${to} then 1 else 0 end) as closed,
          sum(case when closed_at is null or closed_at >= ${to} then 1 else 0 end) as open
        from anomaly where opened_at < ${to} and (closed_at is null or closed_at >= ${from})
        group by ${column} order by ${column}`.execute(db);
      return rows.map(({ key, opened, closed, open }) => ({
        ...{ key, opened: Number(opened), closed: Number(closed), open: Number(open) },
      }));
    });
  }

  judge({ anomaly, verdict, at, by, note }: AnomalyVerdict, event: NewCentreEvent): Promise<void> {
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        const last = await trx
          .selectFrom('anomaly_verdict')
          .select((eb) => eb.fn.max('position').as('position'))
          .where('anomaly', '=', anomaly)
          .executeTakeFirst();
        const position = Number(last?.position ?? 0) + 1;
        await trx.insertInto('anomaly_verdict').values({ anomaly, position, verdict, at, by_whom: by, note }).execute();
        await announce(trx, [event], at);
      }),
    );
  }

  verdicts(anomalies: readonly string[]): Promise<AnomalyVerdict[]> {
    return this.#access.read([], async (db) => {
      const newest = new Map<string, AnomalyVerdict>();
      for (const ids of lists(anomalies)) {
        const rows = await db
          .selectFrom('anomaly_verdict')
          .selectAll()
          .where('anomaly', 'in', ids)
          .orderBy('position')
          .execute();
        for (const row of rows) newest.set(row.anomaly, verdictOf(row));
      }
      return [...newest.values()];
    });
  }

  verdictCounts(since: number): Promise<{ rule: AnomalyRule; verdict: string; count: number }[]> {
    return this.#access.read([], async (db) => {
      const { rows } = await sql<{ rule: string; verdict: string; count: number }>`
        select anomaly.rule as rule, given.verdict as verdict, count(*) as count
        from anomaly_verdict as given join anomaly on anomaly.id = given.anomaly
        where given.at >= ${since} and given.position =
          (select max(position) from anomaly_verdict where anomaly = given.anomaly)
        group by anomaly.rule, given.verdict order by anomaly.rule, given.verdict`.execute(db);
      return rows.map(({ rule, verdict, count }) => ({ rule: rule as AnomalyRule, verdict, count: Number(count) }));
    });
  }
}

async function save(trx: Transaction<StateTables>, anomaly: Anomaly): Promise<void> {
  const { id, ...row } = rowOf(anomaly);
  await trx
    .insertInto('anomaly')
    .values({ id, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

function filtered(query: AnomalyQuery, filter: AnomalyFilter): AnomalyQuery {
  const { state, rules, meter, meters, area, district, minScore, judged, during, after } = filter;
  let found = query;
  if (state === 'open') found = found.where('closed_at', 'is', null);
  if (state === 'closed') found = found.where('closed_at', 'is not', null);
  if (rules) found = found.where('rule', 'in', [...rules]);
  if (meter !== undefined) found = found.where('meter', '=', meter);
  if (meters) found = found.where('meter', 'in', [...meters]);
  if (area !== undefined) found = found.where('area', '=', area);
  if (district !== undefined) found = found.where('district', '=', district);
  if (minScore !== undefined) found = found.where('score', '>=', minScore);
  if (judged !== undefined) {
    found = found.where(({ exists, not, selectFrom }) => {
      const given = exists(
        selectFrom('anomaly_verdict').select('anomaly').whereRef('anomaly_verdict.anomaly', '=', 'anomaly.id'),
      );
      return judged ? given : not(given);
    });
  }
  if (during) {
    found = found
      .where('from_at', '<=', during.to)
      .where((eb) => eb.or([eb('closed_at', 'is', null), eb('closed_at', '>', during.from)]));
  }
  if (after) {
    found = found.where((eb) =>
      eb.or([
        eb('opened_at', '<', after.openedAt),
        eb.and([eb('opened_at', '=', after.openedAt), eb('id', '>', after.id)]),
      ]),
    );
  }
  return found;
}

function rowOf(anomaly: Anomaly): StateTables['anomaly'] {
  return {
    id: anomaly.id,
    rule: anomaly.rule,
    meter: anomaly.meter,
    area: anomaly.area,
    district: anomaly.district,
    level: anomaly.level,
    opened_at: anomaly.openedAt,
    closed_at: anomaly.closedAt,
    from_at: anomaly.from,
    to_at: anomaly.to,
    facts_json: JSON.stringify(anomaly.facts),
    score: anomaly.score,
  };
}

function anomalyOf(row: StateTables['anomaly']): Anomaly {
  return {
    id: row.id,
    rule: row.rule as Anomaly['rule'],
    meter: row.meter,
    area: row.area,
    district: row.district,
    level: row.level as Anomaly['level'],
    openedAt: row.opened_at,
    closedAt: row.closed_at,
    from: row.from_at,
    to: row.to_at,
    facts: JSON.parse(row.facts_json) as Anomaly['facts'],
    score: row.score,
  };
}

function verdictOf(row: StateTables['anomaly_verdict']): AnomalyVerdict {
  return {
    anomaly: row.anomaly,
    verdict: row.verdict as AnomalyVerdict['verdict'],
    at: row.at,
    by: row.by_whom,
    note: row.note,
  };
}
