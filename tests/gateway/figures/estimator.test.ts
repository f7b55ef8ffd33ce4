import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { estimatorBench, slotOf, TASK } from './estimator-bench.ts';

const SCENARIOS = ['line', 'early', 'late', 'person', 'suspect', 'left', 'area', 'open', 'again'] as const;
let bench: Awaited<ReturnType<typeof estimatorBench>>;
beforeAll(async () => {
  bench = await estimatorBench(SCENARIOS, { perArea: 4 });
});
afterAll(() => bench.close());

/** Registers of days 0 … 20 except some; a kWh a day. */
async function fill(meter: string, without: readonly number[], until = 20): Promise<void> {
  for (let day = 0; day <= until; day++) if (!without.includes(day)) await bench.arrive(meter, day, day * 1000);
}

const historyOf = (meter: string, day: number) =>
  bench.state.revisions.history({ task: TASK, meter, slot: slotOf(day) });

describe('missing freezes', () => {
  test('are estimated once their day is closed, with method, inputs and no name but estimation', async () => {
    await fill('line1', [5, 6, 19, 20], 18);
    await bench.settle();
    const counts = await bench.counts('line1');
    expect([counts[5], counts[6], counts[19]]).toEqual([
      [5000, 'interpolation'],
      [6000, 'interpolation'],
      [19_000, 'like_days'],
    ]);
    // Day 20 is today: it may still come.
    expect(counts[20]).toBeUndefined();
    expect(await historyOf('line1', 5)).toMatchObject([
      {
        ...{ revision: 1, kind: 'estimated', by: 'estimation', at: bench.clock.now() },
        reason: 'even between 4000 Wh at 2026-11-04T00:00:00.000+08:00 and 7000 Wh at 2026-11-07T00:00:00.000+08:00',
      },
    ]);
  });

  test('are not written again when nothing changed, by the same estimator or after a restart', async () => {
    await fill('again1', [5]);
    await bench.settle();
    expect(await bench.settle()).toBe(0);
    const before = bench.estimator;
    bench.estimator = bench.make(2);
    expect(await bench.settle()).toBe(0);
    bench.estimator = before;
    expect(await historyOf('again1', 5)).toHaveLength(1);
  });

  test('come out the same whatever the order in which the registers arrived', async () => {
    const without = [4, 5, 11, 12, 13, 14, 15, 16];
    await fill('early1', without);
    await bench.settle();
    // The other meter has the same registers, last to first, with estimates made between.
    for (let day = 20; day >= 0; day--) {
      if (without.includes(day)) continue;
      await bench.arrive('late1', day, day * 1000);
      if (day % 6 === 0) await bench.settle();
    }
    await bench.settle();
    expect(await bench.counts('late1')).toEqual(await bench.counts('early1'));
    expect((await bench.counts('early1'))[13]).toEqual([13_000, 'scaling']);
  });

  test('give way to the meter’s own value when it comes late, and their neighbours are worked out anew', async () => {
    await fill('open1', [7, 8, 9]);
    await bench.settle();
    await bench.arrive('open1', 8, 8900, 'late');
    await bench.settle();
    const counts = await bench.counts('open1');
    expect([counts[7], counts[8], counts[9]]).toEqual([
      [7450, 'interpolation'],
      [8900, 'late'],
      [9450, 'interpolation'],
    ]);
    expect(await historyOf('open1', 8)).toHaveLength(1);
    expect(await historyOf('open1', 7)).toHaveLength(2);
  });
});

describe('the neighbours of an estimate', () => {
  test('are never suspect values', async () => {
    await fill('suspect1', [5, 6, 7]);
    await bench.arrive('suspect1', 6, 900_000_000, 'suspect');
    await bench.settle();
    const counts = await bench.counts('suspect1');
    expect([counts[5], counts[6], counts[7]]).toEqual([5000, 6000, 7000].map((wh) => [wh, 'interpolation']));
  });

  test('may be what a person wrote, and an undone edit takes its estimates along', async () => {
    await fill('person1', [5, 6, 7]);
    await bench.settle();
    const name = { task: TASK, meter: 'person1', slot: slotOf(6) };
    const edit = { ...name, kind: 'manual' as const, method: null, reason: '人工抄表', by: 'k', at: 1 };
    await bench.state.revisions.add({ ...edit, values: { energy_import_wh: 6400 } }, 1);
    await bench.told('person1', slotOf(6));
    await bench.settle();
    expect(await bench.counts('person1')).toMatchObject({
      5: [5200, 'interpolation'],
      6: [6400, 'manual'],
      7: [7200, 'interpolation'],
    });
    await bench.state.revisions.add({ ...edit, kind: 'undone', values: null }, 2);
    await bench.told('person1', slotOf(6));
    await bench.settle();
    const counts = await bench.counts('person1');
    expect([counts[5], counts[6], counts[7]]).toEqual([5000, 6000, 7000].map((wh) => [wh, 'interpolation']));
  });

  test('of a meter without history are the like customers of its area', async () => {
    await fill('area1', []);
    await fill('area2', []);
    await bench.arrive('area4', 17, 50_000);
    await bench.settle();
    expect((await bench.counts('area4'))[18]).toBeUndefined();
    await fill('area3', []);
    await bench.settle();
    expect((await bench.counts('area4'))[19]).toEqual([52_000, 'profile']);
  });
});

test('an estimate that can no longer be made, or that nobody owes, is withdrawn by another revision', async () => {
  await fill('left1', [5]);
  await fill('left2', [5]);
  await bench.settle();
  bench.excluded.add(`left1 2026-11-05`);
  await bench.told('left1', slotOf(5));
  const name = { task: TASK, meter: 'left2', slot: slotOf(6), method: null, reason: 'wrong', by: 'k', at: 1 };
  await bench.state.revisions.add({ ...name, kind: 'edited', values: { energy_import_wh: 3000 } }, 0);
  await bench.told('left2', slotOf(6));
  await bench.settle();
  for (const meter of ['left1', 'left2']) {
    expect((await historyOf(meter, 5)).map(({ kind, by }) => [kind, by])).toEqual([
      ['estimated', 'estimation'],
      ['undone', 'estimation'],
    ]);
    expect((await bench.counts(meter))[5]).toBe('missing');
  }
});
