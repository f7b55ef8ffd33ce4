import { describe, expect, it } from 'vitest';
import type { Registry } from '#contract/registry.ts';
import { MeterwayError } from '#platform/errors.ts';
import {
  type Centre,
  envelope,
  eventually,
  instead,
  outcomeBatch,
  powerDowns,
  QUARTER_MS,
  registers,
  SLOT,
} from '../../support/centre.ts';
import { centresOf } from '../../support/centre-places.ts';
import { installation, meter, registry } from '../domain/site.ts';
import { SITE } from './site.ts';

const { start, open, place } = centresOf(SITE);

const BUSY = new MeterwayError('cannot use the store: it is locked', { code: 'store_busy', next: 'retry' });
const BROKEN = new MeterwayError('cannot use the store: disk I/O error', { code: 'store_failed' });

/** Fails with the given errors, one a call, before anything was done; then works. */
function failing<A extends unknown[], R>(errors: readonly Error[]): (step: (...args: A) => Promise<R>) => typeof step {
  const left = [...errors];
  return (step) =>
    async (...args) => {
      const error = left.shift();
      if (error) throw error;
      return step(...args);
    };
}

function messageOf(seq: number): string {
  const batches = [registers(['m1', SLOT + seq * QUARTER_MS, 5000 + seq]), outcomeBatch('profile', { meter: 'm2' })];
  return envelope(seq * 2 - 1, batches);
}

async function storedOf(centre: Centre): Promise<unknown> {
  const slots = [1, 2, 3].map((seq) => SLOT + seq * QUARTER_MS);
  const readings = await centre.readings.ofMeter('profile', 'm1', slots);
  return {
    readings: readings.map(({ values }) => values.energy_import_wh),
    outcomes: (await centre.state.ledger.outcomes('profile', [SLOT])).length,
    upTo: (await centre.state.ledger.marks())[0]?.upTo ?? 0,
    baselines: (await centre.state.ledger.baselines()).map(({ importWh }) => importWh),
    quarantined: await centre.state.ledger.quarantineCounts(),
  };
}

const ALL_OF_ONE = { readings: [5001], outcomes: 1, upTo: 2, baselines: [5001], quarantined: [] };

describe('busy stores', () => {
  it.each([
    ['readings', { readings: [BUSY, BUSY] }],
    ['state', { ledger: [BUSY, BUSY] }],
  ] as const)('hold the ack back until they take the rows: %s', async (_name, errors) => {
    const centre = await start(place(), {
      throughReadings: (store) => instead(store, 'write', failing('readings' in errors ? errors.readings : [])),
      throughLedger: (store) => instead(store, 'commit', failing('ledger' in errors ? errors.ledger : [])),
    });
    await centre.receive('c1', messageOf(1));
    for (const waitMs of [240, 480]) {
      await eventually(() => centre.clock.waiting.includes('store retry'));
      expect(centre.acks).toEqual([]);
      await centre.clock.advance(waitMs);
    }
    await eventually(() => centre.acks.length === 1);
    expect(await storedOf(centre)).toEqual(ALL_OF_ONE);
    expect(centre.counted).toMatchObject({ committed: 2, repeated: 0 });
    expect(centre.logger.lines.filter(({ message }) => message.startsWith('the stores are busy'))).toHaveLength(2);
  });

  it('do not hold up the end of the process', async () => {
    const centre = await start(place(), {
      throughLedger: (store) => instead(store, 'commit', failing([BUSY])),
    });
    await centre.receive('c1', messageOf(1));
    await eventually(() => centre.clock.waiting.includes('store retry'));
    await centre.stop();
    expect(centre.acks).toEqual([]);
    expect(centre.failure).toBeNull();
  });
});

describe('stores that fail', () => {
  it('end the ingest without an ack: every start is a recovery', async () => {
    const centre = await start(place(), {
      throughReadings: (store) => instead(store, 'write', failing([BROKEN])),
    });
    await centre.receive('c1', messageOf(1));
    await eventually(() => centre.failure !== null);
    expect(centre.failure).toBe(BROKEN);
    expect(centre.acks).toEqual([]);
  });

  it.each([
    ['before the ledger was written', (commit: () => Promise<void>) => async () => void commit],
    ['after the ledger was written, before the ack', (commit: () => Promise<void>) => commit],
  ])('between the two commits (%s) leave exactly one of everything after the next start', async (_when, doing) => {
    const at = place();
    const before = await start(at, {
      throughLedger: (store) =>
        instead(store, 'commit', (commit) => async (changes) => {
          await doing(() => commit(changes))();
          throw BROKEN;
        }),
    });
    await before.receive('c1', messageOf(1));
    await eventually(() => before.failure !== null);
    expect(before.acks).toEqual([]);
    await before.stop();
    await at.close();

    const after = await start(at);
    expect(await after.commit('c1', messageOf(1))).toMatchObject({ upTo: 2 });
    expect(await storedOf(after)).toEqual(ALL_OF_ONE);
    expect(await after.commit('c1', messageOf(2))).toMatchObject({ upTo: 4 });
    expect(await storedOf(after)).toEqual({ ...ALL_OF_ONE, readings: [5001, 5002], upTo: 4, baselines: [5002] });
  });
});

