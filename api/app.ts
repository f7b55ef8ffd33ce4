import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import { messageOf } from '#platform/errors.ts';
import { ValidatedReadings } from '#stores/validated-readings.ts';
import { Bearer } from './auth/bearer.ts';
import { keyNeeded, limitRequests } from './auth/rate-limit.ts';
import { Cursors } from './cursor.ts';
import type { Dependencies } from './dependencies.ts';
import { handleErrors, sendFrameworkError } from './error-handler.ts';
import { ApiProblem } from './errors.ts';
import { observeLedger } from './ledger-metrics.ts';
import { refuseOtherMethods } from './other-methods.ts';
import { CollectionQuery } from './queries/collection.ts';
import { DayCounts } from './queries/day-counts.ts';
import { DayGrids } from './queries/day-grid.ts';
import { FailureQuery } from './queries/failures.ts';
import { FiguresLag } from './queries/figures-lag.ts';
import { KeptDays } from './queries/kept-days.ts';
import { SiteView } from './queries/site-view.ts';
import { accountHealthRoutes } from './routes/account-health.ts';
import { anomalyRoutes } from './routes/anomalies.ts';
import { billingRoutes } from './routes/billing.ts';
import { batchRoutes } from './routes/billing-batches.ts';
import { codeListRoutes } from './routes/code-lists.ts';
import { collectionRoutes } from './routes/collection.ts';
import { caseRoutes } from './routes/collection-cases.ts';
import { collectionCurveRoutes } from './routes/collection-curves.ts';
import { eventRoutes } from './routes/events.ts';
import { exclusionRoutes } from './routes/exclusions.ts';
import { failureRoutes } from './routes/failures.ts';
import { fieldRoutes } from './routes/field.ts';
import { findingRoutes } from './routes/findings.ts';
import { hotlineRoutes } from './routes/hotline.ts';
import { lineLossRoutes } from './routes/line-loss.ts';
import { meterRoutes } from './routes/meters.ts';
import { operationRoutes } from './routes/operations.ts';
import { outageRoutes } from './routes/outages.ts';
import { overrideRoutes } from './routes/overrides.ts';
import { pageRoutes } from './routes/page.ts';
import { readsRoutes } from './routes/reads.ts';
import { reliabilityRoutes } from './routes/reliability.ts';
import { retryRoutes } from './routes/retries.ts';
import type { App, Kit } from './routes/route-kit.ts';
import { suspicionRoutes } from './routes/suspicions.ts';
import { usageRoutes } from './routes/usage.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { validatorCompiler } from './validation.ts';
import { SENT_TO_WEBHOOKS } from './webhooks/openapi.ts';

/** The application, ready to `inject` requests into or to listen. */
export async function buildApp(dependencies: Dependencies, version: string): Promise<App> {
  const { clock, state, readings } = dependencies;
  const app: App = fastify({
    loggerInstance: dependencies.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 5000,
    forceCloseConnections: true,
    return503OnClosing: true,
    genReqId: () => randomUUID(),
    frameworkErrors: sendFrameworkError,
    routerOptions: { maxParamLength: 160 },
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  handleErrors(app, dependencies.logger);

  const site = new SiteView(state.registry, clock, dependencies.simulated);
  // Of a large district that takes a while: it begins before anybody asks.
  app.addHook('onListen', () => {
    // What goes wrong is told to the first who asks, for whom it is tried again.
    void site.isRead().catch(() => {});
  });
  const grids = new DayGrids(readings, state, clock);
  const keptDays = new KeptDays(dependencies.figures, state.meterRows, clock);
  const dayCounts = new DayCounts(keptDays, grids, state, clock);
  const health = dayCounts.health.bind(dayCounts);
  const failureQuery = new FailureQuery({ kept: keptDays, grids, state, clock, health });
  const figuresLag = new FiguresLag(dependencies.figures, state.feed, clock);
  const collection = new CollectionQuery(dayCounts);
  const cursors = new Cursors(dependencies.cursorSecret);
  const validated = new ValidatedReadings(readings, state.revisions);
  const counted = { grids, keptDays, dayCounts, figuresLag, failureQuery, collection };
  const kit: Kit = { ...dependencies, ...counted, site, cursors, validated };
  observeLedger(kit);
  observeRequests(app, kit);

  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: { 'style-src': ["'self'", "'unsafe-inline'"], 'upgrade-insecure-requests': null },
    },
    hsts: false,
  });
  await limitRequests(app, dependencies.requestsPerMinute);
  await app.register(swagger, { openapi: describeApi(version, dependencies.simulated) });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });

  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  operationRoutes(app, kit);
  pageRoutes(app, kit);
  const bearer = new Bearer(state.keys, clock);
  await app.register(
    (scope, _options, done) => {
      const api = scope.withTypeProvider<TypeBoxTypeProvider>();
      api.addHook('onRequest', keyNeeded(api, bearer));
      const refuseOthers = refuseOtherMethods(api);
      anomalyRoutes(api, kit);
      collectionRoutes(api, kit);
      collectionCurveRoutes(api, kit);
      failureRoutes(api, kit);
      meterRoutes(api, kit);
      readsRoutes(api, kit);
      billingRoutes(api, kit);
      batchRoutes(api, kit);
      caseRoutes(api, kit);
      eventRoutes(api, kit);
      exclusionRoutes(api, kit);
      codeListRoutes(api, kit);
      findingRoutes(api, kit);
      lineLossRoutes(api, kit);
      overrideRoutes(api, kit);
      reliabilityRoutes(api, kit);
      retryRoutes(api, kit);
      suspicionRoutes(api, kit);
      usageRoutes(api, kit);
      accountHealthRoutes(api, kit);
      hotlineRoutes(api, kit);
      outageRoutes(api, kit);
      fieldRoutes(api, kit);
      webhookRoutes(api, kit);
      refuseOthers();
      done();
    },
    { prefix: '/api/v1' },
  );
  await app.ready();
  return app;
}

function describeApi(version: string, simulated: boolean) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Meterway',
      version,
      description: simulated
        ? 'SIMULATED district: no real meter is read. 模拟供电所。'
        : 'Collection figures, readings, billing reads and supply status of a power supply company.',
    },
    webhooks: SENT_TO_WEBHOOKS,
    components: { securitySchemes: { key: { type: 'http' as const, scheme: 'bearer' } } },
    security: [{ key: [] }],
  };
}

/** Counts requests by route, never by URL: a URL holds meter and account numbers. */
function observeRequests(app: App, { metrics, logger }: Kit): void {
  const seconds = metrics.histogram(
    'api_request_seconds',
    'Time to answer, by route and status',
    [0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10],
    ['route', 'status'],
  );
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    seconds.observe({ route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
  });
  app.addHook('onError', async (request, _reply, error) => {
    const route = request.routeOptions.url ?? 'none';
    if (!(error instanceof ApiProblem)) logger.debug({ route, why: messageOf(error) }, 'a request failed');
  });
}
