import { type Static, Type } from 'typebox';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { JobRead } from '#stores/job-store.ts';
import { ApiProblem } from '../errors.ts';
import { shown } from '../queries/collection.ts';
import { jobById, jobShape, notNow } from '../queries/jobs.ts';
import { jobOf } from '../queries/reads.ts';
import { Cursor, IdText, Limit, listOf, Problem, strict } from '../schemas/common.ts';
import { IdempotencyHeader, JobResultShape, JobShape, ReadsRequest } from '../schemas/jobs.ts';
import { reasonShape } from './failures.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';

const JobPath = strict({ id: IdText });
/** Reads of all jobs that may wait at once: as many as some hundred lines get through within the longest timeout. */
const MOST_OPEN_READS = 20_000;

/** Reads on demand (召测): asked for, followed, and fetched. */
export function readsRoutes(app: App, kit: Kit): void {
  const { jobs } = kit.state;

  app.post(
    '/reads',
    {
      schema: {
        tags: ['operators'],
        summary: 'Reads meters now (召测); answers at once with the job that brings the values',
        description:
          'Goes before everything that the lines have to do by schedule. The values stand in the results of the job ' +
          'and are not counted in the collection figures. Jobs are kept for 30 days.',
        headers: IdempotencyHeader,
        querystring: NoQuery,
        body: ReadsRequest,
        response: { 202: JobShape, ...PROBLEM_RESPONSES, 409: Problem },
      },
    },
    async (request, reply) => {
      const index = await kit.site.index();
      const asker = { keyId: request.keyId ?? '', idempotencyKey: request.headers['idempotency-key'] ?? null };
      const { job, meters } = jobOf(index, request.body, asker, kit.clock.now());
      if ((await jobs.openReads()) + meters.length > MOST_OPEN_READS) {
        throw new ApiProblem('too_many_reads', `more than ${MOST_OPEN_READS} reads would wait; ask again in a while`);
      }
      const stored = await jobs.add(job, meters).catch(notNow);
      if (stored.requestDigest !== job.requestDigest) {
        throw new ApiProblem(
          'idempotency_conflict',
          `the Idempotency-Key was used for another request, which made the job ${stored.id}; use a new one`,
        );
      }
      return reply
        .code(202)
        .header('location', `/api/v1/jobs/${stored.id}`)
        .send(await jobShape(kit, index, await jobById(kit, stored.id)));
    },
  );

  app.get(
    '/jobs/:id',
    {
      schema: {
        tags: ['operators'],
        summary: 'How far a job has come',
        params: JobPath,
        querystring: NoQuery,
        response: { 200: JobShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params }) => jobShape(kit, await kit.site.index(), await jobById(kit, params.id)),
  );

  app.get(
    '/jobs/:id/results',
    {
      schema: {
        tags: ['operators'],
        summary: 'Reads of a job by meter id: values, or the reason why there are none',
        params: JobPath,
        querystring: strict({ limit: Type.Optional(Limit), cursor: Type.Optional(Cursor) }),
        response: { 200: listOf(JobResultShape), ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query }) => {
      const index = await kit.site.index();
      const { job, counts } = await jobById(kit, params.id);
      const list = `job ${job.id}`;
      const after = query.cursor === undefined ? '' : String(kit.cursors.decode(list, query.cursor)[0]);
      const limit = query.limit ?? 100;
      const reads = await jobs.reads(job.id, limit + 1, after);
      const items = reads.slice(0, limit).map((read) => resultShape(index, read));
      const last = items.at(-1);
      return {
        items,
        nextCursor: reads.length > limit && last ? kit.cursors.encode(list, [last.meter]) : null,
        ...(await kit.site.stamp()),
        warnings: counts.open > 0 ? [`${counts.open} reads are still open`] : [],
      };
    },
  );
}

function resultShape(index: RegistryIndex, { meter: id, result }: JobRead): Static<typeof JobResultShape> {
  const zone = index.registry.timeZone;
  const meter = index.meter(id);
  return {
    meter: id,
    meterNo: meter?.no ?? null,
    area: meter?.area ?? null,
    state: result === null ? 'open' : result.values === null ? 'failed' : 'answered',
    slot: shown(zone, result?.slot ?? null),
    meterTime: shown(zone, result?.meterTime ?? null),
    readAt: shown(zone, result?.readAt ?? null),
    values: result?.values ? { ...result.values } : null,
    reason: result?.reason ? reasonShape(result.reason) : null,
    detail: result?.detail ?? '',
  };
}
