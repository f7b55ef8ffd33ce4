import { afterEach, expect, it } from 'vitest';
import { ExceptionReply } from '../../../../collector/protocols/modbus/exceptions.ts';
import { type LineBench, lineBench } from '../../../support/line-bench.ts';
import { at, planMeter, task } from '../../../support/plan.ts';

const HOUR_MS = 3_600_000;
const TCP = { protocol: 'modbus-tcp', link: { tcp: { host: 'h', port: 502 } } } as const;

let bench: LineBench;
afterEach(() => bench.stop());

function start(exception: number, whose: readonly string[]): void {
  const meters = ['m1', 'm2'].map((id) => planMeter(id, { model: 'sdm120' }));
  bench = lineBench({ now: at('2026-11-20', '10:01:00'), meters, tasks: [task('instant')], line: TCP });
  bench.meters.onAsk = (asked) => {
    if (whose.some((id) => asked.includes(id))) throw new ExceptionReply(exception);
  };
  void bench.start();
}

it('a gateway without a way to its units is asked once for each slot, and keeps its connection', async () => {
  start(10, ['m1', 'm2']);
  await bench.clock.advance(HOUR_MS);
  // Every 5 minutes, both meters, and the slot that was current at the start.
  expect(bench.meters.asked('read').length).toBeLessThanOrEqual(2 * 13);
  expect(bench.link.isOpen).toBe(true);
  expect(bench.told).toContain('m1 instant 10:05 device_error');
  const [first] = bench.sink.records;
  expect(first?.row[first.columns.indexOf('detail')]).toBe('exception 0A gateway path unavailable');
});

it('a unit that its gateway finds silent is left alone like any silent meter, and the others are read', async () => {
  start(11, ['m1']);
  await bench.clock.advance(HOUR_MS);
  expect(bench.meters.asked('read m1').length).toBeLessThan(6);
  expect(bench.told.filter((line) => line.startsWith('m2') && line.endsWith('read'))).toHaveLength(13);
  expect(bench.runner.status.breakersOpen).toBe(1);
  expect(bench.link.isOpen).toBe(true);
});
