import { afterEach, describe, expect, it } from 'vitest';
import type { Task } from '#contract/tasks.ts';
import { account, at, installation, meter, registry, task } from '../domain/site.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';
import { JudgingWorld, type Point, WAIT_MS } from './judging-world.ts';

const newPath = scratchPaths();
const START = at('2026-11-20', '10:00');
const MINUTE = 60_000;
const FINE: Task = { ...task('profile'), id: 'fine', calendar: { everyS: 300 }, for: { priorities: ['large'] } };
const SITE = registry({
  tasks: [task('profile'), FINE],
  accounts: [account('home'), account('shop', { priority: 'large' })],
  meters: [meter('m1'), meter('m2')],
  installations: [installation('m1', { account: 'home' }), installation('m2', { account: 'shop' })],
});
const worlds: JudgingWorld[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

/** Points every `step` minutes of [0, until) after the start, with a voltage that is usual or far too high. */
function points(id: string, step: number, until: number, isHigh = false): Point[] {
  return Array.from({ length: until / step }, (_, i) => ({
    meter: id,
    slot: START + i * step * MINUTE,
    values: { energy_import_wh: 5000 + (i + 1) * step * 17, voltage_a_v: isHigh ? 280 : 225 },
  }));
}

async function judging() {
  const world = await JudgingWorld.open(newPath('x').slice(0, -2), SITE, START - MINUTE);
  worlds.push(world);
  const begun = await world.start();
  await begun.settle();
  await world.clock.advance(90 * MINUTE + WAIT_MS);
  return { world, begun };
}

describe('curves of two grids side by side', () => {
  it('are judged each by the finest task that its meter has, every point once', async () => {
    const { world, begun } = await judging();
    await world.tell([...points('m1', 15, 90), ...points('m2', 15, 90)]);
    await world.tell([...points('m1', 5, 90), ...points('m2', 5, 90)], { task: 'fine' });
    await begun.settle();
    expect(begun.curves.counts).toMatchObject({ points: 6 + 18, waitingSlots: 0, waitingMeters: 0 });
    expect(await world.anomalies()).toEqual([]);
  });

  it('find what is wrong in the finer one sooner, and are not misled by the other', async () => {
    const { world, begun } = await judging();
    // Of the customer with the finer curve the coarse one is not looked at, whatever it says.
    await world.tell(points('m2', 15, 90, true));
    while (await begun.feed.step());
    expect(begun.curves.counts).toMatchObject({ waitingSlots: 0, waitingMeters: 0 });
    await world.tell(points('m1', 15, 90, true));
    await world.tell(points('m2', 5, 90), { task: 'fine' });
    await begun.settle();
    expect((await world.anomalies()).map(({ meter: id }) => id)).toEqual(['m1']);
    await world.clock.advance(60 * MINUTE);
    const later = points('m2', 5, 60, true).map((point) => ({ ...point, slot: point.slot + 90 * MINUTE }));
    await world.tell(later, { task: 'fine' });
    await begun.settle();
    expect((await world.anomalies()).map(({ meter: id }) => id).sort()).toEqual(['m1', 'm2']);
  });

  it('come to the same after a start and with points that came late', async () => {
    const { world, begun } = await judging();
    const fine = points('m2', 5, 90, true);
    await world.tell([...points('m1', 15, 90), ...points('m2', 15, 90)]);
    await world.tell(fine.slice(6), { task: 'fine' });
    await begun.settle();
    await world.tell(fine.slice(0, 6), { task: 'fine' });
    await begun.settle();
    const known = await world.anomalies();
    expect(known).toMatchObject([{ meter: 'm2', rule: 'voltage_over', from: START }]);
    const again = await world.start();
    await again.settle();
    expect(await world.anomalies()).toEqual(known);
    expect(again.curves.counts.points).toBe(6 + 18);
  });
});
