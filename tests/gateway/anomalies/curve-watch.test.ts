import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { openSqliteJudgeStates } from '#stores/sqlite-judge-states/store.ts';
import { at, installation, meter, registry } from '../domain/site.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';
import { JudgingWorld, type Point, QUARTER_MS, WAIT_MS } from './judging-world.ts';

const newPath = scratchPaths();
const SITE = registry({ meters: [meter('m1'), meter('m2')], installations: [installation('m1'), installation('m2')] });
const SLOT = at('2026-11-20', '10:15');
const DAY_MS = 86_400_000;
const opened: JudgingWorld[] = [];

afterEach(async () => {
  for (const world of opened.splice(0)) await world.close();
});

async function worldAt(quarter: number, site = SITE): Promise<JudgingWorld> {
  const world = await JudgingWorld.open(newPath('x').slice(0, -2), site, timeOf(quarter));
  opened.push(world);
  return world;
}

/** When point `quarter` has just been judged. */
function timeOf(quarter: number): number {
  return SLOT + quarter * QUARTER_MS + WAIT_MS + 1000;
}

/** Quarters [from, to) under 1 kW, with a register that stands still or counts. */
function still(from: number, to: number, id = 'm1', importWh = 5010): Point[] {
  return points(from, to, id, () => importWh);
}

function running(from: number, to: number, id = 'm1', startWh = 5010): Point[] {
  return points(from, to, id, (quarter) => startWh + (quarter - from + 1) * 250);
}

/** 700 W for an hour, if the hole in it does not say otherwise; and what says so. */
const WITH_HOLE = [0, 2, 3, 4].map((quarter) => lowLoad(quarter, 700));
const HOLE_FILLED = [lowLoad(1, 0)];

function lowLoad(quarter: number, powerW: number): Point {
  const values = { energy_import_wh: 5010, power_active_total_w: powerW };
  return { meter: 'm1', slot: SLOT + quarter * QUARTER_MS, values };
}

function points(from: number, to: number, id: string, wh: (quarter: number) => number): Point[] {
  return Array.from({ length: to - from }, (_, i) => ({
    meter: id,
    slot: SLOT + (from + i) * QUARTER_MS,
    values: { energy_import_wh: wh(from + i), power_active_total_w: 1000 },
  }));
}

describe('the watch over curves', () => {
  it('opens what it finds and closes it when it is over, each told once', async () => {
    const world = await worldAt(0);
    const judging = await world.start();
    await judging.settle();
    await world.tell(still(0, 4));
    await world.clock.advance(4 * QUARTER_MS);
    await judging.settle();
    expect(await world.anomalies()).toMatchObject([
      { rule: 'stopped_meter', meter: 'm1', area: 'a1', district: 'd1', from: SLOT, closedAt: null },
    ]);
    await world.tell(running(4, 9));
    await world.clock.advance(5 * QUARTER_MS);
    await judging.settle();
    const [closed] = await world.anomalies();
    expect(closed?.closedAt).toBeGreaterThan(SLOT + 3 * QUARTER_MS);
    expect(await world.events()).toEqual(['opened', 'closed']);
  });

  it('waits for a slot to be complete, so that what comes within the wait is judged in its order', async () => {
    const world = await worldAt(0);
    const judging = await world.start();
    await judging.settle();
    world.clock.jump(2 * QUARTER_MS - WAIT_MS);
    await world.tell(still(2, 3));
    await judging.settle();
    expect(judging.curves.counts).toMatchObject({ points: 0, waitingSlots: 1 });
    await world.tell(still(0, 2));
    await world.clock.advance(WAIT_MS);
    await judging.settle();
    expect(judging.curves.counts).toMatchObject({ points: 3, waitingSlots: 0, waitingMeters: 0 });
  });

  it('keeps the meters apart, and takes no suspect point', async () => {
    const world = await worldAt(0);
    const judging = await world.start();
    await judging.settle();
    await world.tell([...still(0, 2), ...still(2, 4, 'm2')]);
    await world.tell(still(2, 4).map((point) => ({ ...point, quality: 'suspect' as const })));
    await world.clock.advance(4 * QUARTER_MS);
    await judging.settle();
    expect(await world.anomalies()).toEqual([]);
    await world.tell(still(4, 6, 'm2'));
    await world.clock.advance(2 * QUARTER_MS);
    await judging.settle();
    expect(await world.anomalies()).toMatchObject([{ meter: 'm2' }]);
  });

  it('judges no meter while it is installed nowhere', async () => {
    const site = registry({ meters: [meter('m1')], installations: [installation('m1', { to: SLOT })] });
    const world = await worldAt(0, site);
    const judging = await world.start();
    await judging.settle();
    await world.tell(still(0, 6));
    await world.clock.advance(6 * QUARTER_MS);
    await judging.settle();
    expect(await world.anomalies()).toEqual([]);
  });
});

