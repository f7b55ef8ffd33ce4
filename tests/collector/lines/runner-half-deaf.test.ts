import { afterEach, expect, it } from 'vitest';
import { ReadError } from '../../../collector/lines/read-error.ts';
import { type LineBench, lineBench } from '../../support/line-bench.ts';
import { at, planMeter, task } from '../../support/plan.ts';

const HOUR_MS = 3_600_000;

let bench: LineBench;
afterEach(() => bench.stop());

it('a meter that answers the probe but never its freeze is not asked for it over and over', async () => {
  const meters = [planMeter('m1'), planMeter('m2')];
  bench = lineBench({ now: at('2026-11-20', '10:01:00'), meters, tasks: [task('freeze-day'), task('instant')] });
  bench.meters.onAsk = (asked) => {
    if (asked.startsWith('read m1 freeze-day')) throw new ReadError('no_answer', 'toy lost a long reply');
  };
  void bench.start();
  await bench.clock.advance(HOUR_MS);
  // Four freezes: each when it is due, once when the meter is back, then every quarter of an hour.
  expect(bench.meters.asked('read m1 freeze-day').length).toBeLessThan(4 * 7);
  const read = bench.told.filter((each) => each.startsWith('m1 instant') && each.endsWith('read'));
  expect(read).toHaveLength(13);
  bench.meters.onAsk = () => {};
  await bench.clock.advance(HOUR_MS / 4 + 60_000);
  expect(bench.told.filter((each) => each === 'm1 freeze-day 00:00 read')).toHaveLength(4);
});
