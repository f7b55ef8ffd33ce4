import { Type } from 'typebox';
import { PROBLEMS, type ProblemCode } from '../errors.ts';
import { strict } from '../schemas/common.ts';
import { type App, type Kit, NoQuery } from './route-kit.ts';

const NOT_READY = [
  'no registry is stored yet',
  'the registry is being read',
  'the state store cannot be read',
  'the readings cannot be read',
] as const;

/** One small read of each store. What went wrong is for the log: its text may name files. */
async function notReady({ state, readings, site, logger }: Kit): Promise<(typeof NOT_READY)[number] | null> {
  const failed = (what: string) => (err: unknown) => {
    logger.warn({ err }, `${what} cannot be read`);
    return false;
  };
  const version = await state.registry.version().catch(failed('the state store'));
  if (version === false) return 'the state store cannot be read';
  if (version === null) return 'no registry is stored yet';
  const isRead = await site.isRead().catch(failed('the registry'));
  if (!isRead) return 'the registry is being read';
  const marks = await readings.marks('freeze-day', [0]).catch(failed('the reading store'));
  return marks === false ? 'the readings cannot be read' : null;
}

/** Answers for machines that watch the machine; without a key and without any data of customers. */
export function operationRoutes(app: App, kit: Kit): void {
  app.get(
    '/healthz',
    {
      schema: {
        tags: ['operations'],
        summary: 'The process is alive',
        querystring: NoQuery,
        response: { 200: strict({ status: Type.Literal('ok') }) },
      },
      config: { rateLimit: false },
    },
    () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        tags: ['operations'],
        summary: 'The stores can be read and hold a registry',
        querystring: NoQuery,
        response: {
          200: strict({ status: Type.Literal('ready') }),
          503: strict({ status: Type.Literal('not ready'), why: Type.Enum([...NOT_READY]) }),
        },
      },
      config: { rateLimit: false },
    },
    async (_request, reply) => {
      const why = await notReady(kit);
      return why === null ? { status: 'ready' as const } : reply.code(503).send({ status: 'not ready' as const, why });
    },
  );

  app.get(
    '/metrics',
    {
      schema: {
        tags: ['operations'],
        summary: 'Prometheus metrics: totals only, no meter ids',
        querystring: NoQuery,
        response: { 200: Type.String() },
      },
    },
    async (_request, reply) =>
      reply.header('content-type', kit.metrics.registry.contentType).send(await kit.metrics.text()),
  );

  app.get(
    '/problems/:code',
    {
      schema: {
        tags: ['operations'],
        summary: 'What a problem code means',
        params: strict({ code: Type.Enum(Object.keys(PROBLEMS) as ProblemCode[]) }),
        querystring: NoQuery,
        response: {
          200: strict({ code: Type.String(), status: Type.Integer(), en: Type.String(), zh: Type.String() }),
        },
      },
    },
    ({ params }) => ({ code: params.code, ...PROBLEMS[params.code] }),
  );
}
