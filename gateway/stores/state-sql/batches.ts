import type { Expression, ExpressionBuilder, SqlBool, Transaction } from 'kysely';
import type { Batch, BatchState, BatchStore, Correction } from '../batch-store.ts';
import type { StateAccess } from './access.ts';
import { announce } from './events.ts';
import { lists } from './lists.ts';
import type { StateTables } from './tables.ts';

type Row = StateTables['billing_batch'];
type NewCorrection = Omit<Correction, 'seq'>;
type Filter = Parameters<BatchStore['list']>[0];

const OPEN_STATES: readonly BatchState[] = ['requested', 'building'];
const DELIVERED: readonly BatchState[] = ['ready', 'acknowledged'];

export class SqlBatches implements BatchStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  add(batch: Parameters<BatchStore['add']>[0]): Promise<Batch> {
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto('billing_batch')
          .values(newRow(batch))
          .onConflict((conflict) => conflict.columns(['asked_by', 'idempotency_key']).doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows !== 0n) return batchOf(newRow(batch));
        const row = await trx
          .selectFrom('billing_batch')
          .selectAll()
          .where('asked_by', '=', batch.askedBy)
          .where('idempotency_key', '=', batch.idempotencyKey)
          .executeTakeFirstOrThrow();
        return batchOf(row);
      }),
    );
  }

  get(id: string): Promise<Batch | null> {
    return this.#access.read(null, async (db) => {
      const row = await db.selectFrom('billing_batch').selectAll().where('id', '=', id).executeTakeFirst();
      return row ? batchOf(row) : null;
    });
  }

  list(filter: Filter): Promise<Batch[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('billing_batch')
        .selectAll()
        .where((eb) => eb.and(conditions(eb, filter)))
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .limit(filter.limit)
        .execute();
      return rows.map(batchOf);
    });
  }

  unfinished(): Promise<Batch[]> {
    return this.#many((eb) => eb('state', 'in', OPEN_STATES));
  }

  ofSlot(task: string, slot: number): Promise<Batch[]> {
    return this.#many((eb) => eb.and([eb('task', '=', task), eb('slot', '=', slot), eb('state', 'in', DELIVERED)]));
  }

  following(previous: string): Promise<Batch[]> {
    return this.#many((eb) => eb.and([eb('previous', '=', previous), eb('state', 'in', DELIVERED)]));
  }

  before({ task, district, slot, period }: Parameters<BatchStore['before']>[0]): Promise<Batch | null> {
    return this.#access.read(null, async (db) => {
      const row = await db
        .selectFrom('billing_batch')
        .selectAll()
        .where('task', '=', task)
        .where('district', district === null ? 'is' : '=', district)
        .where('slot', '<', slot)
        .where('period', period === null ? 'is' : 'is not', null)
        .where('state', 'in', DELIVERED)
        .orderBy('slot', 'desc')
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row ? batchOf(row) : null;
    });
  }

  update(id: string, change: Parameters<BatchStore['update']>[1]): Promise<void> {
    const { state, progress, detail, readyAt, rows, sha256, counts, previous } = change;
    const set: Partial<Row> = {
      ...(state !== undefined && { state }),
      ...(progress !== undefined && { progress }),
      ...(detail !== undefined && { detail }),
      ...(readyAt !== undefined && { ready_at: readyAt }),
      ...(rows !== undefined && { row_count: rows }),
      ...(sha256 !== undefined && { sha256 }),
      ...(counts !== undefined && { counts_json: JSON.stringify(counts) }),
      ...(previous !== undefined && { previous }),
    };
    if (Object.keys(set).length === 0) return Promise.resolve();
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        // What is ready never changes again.
        const changed = await trx
          .updateTable('billing_batch')
          .set(set)
          .where('id', '=', id)
          .where('state', 'in', OPEN_STATES)
          .returningAll()
          .executeTakeFirst();
        if (changed && state === 'ready') await announceReady(trx, batchOf(changed));
      }),
    );
  }

  acknowledge(id: string, by: string, at: number): Promise<boolean> {
    return this.#access.write(async (db) => {
      const { numUpdatedRows } = await db
        .updateTable('billing_batch')
        .set({ state: 'acknowledged', acknowledged_at: at, acknowledged_by: by })
        .where('id', '=', id)
        .where('state', '=', 'ready')
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    });
  }

  addCorrections(corrections: readonly NewCorrection[]): Promise<void> {
    if (corrections.length === 0) return Promise.resolve();
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        for (const [batch, ofBatch] of Map.groupBy(corrections, (each) => each.batch)) {
          await appendCorrections(trx, batch, ofBatch);
        }
      }),
    );
  }

  dropCorrections(batch: string): Promise<void> {
    return this.#access.write(async (db) => {
      await db.deleteFrom('billing_correction').where('batch', '=', batch).execute();
    });
  }

  corrections(batch: string, after: number, limit: number): Promise<Correction[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('billing_correction')
        .selectAll()
        .where('batch', '=', batch)
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(limit)
        .execute();
      return rows.map(correctionOf);
    });
  }

  newestCorrections(batch: string, meters: readonly string[]): Promise<Correction[]> {
    return this.#access.read([], async (db) => {
      const newest = new Map<string, Correction>();
      for (const part of lists(meters)) {
        const rows = await db
          .selectFrom('billing_correction')
          .selectAll()
          .where('batch', '=', batch)
          .where('meter', 'in', part)
          .orderBy('meter')
          .orderBy('revision')
          .execute();
        for (const row of rows) newest.set(row.meter, correctionOf(row));
      }
      return [...newest.values()];
    });
  }

  /** Oldest first. */
  #many(where: (eb: ExpressionBuilder<StateTables, 'billing_batch'>) => Expression<SqlBool>): Promise<Batch[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('billing_batch')
        .selectAll()
        .where(where)
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(batchOf);
    });
  }
}

