import { afterEach, describe, expect, it } from 'vitest';
import type { EventKind } from '#contract/envelope.ts';
import type { ArrearsOrder } from '#contract/outage.ts';
import type { Registry } from '#contract/registry.ts';
import { AnomalyBook } from '../../../gateway/anomalies/anomaly-book.ts';
import { closeGoneMeters } from '../../../gateway/anomalies/gone-meters.ts';
import { stateRules } from '../../../gateway/anomalies/rules.ts';
import { StateWatch } from '../../../gateway/anomalies/state-watch.ts';
import { Site } from '../../../gateway/figures/site.ts';
import { account, at, installation, meter, registry } from '../domain/site.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';
import { JudgingWorld, type Values } from './judging-world.ts';

const newPath = scratchPaths();
const EVERY_MS = 900_000;
const START = at('2026-11-20', '10:00');
const IDS = ['m1', 'm2'];

function siteOf(over: Partial<Registry> = {}): Registry {
  return registry({
    accounts: IDS.map((id) => account(id)),
    meters: IDS.map((id) => meter(id)),
    installations: IDS.map((id) => installation(id, { account: id })),
    ...over,
  });
}

const opened: JudgingWorld[] = [];
afterEach(async () => {
  for (const world of opened.splice(0)) await world.close();
});

async function bench() {
  const world = await JudgingWorld.open(newPath('x').slice(0, -2), siteOf(), START);
  opened.push(world);
  const start = async (): Promise<StateWatch> => {
    const { state, readings, states, clock, logger } = world;
    const site = new Site(state);
    await site.refresh();
    const book = await AnomalyBook.open({ store: state.anomalies, clock, logger });
    const { orders } = state;
    return new StateWatch({
      ...{ site, readings, states, orders, book, clock, everyMs: EVERY_MS },
      rules: stateRules({}, () => 3),
    });
  };
  let watch = await start();
  const judge = async (): Promise<void> => {
    while (await watch.tick());
  };
  return {
    world,
    watch: () => watch,
    judge,
    restart: async () => {
      watch = await start();
    },
    /** Present values of all meters come in, and are looked at. */
    look: async (values: Readonly<Record<string, Values>>): Promise<void> => {
      await world.clock.advance(EVERY_MS);
      const slot = world.clock.now() - 300_000;
      const points = Object.entries(values).map(([id, each]) => ({ meter: id, slot, values: each }));
      await world.tell(points, { task: 'instant' });
      await judge();
    },
    tellEvent: (kind: EventKind, start: number) => {
      const readAts = [world.clock.now() - 1000];
      watch.take({ events: { meters: ['m1'], kinds: [kind], starts: [start], ends: [null], readAts } });
    },
  };
}

describe('the watch over events and states', () => {
  it('opens a cover that was opened once, however often it is told, also after a restart', async () => {
    const { world, judge, tellEvent, restart } = await bench();
    tellEvent('cover_open', START - 60_000);
    tellEvent('voltage_loss_a', START - 60_000);
    await judge();
    tellEvent('cover_open', START - 60_000);
    await judge();
    await restart();
    tellEvent('cover_open', START - 60_000);
    await judge();
    expect(await world.anomalies()).toMatchObject([
      { rule: 'cover_opened', meter: 'm1', from: START - 60_000, closedAt: null, facts: { times: 1 } },
    ]);
    expect(await world.events()).toEqual(['opened']);
  });

  it('follows a clock that is off until it is right again, over a restart', async () => {
    const { world, look, restart } = await bench();
    for (let i = 0; i < 3; i++) await look({ m1: { clock_offset_s: 400 }, m2: { clock_offset_s: 3 } });
    expect(await world.anomalies()).toMatchObject([{ rule: 'clock_wrong', meter: 'm1', closedAt: null }]);
    await restart();
    for (let i = 0; i < 3; i++) await look({ m1: { clock_offset_s: 0 }, m2: { clock_offset_s: 3 } });
    expect(await world.anomalies()).toMatchObject([{ rule: 'clock_wrong', closedAt: expect.any(Number) }]);
    expect(await world.events()).toEqual(['opened', 'closed']);
  });

  it('remembers nothing of a meter with nothing out of the ordinary', async () => {
    const { look, watch } = await bench();
    await look({ m1: { clock_offset_s: 400, relay_open: 0 }, m2: { clock_offset_s: 3, relay_open: 0 } });
    expect(watch().remembered).toBe(1);
  });

  it('holds the relay against the orders', async () => {
    const { world, look } = await bench();
    const order: ArrearsOrder = {
      ...{ externalId: 'o1', seq: 1, account: 'm1', state: 'disconnected', amount: null },
      ...{ noticedAt: null, disconnectedAt: START, paidAt: null, reconnectedAt: null, updatedAt: START },
    };
    await world.state.orders.putArrears(order);
    const values = { m1: { relay_open: 0 }, m2: { relay_open: 0 } };
    for (let i = 0; i < 6; i++) await look(values);
    expect(await world.anomalies()).toEqual([]);
    for (let i = 0; i < 6; i++) await look(values);
    expect(await world.anomalies()).toMatchObject([
      { rule: 'cost_control', meter: 'm1', facts: { relay: 'closed against the order' } },
    ]);
  });

  it('keeps what it was told when the stores cannot take it', async () => {
    const { world, watch, judge, tellEvent } = await bench();
    const commit = world.state.anomalies.commit.bind(world.state.anomalies);
    world.state.anomalies.commit = () => Promise.reject(new Error('busy'));
    tellEvent('magnetic_field', START - 60_000);
    await expect(watch().tick()).rejects.toThrow('busy');
    world.state.anomalies.commit = commit;
    await judge();
    expect(await world.anomalies()).toMatchObject([{ rule: 'magnetic_field' }]);
  });
});

describe('a meter that is taken out', () => {
  it('has what was open of it closed, since no data of it will ever do so', async () => {
    const { world, judge, tellEvent } = await bench();
    tellEvent('cover_open', START - 60_000);
    await judge();
    const { state, clock, logger } = world;
    const removedAt = START + 60_000;
    await clock.advance(120_000);
    await state.registry.replace(siteOf({ installations: [installation('m1', { account: 'm1', to: removedAt })] }));
    const site = new Site(state);
    await site.refresh();
    const book = await AnomalyBook.open({ store: state.anomalies, clock, logger });
    await closeGoneMeters(book, site.index, clock.now());
    expect(await world.anomalies()).toMatchObject([{ closedAt: removedAt }]);
    await closeGoneMeters(book, site.index, clock.now());
    expect(await world.events()).toEqual(['opened', 'closed']);
  });
});
