import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Task } from '#contract/tasks.ts';
import { type LineBench, lineBench } from '../../support/line-bench.ts';
import { at, planMeter, task } from '../../support/plan.ts';
import { ANSWER_MS } from '../../support/toy-meters.ts';

/** A line that live work keeps busy for nine tenths of its time: 54 requests of 100 ms in each 6 s. */
const NOW = at('2026-11-20', '10:00:57');
/** The newest freeze, or point, of each meter goes with the live work and takes minutes of the rest. */
const SETTLED = at('2026-11-20', '10:04:00');
const END = at('2026-11-20', '10:11:00');
const METERS = Array.from({ length: 54 }, (_, i) => planMeter(`m${i + 1}`, { collectedFrom: NOW }));
const LIVE = task('instant', { id: 'live', calendar: { everyS: 6 }, toleranceS: 6 });

const CURVE = task('profile');
const FREEZES = task('freeze-day', { backfillDays: 62, repairDays: 62 });

let bench: LineBench;
afterEach(() => bench.stop());

/** When each live read was answered, after its slot, and how many slots of the meters' memory were read. */
async function run(tasks: readonly Task[]): Promise<{ lateMs: Map<string, number>; stored: number }> {
  bench = lineBench({ now: NOW, meters: METERS, tasks, severalAtOnce: true });
  void bench.start();
  await bench.clock.advance(END + 6000 - NOW);
  const lateMs = new Map<string, number>();
  let stored = 0;
  for (const record of bench.sink.records) {
    if (record.stream !== 'reading') continue;
    const [, slot = 0, , readAt = 0] = record.row.map(Number);
    if (record.task !== LIVE.id) stored++;
    else if (slot >= SETTLED && slot < END) lateMs.set(`${record.row[0]} ${slot}`, readAt - slot);
  }
  await bench.stop();
  return { lateMs, stored };
}

/** The same without gaps to close, for all to be held against. */
let alone: Awaited<ReturnType<typeof run>>;
beforeAll(async () => {
  alone = await run([LIVE]);
}, 60_000);

describe('a line that live work keeps busy for nine tenths of its time', () => {
  it.each([
    ['gaps in curves', CURVE, 2000],
    ['the freezes of two months', FREEZES, 400],
  ])('closes %s in the rest, and no live read is later for it by more than one request', async (_what, gaps, least) => {
    const beside = await run([LIVE, gaps]);
    expect(alone.lateMs.size).toBe(54 * 70);
    expect(beside.lateMs.size).toBe(alone.lateMs.size);
    const later = [...beside.lateMs].map(([key, lateMs]) => lateMs - (alone.lateMs.get(key) ?? Number.NaN));
    expect(Math.max(...later)).toBeLessThanOrEqual(ANSWER_MS);
    expect(beside.stored).toBeGreaterThan(least);
  });
});
