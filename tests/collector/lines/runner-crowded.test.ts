import { afterEach, expect, it } from 'vitest';
import { type LineBench, lineBench } from '../../support/line-bench.ts';
import { at, planMeter, task } from '../../support/plan.ts';

const NOW = at('2026-11-20', '10:00:00');

let bench: LineBench;
afterEach(() => bench.stop());

it('a line with too much to do reads every meter now and then, not the first of the plan always', async () => {
  // A reply takes 100 ms, so 100 of 150 meters have their turn in ten seconds.
  const meters = Array.from({ length: 150 }, (_, i) =>
    planMeter(`m${i}`, { model: 'sdm120', address: `${i + 1}`, collectedFrom: NOW }),
  );
  const tasks = [task('instant', { calendar: { everyS: 10 }, toleranceS: 10 })];
  bench = lineBench({ now: NOW, meters, tasks });
  void bench.start();
  await bench.clock.advance(90_000);
  const reads = meters.map(({ id }) =>
    bench.told.filter((each) => each.startsWith(`${id} `) && each.endsWith(' read')),
  );
  const counts = reads.map(({ length }) => length);
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(5);
  expect(Math.max(...counts)).toBeLessThanOrEqual(7);
});
