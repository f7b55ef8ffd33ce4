import type { Static } from 'typebox';
import type { ArrearsOrder } from '#contract/outage.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { ApiProblem } from '../errors.ts';
import { notNow } from '../queries/jobs.ts';
import { instantParameter } from '../queries/parameters.ts';
import { arrearsShape } from '../queries/supply-shapes.ts';
import { IdText, listOf, Problem, strict } from '../schemas/common.ts';
import { ArrearsRequest, ArrearsShape, ExternalPath } from '../schemas/outages.ts';
import { stale } from './planned-outages.ts';
import { type App, type Kit, NoQuery, PROBLEM_RESPONSES } from './route-kit.ts';

/** 欠费停电, as the system that disconnects tells it. */
export function arrearsOrderRoutes(app: App, kit: Kit): void {
  const { orders } = kit.state;

  app.put(
    '/arrears-orders/:externalId',
    {
      schema: {
        tags: ['integrators'],
        summary: 'Tells where an account stands between notice and payment (欠费停电单)',
        description:
          'Each change comes with a greater seq; an older one, or other content under the same seq, is refused with ' +
          'stale_seq. Repeating a request changes nothing. Meterway switches nothing itself.',
        params: ExternalPath,
        querystring: NoQuery,
        body: ArrearsRequest,
        response: { 200: ArrearsShape, ...PROBLEM_RESPONSES, 409: Problem },
      },
    },
    async ({ params, body }) => {
      const index = await kit.site.index();
      const order = orderOf(params.externalId, body, kit.clock.now());
      known(index, order.account, '/account');
      const result = await orders.putArrears(order).catch(notNow);
      const stored = (await orders.arrears(order.externalId)) ?? order;
      if (result === 'stale') throw stale(order.externalId, order.seq, stored.seq);
      return arrearsShape(stored, index.registry.timeZone);
    },
  );

  app.get(
    '/arrears-orders',
    {
      schema: {
        tags: ['hotline', 'integrators'],
        summary: 'Orders of an account, newest change first',
        querystring: strict({ accountNo: IdText }),
        response: { 200: listOf(ArrearsShape), ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => {
      const index = await kit.site.index();
      known(index, query.accountNo, '/accountNo');
      const found = await orders.arrearsOfAccount(query.accountNo);
      return {
        items: found.map((order) => arrearsShape(order, index.registry.timeZone)),
        nextCursor: null,
        ...(await kit.site.stamp()),
        warnings: [],
      };
    },
  );
}

function known(index: RegistryIndex, no: string, pointer: string): void {
  if (index.account(no)) return;
  throw new ApiProblem('unknown_account', `no account has the number ${no}`, [
    { pointer, detail: 'must be an account of the registry' },
  ]);
}

function orderOf(externalId: string, body: Static<typeof ArrearsRequest>, now: number): ArrearsOrder {
  const { seq, account, state, amount = null } = body;
  const instant = (name: 'noticedAt' | 'disconnectedAt' | 'paidAt' | 'reconnectedAt'): number | null => {
    const text = body[name] ?? null;
    return text === null ? null : instantParameter(name, text);
  };
  return {
    externalId,
    seq,
    account,
    state,
    amount,
    noticedAt: instant('noticedAt'),
    disconnectedAt: instant('disconnectedAt'),
    paidAt: instant('paidAt'),
    reconnectedAt: instant('reconnectedAt'),
    updatedAt: now,
  };
}