describe('a point that comes late', () => {
  it('lets the day be judged again, as if it had come in time', async () => {
    const inTime = await worldAt(9);
    await inTime.tell(still(0, 9));
    await (await inTime.start()).settle();
    const late = await worldAt(0);
    const judging = await late.start();
    await judging.settle();
    await late.tell([...still(0, 1), ...still(8, 9)]);
    await late.clock.advance(9 * QUARTER_MS);
    await judging.settle();
    expect(await late.anomalies()).toEqual([]);
    await late.tell(still(1, 8));
    await judging.settle();
    const [found] = await late.anomalies();
    expect(found).toMatchObject({ meter: 'm1', from: SLOT, closedAt: null });
    expect(await late.anomalies()).toEqual(await inTime.anomalies());
  });

  it('takes back what it disproves, and tells so', async () => {
    const world = await worldAt(0);
    const judging = await world.start();
    await judging.settle();
    await world.tell(WITH_HOLE);
    await world.clock.advance(4 * QUARTER_MS);
    await judging.settle();
    expect(await world.anomalies()).toHaveLength(1);
    await world.tell(HOLE_FILLED);
    await judging.settle();
    expect(await world.anomalies()).toEqual([]);
    expect(await world.events()).toEqual(['opened', 'closed']);
  });

  it('of a day long past adds what is certain and changes nothing else', async () => {
    const world = await worldAt(5 * 96);
    const judging = await world.start();
    await world.tell(still(5 * 96 - 4, 5 * 96));
    await judging.settle();
    const known = await world.anomalies();
    expect(known).toMatchObject([{ meter: 'm1', closedAt: null }]);
    await world.tell([...still(0, 4), ...running(4, 9)]);
    await judging.settle();
    const all = await world.anomalies();
    expect(all).toHaveLength(2);
    expect(all).toContainEqual(known[0]);
    expect(all.find(({ id }) => id !== known[0]?.id)).toMatchObject({ from: SLOT });
    expect(all.find(({ id }) => id !== known[0]?.id)?.closedAt).toBeLessThan(SLOT + DAY_MS);
  });
});

describe('the feed', () => {
  it('may tell the same again and again', async () => {
    const world = await worldAt(0);
    const judging = await world.start();
    await judging.settle();
    await world.tell(still(0, 4), { times: 3 });
    await world.clock.advance(4 * QUARTER_MS);
    await judging.settle();
    const known = await world.anomalies();
    await world.tell(still(0, 4), { times: 2 });
    await judging.settle();
    expect(await world.anomalies()).toEqual(known);
    expect(await world.events()).toEqual(['opened']);
  });

  it('may lose entries: then what is recent is judged again from the stores', async () => {
    const world = await worldAt(0);
    const judging = await world.start();
    await judging.settle();
    await world.tell(still(0, 2));
    await world.clock.advance(4 * QUARTER_MS);
    await judging.settle();
    await world.tell(still(2, 3));
    await world.state.feed.forgetUpTo((await world.state.feed.range()).newest);
    await world.tell(still(3, 4));
    await judging.settle();
    expect(judging.feed.gaps).toBe(1);
    expect(await world.anomalies()).toMatchObject([{ meter: 'm1', from: SLOT, closedAt: null }]);
    expect(await world.events()).toEqual(['opened']);
  });
});

