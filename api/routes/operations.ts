import { Type } from 'typebox';
import { PROBLEMS, type ProblemCode } from '../errors.ts';
import { strict } from '../schemas/common.ts';
import { type App, type Kit, NoQuery } from './route-kit.ts';

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
          503: strict({ status: Type.Literal('not ready'), why: Type.String() }),
        },
      },
    },
    async (_request, reply) => {
      try {
        await kit.site.index();
        return { status: 'ready' as const };
      } catch (error) {
        const why = error instanceof Error ? error.message : 'unknown';
        return reply.code(503).send({ status: 'not ready' as const, why });
      }
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
