import type { Kysely, Transaction } from 'kysely';
import type { QuantityName } from '#contract/quantities.ts';
import type { Reason } from '#contract/reasons.ts';
import type { TaskKind } from '#contract/tasks.ts';
import type { Job, JobCounts, JobRead, JobResult, JobState, JobStore, StoredJob } from '../job-store.ts';
import type { StateAccess } from './access.ts';
import { inserts, lists } from './lists.ts';
import type { StateTables } from './tables.ts';

type Trx = Transaction<StateTables>;

const OPEN_STATES: readonly JobState[] = ['queued', 'running'];

export class SqlJobs implements JobStore {
  readonly #access: StateAccess;

  constructor(access: StateAccess) {
    this.#access = access;
  }

  add(job: Job, meters: readonly string[]): Promise<StoredJob> {
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        const inserted = await trx
          .insertInto('job')
          .values(rowOf(job))
          .onConflict((conflict) => conflict.columns(['asked_by', 'idempotency_key']).doNothing())
          .executeTakeFirst();
        if (inserted.numInsertedOrUpdatedRows === 0n) return earlier(trx, job);
        for (const part of inserts(meters.map((meter) => ({ job: job.id, meter, detail: '' })))) {
          await trx.insertInto('job_read').values(part).execute();
        }
        return { ...job, state: 'queued' as const, closedAt: null };
      }),
    );
  }

  get(id: string): Promise<{ job: StoredJob; counts: JobCounts } | null> {
    return this.#access.snapshot(null, async (trx) => {
      const row = await trx.selectFrom('job').selectAll().where('id', '=', id).executeTakeFirst();
      return row ? { job: jobOf(row), counts: await countsOf(trx, id) } : null;
    });
  }

  reads(id: string, limit: number, after: string): Promise<JobRead[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('job_read')
        .selectAll()
        .where('job', '=', id)
        .where('meter', '>', after)
        .orderBy('meter')
        .limit(limit)
        .execute();
      return rows.map(readOf);
    });
  }

  open(): Promise<StoredJob[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('job')
        .selectAll()
        .where('state', 'in', OPEN_STATES)
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(jobOf);
    });
  }

  openReads(): Promise<number> {
    return this.#access.read(0, async (db) => {
      const row = await db
        .selectFrom('job')
        .innerJoin('job_read', 'job_read.job', 'job.id')
        .select((eb) => eb.fn.countAll().as('count'))
        .where('job.state', 'in', OPEN_STATES)
        .where('job_read.told_by', 'is', null)
        .executeTakeFirst();
      return Number(row?.count ?? 0);
    });
  }

  openMeters(id: string): Promise<string[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('job_read')
        .select('meter')
        .where('job', '=', id)
        .where('told_by', 'is', null)
        .orderBy('meter')
        .execute();
      return rows.map(({ meter }) => meter);
    });
  }

  started(id: string): Promise<void> {
    return this.#access.write(async (db) => {
      await db
        .updateTable('job')
        .set({ state: 'running' })
        .where('id', '=', id)
        .where('state', '=', 'queued')
        .execute();
    });
  }

  end(results: readonly JobResult[], toldBy: 'collector' | 'centre', at: number): Promise<number> {
    if (results.length === 0) return Promise.resolve(0);
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        let changed = 0;
        for (const result of results) changed += await endRead(trx, result, toldBy);
        await closeWhole(trx, results, at);
        return changed;
      }),
    );
  }

  forgetBefore(createdAt: number): Promise<void> {
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        const old = await trx.selectFrom('job').select('id').where('created_at', '<', createdAt).execute();
        for (const part of lists(old.map(({ id }) => id))) {
          await trx.deleteFrom('job_read').where('job', 'in', part).execute();
          await trx.deleteFrom('job').where('id', 'in', part).execute();
        }
      }),
    );
  }
}

/** The job that an asker has made by the same name of request. */
async function earlier(trx: Trx, { askedBy, idempotencyKey }: Job): Promise<StoredJob> {
  const row = await trx
    .selectFrom('job')
    .selectAll()
    .where('asked_by', '=', askedBy)
    .where('idempotency_key', '=', idempotencyKey)
    .executeTakeFirstOrThrow();
  return jobOf(row);
}

async function countsOf(db: Kysely<StateTables>, id: string): Promise<JobCounts> {
  const row = await db
    .selectFrom('job_read')
    .select((eb) => [
      eb.fn.countAll().as('asked'),
      eb.fn.count('values_json').as('answered'),
      eb.fn.count('reason').as('failed'),
    ])
    .where('job', '=', id)
    .executeTakeFirst();
  const [asked, answered, failed] = [Number(row?.asked ?? 0), Number(row?.answered ?? 0), Number(row?.failed ?? 0)];
  return { asked, answered, failed, open: asked - answered - failed };
}

async function endRead(trx: Trx, result: JobResult, toldBy: 'collector' | 'centre'): Promise<number> {
  const { job, meter, slot, meterTime, readAt, values, reason, detail } = result;
  const { numUpdatedRows } = await trx
    .updateTable('job_read')
    .set({
      told_by: toldBy,
      slot,
      meter_time: meterTime,
      read_at: readAt,
      values_json: values && JSON.stringify(values),
      reason,
      detail,
    })
    .where('job', '=', job)
    .where('meter', '=', meter)
    .where((eb) =>
      toldBy === 'centre'
        ? eb('told_by', 'is', null)
        : eb.or([eb('told_by', 'is', null), eb('told_by', '=', 'centre')]),
    )
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** Marks those of the jobs as done that have no open read left. */
async function closeWhole(trx: Trx, results: readonly JobResult[], at: number): Promise<void> {
  for (const part of lists(results.map(({ job }) => job))) {
    await trx
      .updateTable('job')
      .set({ state: 'done', closed_at: at })
      .where('id', 'in', part)
      .where('state', 'in', OPEN_STATES)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('job_read')
              .select('job_read.meter')
              .whereRef('job_read.job', '=', 'job.id')
              .where('job_read.told_by', 'is', null),
          ),
        ),
      )
      .execute();
  }
}

function rowOf(job: Job): StateTables['job'] {
  return {
    id: job.id,
    kind: job.kind,
    items_json: JSON.stringify(job.items),
    slot: job.slot,
    asked_by: job.askedBy,
    idempotency_key: job.idempotencyKey,
    request_digest: job.requestDigest,
    created_at: job.createdAt,
    timeout_s: job.timeoutS,
    state: 'queued',
    closed_at: null,
  };
}

function jobOf(row: StateTables['job']): StoredJob {
  return {
    id: row.id,
    kind: row.kind as TaskKind,
    items: JSON.parse(row.items_json) as QuantityName[],
    slot: row.slot,
    askedBy: row.asked_by,
    idempotencyKey: row.idempotency_key,
    requestDigest: row.request_digest,
    createdAt: row.created_at,
    timeoutS: row.timeout_s,
    state: row.state as JobState,
    closedAt: row.closed_at,
  };
}

function readOf(row: StateTables['job_read']): JobRead {
  const { meter, told_by, slot, meter_time, read_at, values_json, reason, detail } = row;
  if (told_by === null || slot === null || read_at === null) return { meter, result: null };
  return {
    meter,
    result: {
      slot,
      meterTime: meter_time,
      readAt: read_at,
      values: values_json === null ? null : (JSON.parse(values_json) as NonNullable<JobResult['values']>),
      reason: reason as Reason | null,
      detail,
    },
  };
}
