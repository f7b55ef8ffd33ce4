import { afterEach, describe, expect, it } from 'vitest';
import { type LineBench, lineBench } from '../../support/line-bench.ts';
import { at, planMeter, task } from '../../support/plan.ts';

const DAY = '2026-11-20';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const INSTANT = task('instant');

let bench: LineBench;
afterEach(() => bench.stop());

/** A meter without memory. */
function modbus(id: string, from = '10:00:00') {
  return planMeter(id, { model: 'sdm120', address: id.replace(/\D/g, ''), collectedFrom: at(DAY, from) });
}

function said(message: string): number {
  return bench.logger.lines.filter((line) => line.message.includes(message)).length;
}

describe('a line that is stopped while it gives up what a long absence left', () => {
  it('ends at once; the rest is given up after the next start', async () => {
    bench = lineBench({ now: at(DAY, '10:01:00'), meters: [modbus('m1', '00:00:00')], tasks: [INSTANT] });
    const room = { isThere: (): void => {} };
    bench.sink.room = () => new Promise((resolve) => (room.isThere = resolve));
    const ended = bench.start();
    await bench.clock.advance(1000);
    const stopped = bench.stop();
    room.isThere();
    await Promise.all([ended, stopped]);
    expect(bench.told.length).toBeLessThan(3);
  });
});

describe('a slot that was never tried', () => {
  it('ends as collector_offline when there was no collector, with what that means for a meter without memory', async () => {
    bench = lineBench({ now: at(DAY, '10:01:00'), meters: [modbus('m1', '09:45:00')], tasks: [INSTANT] });
    void bench.start();
    await bench.clock.advance(1000);
    expect(bench.told).toEqual([
      'm1 instant 09:45 collector_offline final',
      'm1 instant 09:50 collector_offline final',
      'm1 instant 09:55 collector_offline final',
      'm1 instant 10:00 read',
    ]);
    const [record] = bench.sink.records;
    expect(record?.row[record.columns.indexOf('detail')]).toBe('the meter keeps nothing to fetch it from later');
    expect(bench.results.counts).toEqual({ answered: 1, failed: 3 });
  });

  it('ends as skipped_breaker only where the meter was left alone meanwhile', async () => {
    bench = lineBench({ now: at(DAY, '10:01:00'), meters: [modbus('m1'), modbus('m2')], tasks: [INSTANT] });
    bench.meters.failing.set('m2', 'no_answer');
    void bench.start();
    await bench.clock.advance(5000);
    bench.clock.jump(15 * 60_000);
    await bench.clock.advance(30_000);
    expect(bench.told.toSorted()).toEqual(
      [
        'm1 instant 10:00 read',
        'm1 instant 10:05 deadline_missed final',
        'm1 instant 10:10 deadline_missed final',
        'm1 instant 10:15 read',
        'm2 instant 10:00 no_answer',
        'm2 instant 10:00 no_answer final',
        'm2 instant 10:05 skipped_breaker final',
        'm2 instant 10:10 skipped_breaker final',
        'm2 instant 10:15 no_answer',
      ].toSorted(),
    );
  });
});

describe('a slot that was tried in vain', () => {
  it('keeps the reason of the first failure while the address is left alone', async () => {
    bench = lineBench({ now: at(DAY, '10:01:00'), meters: [modbus('m1')], tasks: [INSTANT] });
    bench.meters.failing.set('m1', 'crc_error');
    void bench.start();
    await bench.clock.advance(10 * 60_000);
    expect(bench.told).toEqual([
      'm1 instant 10:00 crc_error',
      'm1 instant 10:05 crc_error',
      'm1 instant 10:00 crc_error final',
      'm1 instant 10:10 crc_error',
      'm1 instant 10:05 crc_error final',
    ]);
    const attempts = bench.sink.records.map(({ columns, row }) => row[columns.indexOf('attempts')]);
    expect(attempts).toEqual([1, 0, 1, 0, 0]);
  });

  it('is not sent any more once its deadline has passed while it waited for the line', async () => {
    bench = lineBench({
      now: at(DAY, '10:01:30'),
      meters: [modbus('m1'), modbus('m2'), modbus('m3')],
      tasks: [task('profile', { toleranceS: 120, delayS: 20 })],
    });
    bench.meters.onAsk = (asked) => (asked.includes('m1') ? bench.clock.sleep('slow', 20_000) : undefined);
    void bench.start();
    await bench.clock.advance(22_000);
    expect(bench.meters.log).toEqual(['read m1 profile 10:00', 'read m2 profile 10:00', 'read m3 profile 10:00']);
    await bench.stop();

    bench = lineBench({
      now: at(DAY, '10:01:35'),
      meters: [modbus('m1'), modbus('m2'), modbus('m3')],
      tasks: [task('profile', { toleranceS: 120, delayS: 20 })],
    });
    bench.meters.onAsk = (asked) => (asked.includes('m1') ? bench.clock.sleep('slow', 27_000) : undefined);
    void bench.start();
    await bench.clock.advance(60_000);
    expect(bench.meters.log).toEqual(['read m1 profile 10:00']);
    expect(bench.told).toEqual([
      'm1 profile 10:00 read',
      'm2 profile 10:00 deadline_missed final',
      'm3 profile 10:00 deadline_missed final',
    ]);
  });
});

