import { expect, test } from 'vitest';
import type { StateStore } from '#stores/state-store.ts';
import type { Webhook } from '#stores/webhook-store.ts';
import { AT } from './state-samples.ts';

export function webhook(over: Partial<Webhook> = {}): Webhook {
  return {
    id: 'w1',
    name: '调度系统',
    url: 'https://oms.example.com/hook',
    types: null,
    districts: ['D1'],
    perMinute: 60,
    secret: 'whsec_AAAA',
    previousSecret: null,
    previousUntil: null,
    disabledWhy: null,
    createdBy: 'k1',
    createdAt: AT,
    position: 0,
    ...over,
  };
}

/** What every state store must do with webhooks and what is on its way to them. */
export function describeWebhooks(fresh: () => Promise<StateStore>): void {
  const one = { id: 'e1', positions: [1] };

  test('webhooks are kept, changed field by field and removed with their deliveries', async () => {
    const { webhooks } = await fresh();
    const other = webhook({ id: 'w0', createdAt: AT + 1, types: ['outage.opened.v1'], districts: null });
    await webhooks.add(webhook());
    await webhooks.add(other);
    expect(await webhooks.list()).toEqual([webhook(), other]);
    expect(await webhooks.change('w1', { districts: null, disabledWhy: 'gone', previousUntil: AT })).toBe(true);
    const changed = webhook({ districts: null, disabledWhy: 'gone', previousUntil: AT });
    expect(await webhooks.get('w1')).toEqual(changed);
    expect([await webhooks.change('w1', {}), await webhooks.change('none', {})]).toEqual([true, false]);
    expect(await webhooks.change('none', { name: 'x' })).toBe(false);
    await webhooks.plan('w1', 0, 1, [one], AT);
    expect([await webhooks.remove('w1'), await webhooks.remove('w1')]).toEqual([true, false]);
    expect([await webhooks.get('w1'), await webhooks.deliveries('w1', { limit: 9 })]).toEqual([null, []]);
  });

  test('deliveries are planned from the position at which the webhook stands, or not at all', async () => {
    const { webhooks } = await fresh();
    await webhooks.add(webhook());
    expect(await webhooks.plan('w1', 0, 7, [one, { id: 'batch-1', positions: [2, 5] }], AT)).toBe(true);
    expect(await webhooks.plan('w1', 0, 9, [{ id: 'e9', positions: [9] }], AT)).toBe(false);
    expect((await webhooks.get('w1'))?.position).toBe(7);
    expect(await webhooks.due('w1', AT, 9)).toEqual([
      {
        ...{ webhook: 'w1', id: 'e1', positions: [1], state: 'waiting', createdAt: AT, attempts: 0 },
        ...{ nextAt: AT, lastAt: null, lastStatus: null, lastError: '' },
      },
      expect.objectContaining({ id: 'batch-1', positions: [2, 5] }),
    ]);
    expect(await webhooks.open(AT)).toEqual([{ webhook: 'w1', open: 2, due: 2, unanswered: 2 }]);
  });

  test('deliveries are due in the order of their events, also when the clock was set back meanwhile', async () => {
    const { webhooks } = await fresh();
    await webhooks.add(webhook());
    const due = async (now: number) => (await webhooks.due('w1', now, 9)).map(({ id }) => id);
    await webhooks.plan('w1', 0, 1, [one], AT);
    await webhooks.plan('w1', 1, 2, [{ id: 'e2', positions: [2] }], AT - 3_600_000);
    expect(await due(AT - 3_600_000)).toEqual(['e1', 'e2']);
    const again = { state: 'waiting', nextAt: AT + 60, lastAt: AT, lastStatus: 503, lastError: '' } as const;
    await webhooks.attempted({ webhook: 'w1', id: 'e1', attempts: 0 }, again);
    expect([await due(AT), await due(AT + 59), await due(AT + 60)]).toEqual([['e2'], ['e2'], ['e1', 'e2']]);
    expect(await webhooks.open(AT)).toEqual([{ webhook: 'w1', open: 2, due: 1, unanswered: 2 }]);
    await webhooks.attempted({ webhook: 'w1', id: 'e2', attempts: 0 }, { ...again, lastStatus: 400 });
    expect(await webhooks.open(AT)).toEqual([{ webhook: 'w1', open: 2, due: 0, unanswered: 1 }]);
    expect(await due(AT - 3_600_000)).toEqual(['e1', 'e2']);
    expect(await webhooks.open(AT - 3_600_000)).toEqual([{ webhook: 'w1', open: 2, due: 2, unanswered: 1 }]);
  });

  test('an attempt is noted once, and not after the delivery was sent again', async () => {
    const { webhooks } = await fresh();
    await webhooks.add(webhook());
    await webhooks.plan('w1', 0, 1, [one], AT);
    const key = { webhook: 'w1', id: 'e1', attempts: 0 };
    const again = { state: 'waiting', nextAt: AT, lastAt: AT, lastStatus: 503, lastError: '' } as const;
    await webhooks.attempted(key, again);
    await webhooks.attempted(key, { ...again, lastStatus: 504 });
    expect(await webhooks.due('w1', AT, 9)).toMatchObject([{ attempts: 1, lastStatus: 503 }]);
    const failed = { state: 'dead', nextAt: AT + 1, lastAt: AT + 1, lastStatus: 500, lastError: '' } as const;
    await webhooks.attempted({ ...key, attempts: 1 }, failed);
    await webhooks.attempted({ ...key, attempts: 2 }, { ...failed, state: 'delivered', lastStatus: 200 });
    expect(await webhooks.deliveries('w1', { limit: 9 })).toMatchObject([
      { state: 'dead', attempts: 2, lastStatus: 500 },
    ]);
    expect([await webhooks.revive('w1', 'e2', AT + 2), await webhooks.revive('w1', null, AT + 2)]).toEqual([0, 1]);
    expect(await webhooks.due('w1', AT + 2, 9)).toMatchObject([{ id: 'e1', attempts: 0, lastStatus: 500 }]);
    expect(await webhooks.deadLetters()).toBe(0);
  });

  test('an event that is planned again is sent again, unless it still waits', async () => {
    const { webhooks } = await fresh();
    await webhooks.add(webhook());
    await webhooks.plan('w1', 0, 1, [one], AT);
    await webhooks.change('w1', { position: 0 });
    await webhooks.plan('w1', 0, 1, [one], AT + 5);
    expect(await webhooks.deliveries('w1', { limit: 9 })).toMatchObject([{ createdAt: AT }]);
    const done = { state: 'delivered', nextAt: AT + 6, lastAt: AT + 6, lastStatus: 200, lastError: '' } as const;
    await webhooks.attempted({ webhook: 'w1', id: 'e1', attempts: 0 }, done);
    await webhooks.change('w1', { position: 0 });
    await webhooks.plan('w1', 0, 1, [one], AT + 7);
    expect(await webhooks.due('w1', AT + 7, 9)).toMatchObject([{ id: 'e1', attempts: 0, createdAt: AT + 7 }]);
  });

  test('deliveries are listed newest first in pages, and those that ended are forgotten', async () => {
    const { webhooks } = await fresh();
    await webhooks.add(webhook());
    for (const i of [1, 2, 3]) await webhooks.plan('w1', i - 1, i, [{ id: `e${i}`, positions: [i] }], AT + i);
    const ended = { nextAt: AT + 9, lastAt: AT + 9, lastStatus: null, lastError: 'timeout' };
    await webhooks.attempted({ webhook: 'w1', id: 'e2', attempts: 0 }, { ...ended, state: 'dead' });
    await webhooks.attempted({ webhook: 'w1', id: 'e1', attempts: 0 }, { ...ended, state: 'delivered' });
    const ids = async (filter: Partial<Parameters<typeof webhooks.deliveries>[1]>) =>
      (await webhooks.deliveries('w1', { limit: 9, ...filter })).map(({ id }) => id);
    expect(await ids({ limit: 2 })).toEqual(['e3', 'e2']);
    expect(await ids({ after: { createdAt: AT + 2, id: 'e2' } })).toEqual(['e1']);
    expect(await ids({ state: 'dead' })).toEqual(['e2']);
    expect(await webhooks.deadLetters()).toBe(1);
    await webhooks.forget('dead', AT + 9);
    expect(await ids({})).toEqual(['e3', 'e2', 'e1']);
    await webhooks.forget('dead', AT + 10);
    await webhooks.forget('delivered', AT + 10);
    expect(await ids({})).toEqual(['e3']);
  });

  test('the lease has one holder until it runs out or is given up', async () => {
    const { webhooks } = await fresh();
    expect(await webhooks.takeLease('a', AT, AT + 30)).toBe(true);
    expect(await webhooks.takeLease('b', AT + 29, AT + 60)).toBe(false);
    expect(await webhooks.takeLease('a', AT + 10, AT + 40)).toBe(true);
    expect(await webhooks.takeLease('b', AT + 39, AT + 60)).toBe(false);
    expect(await webhooks.takeLease('b', AT + 40, AT + 70)).toBe(true);
    await webhooks.giveUpLease('a');
    expect(await webhooks.takeLease('a', AT + 41, AT + 70)).toBe(false);
    await webhooks.giveUpLease('b');
    expect(await webhooks.takeLease('a', AT + 41, AT + 70)).toBe(true);
  });

  test('a lease of a holder that ended before the clock was set back does not last until then', async () => {
    const { webhooks } = await fresh();
    expect(await webhooks.takeLease('a', AT, AT + 30)).toBe(true);
    expect(await webhooks.takeLease('b', AT - 30, AT)).toBe(false);
    expect(await webhooks.takeLease('b', AT - 3600, AT - 3570)).toBe(true);
  });
}
