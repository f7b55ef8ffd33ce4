import type { FastifyReply } from 'fastify';
import type { Static } from 'typebox';
import { QUALITY_CODES, type Quality } from '#contract/quality.ts';
import { dateOf } from '#contract/zone.ts';
import { MeterwayError } from '#platform/errors.ts';
import { ApiProblem } from '../errors.ts';
import { shown } from '../queries/collection.ts';
import {
  checkMatch,
  checkOpen,
  checkValues,
  etagOf,
  type NamedReading,
  OverridesQuery,
  type OverrideWarning,
  type RevisedReading,
  slotParameter,
} from '../queries/overrides.ts';
import { meterParameter, taskParameter } from '../queries/parameters.ts';
import { Problem } from '../schemas/common.ts';
import { OverrideRequest, RevisedReadingShape, SlotPath, SlotQuery, UndoRequest } from '../schemas/overrides.ts';
import { type App, type Kit, PROBLEM_RESPONSES } from './route-kit.ts';

const CHANGE_RESPONSES = {
  200: RevisedReadingShape,
  ...PROBLEM_RESPONSES,
  409: Problem,
  412: Problem,
  428: Problem,
} as const;

/** A reading with its revisions, and the word of a person beside what the meter gave (人工修正). */
export function overrideRoutes(app: App, kit: Kit): void {
  const overrides = new OverridesQuery(kit.readings, kit.state.revisions, kit.state.batches);

  const named = async (params: Static<typeof SlotPath>, task = 'freeze-day'): Promise<NamedReading> => {
    const index = await kit.site.index();
    const meter = meterParameter(index, params.id);
    const found = taskParameter(index, task);
    return { meter, task: found, slot: slotParameter(index, meter, found, params.slot, kit.clock.now()) };
  };
  const read = async (name: NamedReading): Promise<RevisedReading> => overrides.of(await kit.site.index(), name);

  app.get(
    '/meters/:id/readings/:slot',
    {
      schema: {
        tags: ['operators', 'billing'],
        summary: 'One reading: what counts, what the meter gave, and every revision (示值及修订记录)',
        description: 'The ETag is needed to override the reading or to undo that.',
        params: SlotPath,
        querystring: SlotQuery,
        response: { 200: RevisedReadingShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query }, reply) => answer(kit, reply, await read(await named(params, query.task)), []),
  );

  app.put(
    '/meters/:id/readings/:slot/override',
    {
      schema: {
        tags: ['operators'],
        summary: 'Lets values that a person vouches for count in place of the meter’s (人工修正)',
        description:
          'Needs If-Match. The values count as a whole: registers that are left out do not count any more. What the ' +
          'meter gave stays stored beside them. What speaks against the values comes back as warnings.',
        params: SlotPath,
        querystring: SlotQuery,
        body: OverrideRequest,
        response: CHANGE_RESPONSES,
      },
    },
    async ({ params, query, body, headers, keyId }, reply) => {
      const name = await named(params, query.task);
      const reason = reasonOf(body.reason);
      const index = await kit.site.index();
      checkValues(index, name, body.values);
      const reading = await read(name);
      checkMatch(reading, headers['if-match']);
      checkOpen(reading, body.correction === true);
      const warnings = await overrides.warnings(index, reading, body.values);
      const said = { reason, by: keyId ?? '', at: kit.clock.now() };
      await overrides.write(reading, { ...said, kind: body.kind, method: null, values: body.values }).catch(notNow);
      return answer(kit, reply, await read(name), warnings);
    },
  );

  app.delete(
    '/meters/:id/readings/:slot/override',
    {
      schema: {
        tags: ['operators'],
        summary: 'Undoes an override by another revision: the meter’s own value counts again (撤销修正)',
        params: SlotPath,
        querystring: SlotQuery,
        body: UndoRequest,
        response: CHANGE_RESPONSES,
      },
    },
    async ({ params, query, body, headers, keyId }, reply) => {
      const name = await named(params, query.task);
      const reason = reasonOf(body.reason);
      const reading = await read(name);
      checkMatch(reading, headers['if-match']);
      const newest = reading.revisions.at(-1);
      if (newest?.kind !== 'edited' && newest?.kind !== 'manual') {
        throw new ApiProblem('nothing_to_undo', `what stands there is ${newest?.kind ?? 'the value of the meter'}`);
      }
      checkOpen(reading, body.correction === true);
      const said = { reason, by: keyId ?? '', at: kit.clock.now() };
      await overrides.write(reading, { ...said, kind: 'undone', method: null, values: null }).catch(notNow);
      return answer(kit, reply, await read(name), []);
    },
  );
}

function reasonOf(text: string): string {
  const reason = text.trim();
  if (reason.length >= 3) return reason;
  throw new ApiProblem('bad_request', 'body: /reason must say why in at least 3 characters', [
    { pointer: '/reason', detail: 'must say why in at least 3 characters' },
  ]);
}

/** The store is being made, updated, or busy with another process: nothing was written. */
function notNow(error: unknown): never {
  if (!(error instanceof MeterwayError) || error.next !== 'retry') throw error;
  throw new ApiProblem('not_ready', 'the revision cannot be stored right now; send the request again');
}

async function answer(
  kit: Kit,
  reply: FastifyReply,
  reading: RevisedReading,
  warnings: readonly OverrideWarning[],
): Promise<Static<typeof RevisedReadingShape>> {
  const zone = (await kit.site.index()).registry.timeZone;
  const { meter, task, slot, counts, revisions, batches } = reading;
  const { raw } = counts;
  reply.header('etag', etagOf(reading));
  return {
    meter: meter.id,
    meterNo: meter.no,
    task: task.id,
    slot: shown(zone, slot) ?? '',
    businessDate: dateOf(zone, slot),
    counts: {
      values: counts.values && { ...counts.values },
      quality: qualityShape(counts.quality),
      revision: counts.revision,
      method: counts.method,
    },
    raw: raw && {
      values: { ...raw.values },
      quality: qualityShape(raw.quality),
      rules: [...raw.rules],
      meterTime: shown(zone, raw.meterTime),
      readAt: shown(zone, raw.readAt) ?? '',
    },
    revisions: revisions.map(({ revision, kind, method, values, reason, by, at }) => ({
      ...{ revision, kind, method, reason, by },
      values: values && { ...values },
      at: shown(zone, at) ?? '',
    })),
    batches: batches.map(({ id, state }) => ({ id, state })),
    warnings: [...warnings],
    ...(await kit.site.stamp()),
  };
}

function qualityShape(code: Quality) {
  const { zh, en, cim } = QUALITY_CODES[code];
  return { code, zh, en, cim };
}