describe('after a restart', () => {
  it('finds in the stored points what it was about to find', async () => {
    const world = await worldAt(0);
    const before = await world.start();
    await before.settle();
    await world.tell(still(0, 2));
    await world.clock.advance(2 * QUARTER_MS);
    await before.settle();
    const after = await world.start();
    await after.settle();
    await world.tell(still(2, 4));
    await world.clock.advance(2 * QUARTER_MS);
    await after.settle();
    expect(await world.anomalies()).toMatchObject([{ from: SLOT, closedAt: null }]);
    expect(await world.events()).toEqual(['opened']);
  });

  it('goes on with what has been open for days, and sees its end', async () => {
    const world = await worldAt(0);
    const before = await world.start();
    await before.settle();
    for (let day = 0; day < 4; day++) {
      await world.tell(still(day * 96, day * 96 + 96));
      await world.clock.advance(DAY_MS);
      await before.settle();
    }
    const [known] = await world.anomalies();
    expect(known).toMatchObject({ from: SLOT, closedAt: null });
    const after = await world.start();
    await after.settle();
    expect(await world.anomalies()).toEqual([known]);
    await world.tell(running(4 * 96, 4 * 96 + 6));
    await world.clock.advance(6 * QUARTER_MS);
    await after.settle();
    expect(await world.anomalies()).toMatchObject([{ id: known?.id, from: SLOT, closedAt: expect.any(Number) }]);
    expect(await world.events()).toEqual(['opened', 'closed']);
  });

  it('takes back what points that came meanwhile disprove', async () => {
    const world = await worldAt(0);
    const before = await world.start();
    await before.settle();
    await world.tell(WITH_HOLE);
    await world.clock.advance(4 * QUARTER_MS);
    await before.settle();
    expect(await world.anomalies()).toHaveLength(1);
    await world.tell(HOLE_FILLED);
    const after = await world.start();
    await after.settle();
    expect(await world.anomalies()).toEqual([]);
    expect(await world.events()).toEqual(['opened', 'closed']);
  });

  it('without what was remembered ends what was open, and finds it anew where it lasts', async () => {
    const world = await worldAt(0);
    const before = await world.start();
    await before.settle();
    for (let day = 0; day < 4; day++) {
      await world.tell([...still(day * 96, day * 96 + 96), ...still(day * 96, day * 96 + 96, 'm2')]);
      await world.clock.advance(DAY_MS);
      await before.settle();
    }
    expect(await world.anomalies()).toHaveLength(2);
    const lost = await openSqliteJudgeStates(newPath('anomalies.sqlite'));
    await (await world.start(lost)).settle();
    await lost.close();
    const all = await world.anomalies();
    const yesterday = at('2026-11-23');
    expect(all.filter(({ closedAt }) => closedAt === null)).toMatchObject([{ from: yesterday }, { from: yesterday }]);
    expect(all.filter(({ from, closedAt }) => from === SLOT && closedAt !== null)).toHaveLength(2);
  });
});

describe('the order in which points come', () => {
  it('makes no difference to what is found in the end', async () => {
    const part = fc.integer({ min: 0, max: 3 });
    const step = fc.constantFrom(0, 0, 0, 250);
    const arrivals = fc.array(fc.record({ part, step }), { minLength: 40, maxLength: 120 });
    await fc.assert(
      fc.asyncProperty(arrivals, async (all) => {
        let importWh = 5010;
        const told = all.map(({ step: wh }, quarter) => {
          importWh += wh;
          const values = { energy_import_wh: importWh, power_active_total_w: 1000 };
          return { meter: 'm1', slot: SLOT + quarter * QUARTER_MS, values };
        });
        const apart = await worldAt(0);
        const judging = await apart.start();
        await judging.settle();
        apart.clock.jump(all.length * QUARTER_MS);
        for (let i = 0; i < 4; i++) {
          await apart.tell(told.filter((_, quarter) => all[quarter]?.part === i));
          await judging.settle();
        }
        const together = await worldAt(all.length);
        await together.tell(told);
        await (await together.start()).settle();
        expect(await apart.anomalies()).toEqual(await together.anomalies());
        for (const world of opened.splice(0)) await world.close();
      }),
      { numRuns: 8 },
    );
  }, 60_000);
});