describe('an envelope that breaks the judge', () => {
  it('is set aside to the character and acked, and everything else is taken', async () => {
    const centre = await start(place(), { registry: { ...SITE, timeZone: 'Nowhere/At-All' }, watchers: [] });
    // Whether it is late is a question of the time zone only when it was read in another quarter hour.
    const later = { meter: 'm1', slot: SLOT, meterTime: null, readAt: SLOT + QUARTER_MS, values: [5001] };
    const batch = { stream: 'reading', task: 'profile', quantities: ['energy_import_wh'], rows: [later] } as const;
    const poison = envelope(1, [batch, outcomeBatch('profile', { meter: 'm2' })]);
    expect(await centre.commit('c1', poison)).toMatchObject({ upTo: 2 });
    expect(await centre.commit('c1', envelope(3, [outcomeBatch('profile', { meter: 'm3' })]))).toMatchObject({
      upTo: 3,
    });
    expect(centre.failure).toBeNull();
    const why = expect.stringContaining('Nowhere/At-All');
    expect(await centre.state.ledger.quarantine(9)).toMatchObject([{ seq: 1, kind: 'unjudged', why, content: poison }]);
    expect(await centre.state.ledger.outcomes('profile', [SLOT])).toMatchObject([{ meter: 'm3' }]);
    expect(centre.logger.lines).toMatchObject([{ level: 'error', fields: { collector: 'c1' } }]);
  });
});

describe('more rows than the stores keep up with', () => {
  const wide: Registry = registry({
    meters: Array.from({ length: 500 }, (_, i) => meter(`m${i}`)),
    installations: Array.from({ length: 500 }, (_, i) => installation(`m${i}`)),
  });
  const full = (seq: number): string => {
    const rows = wide.meters.map(({ id }) => [id, SLOT + seq * QUARTER_MS, 1000 + seq] as const);
    return envelope(seq * 500 - 499, [registers(...rows)], { count: 500 });
  };

  /** A centre whose inbox has no room for one more full envelope. */
  async function filled(): Promise<{ centre: Centre; next: number }> {
    const centre = await open(place(), { registry: wide, watchers: [] });
    let next = 1;
    for (; centre.ingest.waitingRows + 501 <= 50_000; next++) await centre.receive('c1', full(next));
    return { centre, next };
  }

  it('keep the broker waiting for two seconds, then wait in the inbox if there is room', async () => {
    const { centre, next } = await filled();
    let answered = false;
    const receiving = centre.receive('c1', full(next)).then(() => {
      answered = true;
    });
    await centre.clock.advance(1999);
    expect(answered).toBe(false);
    centre.run();
    await eventually(() => centre.ingest.waitingRows === 0);
    await centre.clock.advance(1);
    await receiving;
    await eventually(() => centre.acks.at(-1)?.ack.upTo === next * 500);
    expect(centre.counted).toMatchObject({ committed: next * 500, turnedAway: 0 });
  });

  it('are turned away when there is none, and taken when they come again', async () => {
    const { centre, next } = await filled();
    const receiving = centre.receive('c1', full(next));
    await centre.clock.advance(2000);
    await receiving;
    expect(centre.counted.turnedAway).toBe(1);
    expect(centre.ingest.waitingRows).toBeLessThanOrEqual(50_000);
    centre.run();
    await eventually(() => centre.acks.at(-1)?.ack.upTo === (next - 1) * 500);
    expect(await centre.commit('c1', full(next))).toMatchObject({ upTo: next * 500, gaps: [] });
  });

  it('are acked group by group, never before their own group is stored', async () => {
    const committed: number[] = [];
    const centre = await open(place(), {
      registry: wide,
      watchers: [],
      throughLedger: (store) =>
        instead(store, 'commit', (commit) => async (changes) => {
          await commit(changes);
          committed.push(changes.marks[0]?.upTo ?? 0);
        }),
    });
    for (let seq = 1; seq <= 20; seq++) await centre.receive('c1', full(seq));
    centre.run();
    await eventually(() => centre.acks.at(-1)?.ack.upTo === 10_000);
    expect(centre.acks.map(({ ack }) => ack.upTo)).toEqual(committed);
    expect(committed).toEqual([4500, 9000, 10_000]);
  });
});

describe('a power-down that a meter reports', () => {
  it('is one event with its end, however often and in whatever pieces it is told', async () => {
    const centre = await start();
    const minute = 60_000;
    await centre.commit('c1', envelope(1, [powerDowns(['m1', SLOT, null])]));
    await centre.commit('c1', envelope(2, [powerDowns(['m1', SLOT, SLOT + 30 * minute])]));
    await centre.commit('c1', envelope(3, [powerDowns(['m1', SLOT, null], ['m1', SLOT + 60 * minute, null])]));
    const events = await centre.state.ledger.eventsOfMeter('m1', SLOT, SLOT + 120 * minute);
    expect(events.map(({ start: began, end }) => [began, end])).toEqual([
      [SLOT + 60 * minute, null],
      [SLOT, SLOT + 30 * minute],
    ]);
  });

  it('is stored as an outage before it is acked, and after a crash in between it is still one', async () => {
    const at = place();
    const message = envelope(1, [powerDowns(['m1', SLOT, null], ['m2', SLOT + 1000, null], ['m3', SLOT + 2000, null])]);
    const before = await start(at, { throughLedger: (store) => instead(store, 'commit', failing([BROKEN])) });
    await before.receive('c1', message);
    await eventually(() => before.failure !== null);
    const [found, ...more] = await before.state.outages.list({ limit: 9 });
    expect(more).toEqual([]);
    expect(found).toMatchObject({ node: 'area', nodeId: 'a1', startedAt: SLOT, restoredAt: null });
    await before.stop();
    await at.close();
    const after = await start(at);
    await after.commit('c1', message);
    expect(await after.state.outages.list({ limit: 9 })).toEqual([found]);
  });
});
