import { Type } from 'typebox';
import { dateOf } from '#contract/zone.ts';
import { ApiProblem } from '../errors.ts';
import { jobById, jobShape, notNow } from '../queries/jobs.ts';
import { dateParameter, taskParameter } from '../queries/parameters.ts';
import { MOST_RETRIED, RetryPlanner } from '../queries/retries.ts';
import { DateText, IdText, Problem, strict } from '../schemas/common.ts';
import { IdempotencyHeader, JobShape } from '../schemas/jobs.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';

const Part = Type.Optional(IdText);

const RetryRequest = strict({
  date: Type.Optional(Type.String({ ...DateText, description: 'Business date; today when left out' })),
  task: Type.Optional(IdText),
  scope: Type.Object(
    {
      district: Part,
      feeder: Part,
      area: Part,
      concentrator: Part,
      collector: Part,
      line: Part,
      meters: Type.Optional(Type.Array(IdText, { minItems: 1, maxItems: 1000 })),
    },
    { additionalProperties: false, minProperties: 1, description: 'What is named must all hold' },
  ),
});

/** Reading again what failed (补抄), by scope. */
export function retryRoutes(app: App, kit: Kit): void {
  const { jobs } = kit.state;
  const planner = new RetryPlanner({
    kept: kit.keptDays,
    grids: kit.grids,
    registered: (index) => kit.dayCounts.registered(index),
    status: kit.state.status,
  });

  app.post(
    '/collection/retries',
    {
      schema: {
        tags: ['operators'],
        summary: 'Reads again what failed on a day (补抄); answers at once with the job and an estimate of its time',
        description:
          'Takes the reads of the task and day that have no value yet, within the scope. What is read counts in the ' +
          'figures of its day at once. The lines get it in portions between the work of their schedule. Meters that ' +
          'cannot be read again are named under rejected.',
        headers: IdempotencyHeader,
        querystring: NoQuery,
        body: RetryRequest,
        response: { 202: JobShape, ...PROBLEM_RESPONSES, 409: Problem },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const index = await kit.site.index();
      const now = kit.clock.now();
      const task = taskParameter(index, body.task ?? 'freeze-day');
      if (task.kind !== 'freeze-day' && task.kind !== 'freeze-month') {
        throw new ApiProblem('bad_request', `${task.id} is a ${task.kind} task; only freezes are read again by scope`, [
          { pointer: '/task', detail: 'must be a task of day or month freezes; for others use POST /reads' },
        ]);
      }
      const date = dateParameter('date', body.date ?? dateOf(index.registry.timeZone, now));
      const asker = { keyId: request.keyId ?? '', idempotencyKey: request.headers['idempotency-key'] ?? null };
      const wanted = { task, date, scope: body.scope, retriedNow: await retriedNow(kit, task.id) };
      const { job, meters } = await planner.plan(index, wanted, asker, now);
      if ((await jobs.openReads()) + meters.length > MOST_RETRIED) {
        throw new ApiProblem(
          'too_many_reads',
          `${meters.length} reads would be asked for; at most ${MOST_RETRIED} may wait: name a smaller scope`,
        );
      }
      const stored = await jobs.add(job, meters).catch(notNow);
      if (stored.requestDigest !== job.requestDigest) {
        throw new ApiProblem(
          'idempotency_conflict',
          `the Idempotency-Key was used for another request, which made the job ${stored.id}; use a new one`,
        );
      }
      if (meters.length === 0 && stored.id === job.id) await jobs.endEmpty(job.id, now);
      return reply
        .code(202)
        .header('location', `/api/v1/jobs/${stored.id}`)
        .send(await jobShape(kit, index, await jobById(kit, stored.id)));
    },
  );
}

/** Meters that a retry of the task has before it already. */
async function retriedNow({ state: { jobs } }: Kit, task: string): Promise<Set<string>> {
  const retries = (await jobs.openRetries()).filter(({ retry }) => retry?.task === task);
  return new Set((await Promise.all(retries.map(({ id }) => jobs.openMeters(id)))).flat());
}
