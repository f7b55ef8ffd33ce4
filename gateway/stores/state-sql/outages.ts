import type { SelectQueryBuilder, Transaction } from 'kysely';
import type { Outage } from '#contract/outage.ts';
import type { OutageFilter, OutageStore } from '../state-store.ts';
import type { StateAccess } from './access.ts';
import { inserts, lists } from './lists.ts';
import type { StateTables } from './tables.ts';

type OutageQuery = SelectQueryBuilder<StateTables, 'outage', object>;
type OutageRow = StateTables['outage'];

export class SqlOutages implements OutageStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  save(outage: Outage): Promise<void> {
    const { id, ...row } = rowOf(outage);
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        await trx
          .insertInto('outage')
          .values({ id, ...row })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
          .execute();
        await trx.deleteFrom('outage_meter').where('outage', '=', id).execute();
        const meters = outage.meters.map((meter, position) => ({ outage: id, meter, position }));
        for (const part of inserts(meters)) await trx.insertInto('outage_meter').values(part).execute();
      }),
    );
  }

  get(id: string): Promise<Outage | null> {
    return this.#access.snapshot(null, async (trx) => {
      const row = await trx.selectFrom('outage').selectAll().where('id', '=', id).executeTakeFirst();
      if (!row) return null;
      const [outage] = await withMeters(trx, [row]);
      return outage ?? null;
    });
  }

  list(filter: OutageFilter): Promise<Outage[]> {
    return this.#access.snapshot([], async (trx) => {
      const rows = await filtered(trx.selectFrom('outage'), filter)
        .selectAll()
        .orderBy('started_at', 'desc')
        .orderBy('id')
        .limit(filter.limit)
        .execute();
      return withMeters(trx, rows);
    });
  }
}

function filtered(query: OutageQuery, { state, area, meter, during, after }: OutageFilter): OutageQuery {
  let found = query;
  if (state === 'open') found = found.where('restored_at', 'is', null);
  if (state === 'restored') found = found.where('restored_at', 'is not', null);
  if (area !== undefined) found = found.where('area', '=', area);
  if (meter !== undefined) {
    found = found.where('id', 'in', (eb) => eb.selectFrom('outage_meter').select('outage').where('meter', '=', meter));
  }
  if (during) {
    found = found
      .where('started_at', '<=', during.to)
      .where((eb) => eb.or([eb('restored_at', 'is', null), eb('restored_at', '>', during.from)]));
  }
  if (after) {
    found = found.where((eb) =>
      eb.or([
        eb('started_at', '<', after.startedAt),
        eb.and([eb('started_at', '=', after.startedAt), eb('id', '>', after.id)]),
      ]),
    );
  }
  return found;
}

async function withMeters(trx: Transaction<StateTables>, rows: readonly OutageRow[]): Promise<Outage[]> {
  const meters = new Map<string, string[]>(rows.map((row) => [row.id, []]));
  for (const ids of lists([...meters.keys()])) {
    const found = await trx
      .selectFrom('outage_meter')
      .select(['outage', 'meter'])
      .where('outage', 'in', ids)
      .orderBy('outage')
      .orderBy('position')
      .execute();
    for (const { outage, meter } of found) meters.get(outage)?.push(meter);
  }
  return rows.map((row) => outageOf(row, meters.get(row.id) ?? []));
}

function rowOf(outage: Outage): OutageRow {
  return {
    id: outage.id,
    kind: outage.kind,
    node: outage.node,
    node_id: outage.nodeId,
    area: outage.area,
    phase: outage.phase,
    started_at: outage.startedAt,
    restored_at: outage.restoredAt,
    detected_at: outage.detectedAt,
    confidence: outage.confidence,
    evidence_json: JSON.stringify(outage.evidence),
    revision: outage.revision,
  };
}

function outageOf(row: OutageRow, meters: readonly string[]): Outage {
  return {
    id: row.id,
    kind: row.kind as Outage['kind'],
    node: row.node as Outage['node'],
    nodeId: row.node_id,
    area: row.area,
    phase: row.phase as Outage['phase'],
    startedAt: row.started_at,
    restoredAt: row.restored_at,
    detectedAt: row.detected_at,
    confidence: row.confidence as Outage['confidence'],
    meters,
    evidence: JSON.parse(row.evidence_json) as Outage['evidence'],
    revision: row.revision,
  };
}