describe('a clock that is not set', () => {
  it('stops all reading, is told of, and everything goes on as soon as it is right', async () => {
    bench = lineBench({ now: 0, meters: [modbus('m1')], tasks: [INSTANT] });
    void bench.start();
    await bench.clock.advance(60_000);
    expect(bench.meters.log).toEqual([]);
    expect(bench.link.opened).toBe(0);
    expect(bench.told).toEqual([]);
    expect(said('clock of this machine is not set')).toBeGreaterThan(0);
    bench.clock.jump(at(DAY, '10:01:00'));
    await bench.clock.advance(11_000);
    expect(bench.told).toEqual(['m1 instant 10:00 read']);
  });

  it('in the middle of work names no slot of 1970', async () => {
    bench = lineBench({ now: at(DAY, '10:01:00'), meters: [modbus('m1')], tasks: [INSTANT] });
    void bench.start();
    await bench.clock.advance(1000);
    const wrong = bench.clock.now() - 120_000;
    bench.clock.jump(-wrong);
    await bench.clock.advance(10 * 60_000);
    expect(bench.meters.log).toHaveLength(1);
    bench.clock.jump(wrong);
    await bench.clock.advance(11_000);
    expect(bench.told).toEqual([
      'm1 instant 10:00 read',
      'm1 instant 10:05 deadline_missed final',
      'm1 instant 10:10 read',
    ]);
  });
});

describe('a clock that is set right while the line works', () => {
  it('does not move the waits between probes of a dead meter', async () => {
    const probes = async (jumps: readonly number[]): Promise<number[]> => {
      bench = lineBench({ now: at(DAY, '10:01:00'), meters: [modbus('m1', '10:00:30')], tasks: [INSTANT] });
      const found: number[] = [];
      bench.meters.failing.set('m1', 'no_answer');
      bench.meters.onAsk = (asked) => {
        if (asked.startsWith('probe')) found.push(bench.clock.mono());
      };
      void bench.start();
      for (const jump of jumps) {
        await bench.clock.advance(20_000);
        bench.clock.jump(jump);
      }
      await bench.clock.advance(10 * 60_000 - 20_000 * jumps.length);
      await bench.stop();
      return found;
    };
    const steady = await probes([]);
    expect(steady).toHaveLength(5);
    expect(await probes([-HOUR_MS, 2 * HOUR_MS, -30 * DAY_MS])).toEqual(steady);
  });

  it('back by a day does not put off by a day what had failed before', async () => {
    bench = lineBench({
      now: at('2026-11-21', '10:01:00'),
      meters: [planMeter('m1', { collectedFrom: at(DAY) })],
      tasks: [task('freeze-day', { backfillDays: 0 })],
    });
    bench.meters.failing.set('m1', 'device_error');
    void bench.start();
    await bench.clock.advance(2000);
    expect(bench.meters.log).toHaveLength(2);
    bench.meters.failing.clear();
    bench.clock.jump(-DAY_MS);
    await bench.clock.advance(61_000);
    expect(bench.meters.log.slice(2)).toEqual(['read m1 freeze-day 00:00']);
    expect(bench.told.at(-1)).toBe('m1 freeze-day 00:00 read');
  });

  it('back by a month leaves no slot of that month without an end', async () => {
    bench = lineBench({ now: at('2026-12-20', '10:01:00'), meters: [modbus('m1')], tasks: [INSTANT] });
    void bench.start();
    await bench.clock.advance(1000);
    bench.clock.jump(-30 * DAY_MS + 10 * 60_000);
    const before = bench.told.length;
    await bench.clock.advance(60_000);
    expect(bench.told.slice(before).toSorted()).toEqual([
      'm1 instant 10:00 collector_offline final',
      'm1 instant 10:05 collector_offline final',
      'm1 instant 10:10 read',
    ]);
  });
});