function announceReady(trx: Transaction<StateTables>, batch: Batch): Promise<void> {
  const { id, district, period, date, task, rows, sha256, readyAt, createdAt } = batch;
  const at = readyAt ?? createdAt;
  const data = { batch: id, period, date, task, rows, sha256 };
  return announce(trx, [{ type: 'billing.batch-ready.v1', at, district, subject: id, evidenceAt: null, data }], at);
}

function conditions(
  eb: ExpressionBuilder<StateTables, 'billing_batch'>,
  { district, state, after }: Filter,
): Expression<SqlBool>[] {
  const all: Expression<SqlBool>[] = [];
  if (district !== undefined) all.push(eb('district', district === null ? 'is' : '=', district));
  if (state !== undefined) all.push(eb('state', '=', state));
  if (after) {
    const { createdAt, id } = after;
    all.push(eb.or([eb('created_at', '<', createdAt), eb.and([eb('created_at', '=', createdAt), eb('id', '>', id)])]));
  }
  return all;
}

async function appendCorrections(
  trx: Transaction<StateTables>,
  batch: string,
  corrections: readonly NewCorrection[],
): Promise<void> {
  const last = await trx
    .selectFrom('billing_correction')
    .select((eb) => eb.fn.max('seq').as('seq'))
    .where('batch', '=', batch)
    .executeTakeFirst();
  let seq = Number(last?.seq ?? 0);
  for (const { meter, revision, at, row } of corrections) {
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('billing_correction')
      .values({ batch, seq: seq + 1, meter, revision, at, row_json: JSON.stringify(row) })
      .onConflict((conflict) => conflict.columns(['batch', 'meter', 'revision']).doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows !== 0n) seq++;
  }
}

function newRow(batch: Parameters<BatchStore['add']>[0]): Row {
  return {
    id: batch.id,
    district: batch.district,
    period: batch.period,
    date: batch.date,
    task: batch.task,
    slot: batch.slot,
    asked_by: batch.askedBy,
    idempotency_key: batch.idempotencyKey,
    created_at: batch.createdAt,
    state: 'requested',
    progress: 0,
    detail: '',
    ready_at: null,
    row_count: null,
    sha256: null,
    counts_json: '{}',
    previous: null,
    acknowledged_at: null,
    acknowledged_by: null,
  };
}

function batchOf(row: Row): Batch {
  return {
    id: row.id,
    district: row.district,
    period: row.period,
    date: row.date,
    task: row.task,
    slot: row.slot,
    askedBy: row.asked_by,
    idempotencyKey: row.idempotency_key,
    createdAt: row.created_at,
    state: row.state as BatchState,
    progress: row.progress,
    detail: row.detail,
    readyAt: row.ready_at,
    rows: row.row_count,
    sha256: row.sha256,
    counts: JSON.parse(row.counts_json) as Record<string, number>,
    previous: row.previous,
    acknowledgedAt: row.acknowledged_at,
    acknowledgedBy: row.acknowledged_by,
  };
}

function correctionOf(row: StateTables['billing_correction']): Correction {
  const { batch, seq, meter, revision, at, row_json } = row;
  return { batch, seq, meter, revision, at, row: JSON.parse(row_json) as Correction['row'] };
}
