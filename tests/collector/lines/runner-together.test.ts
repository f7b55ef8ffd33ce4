import { afterEach, describe, expect, it } from 'vitest';
import { ReadError } from '../../../collector/lines/read-error.ts';
import { type LineBench, lineBench } from '../../support/line-bench.ts';
import { at, planMeter, task } from '../../support/plan.ts';

const DAY = '2026-11-20';
/** Quarters of the day so far: the newest is live, the others are gaps. */
const SLOTS = 41;

let bench: LineBench;
afterEach(() => bench.stop());

const several = (asked: string): boolean => asked.split(' ').length > 4;

function start(): void {
  const tasks = [task('profile')];
  bench = lineBench({ now: at(DAY, '10:01:00'), meters: [planMeter('m1')], tasks, severalAtOnce: true });
}

describe('gaps that are asked for several at a time', () => {
  it('are asked for one by one where a meter leaves long requests unanswered, and its live reads go on', async () => {
    start();
    // A long reply that the carrier loses, a converter with a small buffer: what is short comes through.
    bench.meters.onAsk = (asked) => {
      if (several(asked)) throw new ReadError('no_answer', 'toy lost a long reply');
    };
    void bench.start();
    await bench.clock.advance(60_000);
    // Those that failed are tried again a quarter of an hour later.
    expect(bench.told.filter((each) => each.endsWith(' read')).length).toBeGreaterThan(SLOTS - 4);
    expect(bench.meters.asked('probe')).toEqual([]);
    expect(bench.meters.log.filter(several).length).toBeLessThan(5);
  });

  it('are asked for together again after a while: the silence may have been the meter', async () => {
    start();
    let silent = 1;
    bench.meters.onAsk = (asked) => {
      if (several(asked) && silent-- > 0) throw new ReadError('no_answer', 'toy was away');
    };
    void bench.start();
    await bench.clock.advance(60_000);
    // Those that failed are tried again a quarter of an hour later.
    expect(bench.told.filter((each) => each.endsWith(' read')).length).toBeGreaterThan(SLOTS - 4);
    expect(bench.meters.log.filter(several).length).toBeGreaterThan(2);
  });
});
