import type { Static } from 'typebox';
import type { Meter } from '#contract/registry.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { ApiProblem } from '../errors.ts';
import { shown } from '../queries/collection.ts';
import { meterParameter } from '../queries/parameters.ts';
import { ProbeRunner } from '../queries/probe-runner.ts';
import type { SupplyQuery, SupplyStatus } from '../queries/supply.ts';
import { type Asker, SupplyProbes } from '../queries/supply-probe.ts';
import { supplyShape } from '../queries/supply-shapes.ts';
import { IdText, Problem, strict } from '../schemas/common.ts';
import { IdempotencyHeader } from '../schemas/jobs.ts';
import { ProbeShape, ProbeStartedShape } from '../schemas/supply.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';

/** Reads on demand that may wait before the hotline asks for no more. */
const MOST_OPEN_READS = 20_000;

type ProbeRef = Pick<Static<typeof ProbeShape>, 'id' | 'state'>;

/** Begins a live read of a meter, and resolves with it. Rejects with `too_many_reads`, or when it cannot be stored. */
export type StartProbe = (index: RegistryIndex, meter: Meter, asker: Asker, status: SupplyStatus) => Promise<ProbeRef>;

/** Live reads for the hotline: the meter, and its neighbours when it is silent. Returns what begins one. */
export function probeRoutes(app: App, kit: Kit, supply: SupplyQuery): StartProbe {
  const { clock, state, logger, outageSettings: settings } = kit;
  const probes = new SupplyProbes({ state, supply, clock, settings });
  const runner = new ProbeRunner({ probes, clock, logger, index: () => kit.site.index() });
  app.addHook('onClose', () => runner.close());

  const start: StartProbe = async (index, meter, asker, status) => {
    if ((await state.jobs.openReads()) >= MOST_OPEN_READS) {
      throw new ApiProblem('too_many_reads', `${MOST_OPEN_READS} reads wait already; ask again in a while`);
    }
    const id = await probes.start(index, meter, asker, status);
    runner.follow(id);
    return { id, state: 'reading' };
  };

  app.post(
    '/supply-status/:meter/probes',
    {
      schema: {
        tags: ['hotline'],
        summary: 'Reads a meter now for a caller; when it is silent, up to six neighbours (召测核查)',
        description:
          'Answers at once. The steps are told as events probe.step.v1 with the id as subject, over /events and ' +
          'here under /supply-status/probes/{id}; a verdict that changes is told as supply.changed.v1.',
        params: strict({ meter: IdText }),
        headers: IdempotencyHeader,
        querystring: NoQuery,
        response: { 202: ProbeStartedShape, ...PROBLEM_RESPONSES, 409: Problem },
      },
    },
    async ({ params, keyId, headers }, reply) => {
      const index = await kit.site.index();
      const meter = meterParameter(index, params.meter);
      const asker = { keyId: keyId ?? '', idempotencyKey: headers['idempotency-key'] ?? null };
      const probe = await start(index, meter, asker, await supply.of(index, meter));
      return reply
        .code(202)
        .header('location', `/api/v1/supply-status/probes/${probe.id}`)
        .send({ ...probe, meter: meter.id, ...(await kit.site.stamp()) });
    },
  );

  app.get(
    '/supply-status/probes/:id',
    {
      schema: {
        tags: ['hotline'],
        summary: 'How far a probe has come, and the verdict with what it brought',
        params: strict({ id: IdText }),
        querystring: NoQuery,
        response: { 200: ProbeShape, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params }) => {
      const index = await kit.site.index();
      const view = await probes.advance(index, params.id);
      if (!view) throw new ApiProblem('unknown_probe', `no probe has the id ${params.id}; they are kept for 30 days`);
      const zone = index.registry.timeZone;
      return {
        id: view.id,
        state: view.state,
        changed: view.changed,
        steps: view.steps.map((step) => ({ ...step, at: shown(zone, step.at) ?? '' })),
        supply: supplyShape(view.supply, index),
        ...(await kit.site.stamp()),
      };
    },
  );
  return start;
}
