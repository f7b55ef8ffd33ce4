import { describe, expect, it } from 'vitest';
import type { PlannedOutage } from '#contract/outage.ts';
import type { StateStore } from '#stores/state-store.ts';
import { NOW } from '../../support/centre.ts';
import { centresOf } from '../../support/centre-places.ts';
import { account, DAY_MS, installation } from '../domain/site.ts';
import { AREA, MIN, watchOver } from './at-work.ts';

const { place } = centresOf(AREA);

async function stateOf(): Promise<StateStore> {
  return (await place().stores()).state;
}

describe('what others announce', () => {
  const PLAN: PlannedOutage = {
    externalId: 'p1',
    seq: 1,
    state: 'announced',
    from: NOW,
    to: NOW + 60 * MIN,
    feeders: [],
    areas: ['a1'],
    meters: [],
    text: '',
    updatedAt: NOW,
  };
  const ORDER = {
    externalId: 'o1',
    seq: 1,
    account: '100',
    amount: null,
    noticedAt: null,
    disconnectedAt: NOW,
    paidAt: null,
    reconnectedAt: null,
    updatedAt: NOW,
  } as const;
  const SERVED = {
    ...AREA,
    accounts: [account('100')],
    installations: AREA.installations.map((each) =>
      each.meter === 'm3' ? installation('m3', { account: '100' }) : each,
    ),
  };

  it('is known from the start, and anew with the next tick after it was put', async () => {
    const state = await stateOf();
    await state.orders.putPlanned(PLAN);
    const { watch, engine } = await watchOver(state);
    expect(engine.plans).toEqual([PLAN]);
    await state.orders.putPlanned({ ...PLAN, seq: 2, state: 'cancelled' });
    await watch.tick();
    expect(engine.plans).toEqual([]);
  });

  it('is looked for again when time has passed, and not told again when it is the same', async () => {
    const state = await stateOf();
    const { watch, engine, clock } = await watchOver(state);
    await state.orders.putPlanned({ ...PLAN, from: NOW + 3 * DAY_MS, to: NOW + 4 * DAY_MS });
    await watch.tick();
    expect(engine.plans).toEqual([]);
    await clock.advance(DAY_MS + 2 * MIN);
    await watch.tick();
    const told = engine.plans;
    expect(told).toMatchObject([{ externalId: 'p1' }]);
    await clock.advance(11 * MIN);
    await watch.tick();
    expect(engine.plans).toBe(told);
  });

  it('holds the meters of an account for off from its disconnection until it is connected, paid or not', async () => {
    const state = await stateOf();
    const { watch, engine } = await watchOver(state, { registered: SERVED });
    const seen: string[][] = [];
    for (const [i, step] of (['noticed', 'disconnected', 'paid', 'reconnected'] as const).entries()) {
      await state.orders.putArrears({ ...ORDER, seq: i + 1, state: step });
      await watch.tick();
      seen.push([...engine.disconnected]);
    }
    expect(seen).toEqual([[], ['m3'], ['m3'], []]);
  });

  it('tells since when they are off, and when they were, also to a process that was started later', async () => {
    const state = await stateOf();
    const [from, to] = [NOW - DAY_MS, NOW - MIN];
    await state.orders.putArrears({ ...ORDER, seq: 1, state: 'disconnected', disconnectedAt: from });
    const lasting = await watchOver(state, { registered: SERVED });
    expect(lasting.engine.offSpans).toEqual([{ meter: 'm3', from, to: Number.POSITIVE_INFINITY }]);
    await state.orders.putArrears({ ...ORDER, seq: 2, state: 'reconnected', disconnectedAt: from, reconnectedAt: to });
    const over = await watchOver(state, { registered: SERVED });
    expect(over.engine.offSpans).toEqual([{ meter: 'm3', from, to }]);
  });
});

describe('the registry of the outage watch', () => {
  it('is looked at anew when a meter has come or gone, and not else', async () => {
    const state = await stateOf();
    const removed = NOW + 5 * MIN;
    const installations = [installation('m0', { to: removed }), installation('m1')];
    const { watch, engine, clock } = await watchOver(state, { registered: { ...AREA, installations } });
    await clock.advance(4 * MIN);
    await watch.tick();
    expect(engine.renewedAt).toEqual([]);
    await clock.advance(7 * MIN);
    await watch.tick();
    expect(engine.renewedAt).toEqual([NOW + 11 * MIN]);
    await clock.advance(60 * MIN);
    await watch.tick();
    expect(engine.renewedAt).toHaveLength(1);
  });
});
