import type { Kysely, Transaction } from 'kysely';
import type { Job, JobCounts, JobRead, JobResult, JobState, JobStore, StoredJob } from '../job-store.ts';
import type { StateAccess } from './access.ts';
import { jobOf, readOf, rowOf } from './job-rows.ts';
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
        .where((eb) => eb.or([eb('task', 'is', null), eb('parent', 'is not', null)]))
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(jobOf);
    });
  }

  openRetries(): Promise<StoredJob[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('job')
        .selectAll()
        .where('state', 'in', OPEN_STATES)
        .where('task', 'is not', null)
        .where('parent', 'is', null)
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(jobOf);
    });
  }

  retriedNow(retry: string): Promise<string[]> {
    return this.#access.read([], async (db) => {
      const rows = await db
        .selectFrom('job')
        .innerJoin('job_read', 'job_read.job', 'job.id')
        .select('job_read.meter')
        .where('job.parent', '=', retry)
        .where('job.state', 'in', OPEN_STATES)
        .where('job_read.told_by', 'is', null)
        .orderBy('job_read.meter')
        .execute();
      return rows.map(({ meter }) => meter);
    });
  }

  openReads(): Promise<number> {
    return this.#access.read(0, async (db) => {
      const row = await db
        .selectFrom('job')
        .innerJoin('job_read', 'job_read.job', 'job.id')
        .select((eb) => eb.fn.countAll().as('count'))
        .where('job.state', 'in', OPEN_STATES)
        .where('job.parent', 'is', null)
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

  endEmpty(id: string, at: number): Promise<void> {
    return this.#access.write((db) =>
      db.transaction().execute(async (trx) => {
        const read = await trx.selectFrom('job_read').select('meter').where('job', '=', id).executeTakeFirst();
        if (read) return;
        await trx.updateTable('job').set({ state: 'done', closed_at: at }).where('id', '=', id).execute();
      }),
    );
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
        const whole = [...results, ...(await ofRetries(trx, results))];
        for (const result of results) changed += await endRead(trx, result, toldBy);
        for (const result of whole.slice(results.length)) await endRead(trx, result, toldBy);
        await closeWhole(trx, whole, at);
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

/** The same endings for the retries of which their jobs are portions. */
async function ofRetries(trx: Trx, results: readonly JobResult[]): Promise<JobResult[]> {
  const retries = new Map<string, string>();
  for (const part of lists([...new Set(results.map(({ job }) => job))])) {
    const rows = await trx.selectFrom('job').select(['id', 'parent']).where('id', 'in', part).execute();
    for (const { id, parent } of rows) if (parent !== null) retries.set(id, parent);
  }
  return results.flatMap((result) => {
    const retry = retries.get(result.job);
    return retry === undefined ? [] : [{ ...result, job: retry }];
  });
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
