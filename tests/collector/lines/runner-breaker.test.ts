import { afterEach, describe, expect, it } from 'vitest';
import { ReadError } from '../../../collector/lines/read-error.ts';
import { type LineBench, lineBench } from '../../support/line-bench.ts';
import { at, planMeter, task } from '../../support/plan.ts';
import { ANSWER_MS, SILENCE_MS } from '../../support/toy-meters.ts';

const DAY = '2026-11-20';
const MINUTE_MS = 60_000;
const INSTANT = task('instant');

let bench: LineBench;
afterEach(() => bench.stop());

function start(now: string, count: number, tasks = [INSTANT]): void {
  const meters = Array.from({ length: count }, (_, i) =>
    planMeter(`m${i + 1}`, { collectedFrom: at(DAY, `${now.slice(0, 5)}:00`) }),
  );
  bench = lineBench({ now: at(DAY, now), meters, tasks });
}

describe('a dead meter', () => {
  it('costs the others one request and then one probe a wait, and the waits grow to a quarter of an hour', async () => {
    start('10:00:00', 10);
    bench.meters.failing.set('m3', 'no_answer');
    const asked: number[] = [];
    bench.meters.onAsk = (what) => {
      if (what.includes('m3')) asked.push(bench.clock.mono());
    };
    void bench.start();
    await bench.clock.advance(120 * MINUTE_MS);
    const [first, ...rest] = bench.meters.log.filter((what) => what.includes('m3'));
    expect(first).toBe('read m3 instant 10:00');
    expect(rest.every((what) => what === 'probe m3' || what.startsWith('read m3'))).toBe(true);
    const waitsS = asked.slice(1).map((when, i) => Math.round((when - (asked[i] ?? 0) - SILENCE_MS) / 1000));
    expect(waitsS.slice(0, 8)).toEqual([15, 30, 60, 120, 240, 480, 900, 900]);
    expect(waitsS.every((wait) => wait <= 901)).toBe(true);
  });

  it('takes no reading from the others and leaves none of its own slots without a reason', async () => {
    start('10:00:00', 10);
    bench.meters.failing.set('m3', 'no_answer');
    void bench.start();
    await bench.clock.advance(61 * MINUTE_MS);
    const read = bench.told.filter((line) => line.endsWith(' read'));
    expect(read).toHaveLength(9 * 13);
    expect(read.some((line) => line.startsWith('m3 '))).toBe(false);
    const slots = Array.from({ length: 12 }, (_, i) => `10:${String(i * 5).padStart(2, '0')}`);
    expect(bench.told.filter((line) => line.endsWith(' final'))).toEqual(
      slots.map((slot) => `m3 instant ${slot} no_answer final`),
    );
    expect(bench.runner.status).toMatchObject({ state: 'up', breakersOpen: 1 });
  });

  it('has one request sent for all that is due of it, and all of that has its reason at once', async () => {
    start('10:01:00', 2, [INSTANT, task('freeze-day'), task('event'), task('profile')]);
    bench.meters.failing.set('m2', 'no_answer');
    void bench.start();
    await bench.clock.advance(ANSWER_MS + SILENCE_MS);
    expect(bench.meters.asked('read m2')).toHaveLength(1);
    expect(bench.told.filter((line) => line.startsWith('m2 ') && line.endsWith(' no_answer'))).toHaveLength(4 + 2 + 41);
  });

  it('is probed before it is read, so that a long read is not lost on it', async () => {
    start('10:04:40', 20, [INSTANT, task('profile')]);
    bench.meters.failing.set('m1', 'no_answer');
    void bench.start();
    await bench.clock.advance(25_000);
    const m1 = bench.meters.log.filter((what) => what.split(' ')[1] === 'm1');
    expect(m1).toEqual(['read m1 instant 10:00', 'probe m1']);
  });
});

describe('a meter that answers again', () => {
  it('is found by a probe of the idle line, and everything it owes is read at once', async () => {
    start('10:01:00', 2, [INSTANT, task('freeze-day')]);
    bench.meters.failing.set('m2', 'no_answer');
    void bench.start();
    await bench.clock.advance(5000);
    bench.meters.failing.clear();
    await bench.clock.advance(15_000);
    expect(bench.meters.log.filter((what) => what.includes('m2'))).toEqual([
      'read m2 freeze-day 00:00',
      'probe m2',
      'read m2 freeze-day 00:00',
      'read m2 freeze-day 00:00',
      'read m2 instant 10:00',
      'read m2 freeze-day 00:00',
      'read m2 freeze-day 00:00',
    ]);
    expect(bench.logger.lines.filter((line) => line.message === 'the meter answers again')).toHaveLength(1);
    expect(bench.runner.status.breakersOpen).toBe(0);
  });

  it('begins with the shortest wait when it dies anew', async () => {
    start('10:01:00', 1);
    bench.meters.failing.set('m1', 'no_answer');
    void bench.start();
    await bench.clock.advance(3 * MINUTE_MS);
    bench.meters.failing.clear();
    await bench.clock.advance(5 * MINUTE_MS);
    bench.meters.failing.set('m1', 'no_answer');
    const before = bench.meters.log.length;
    const asked: number[] = [];
    bench.meters.onAsk = () => void asked.push(bench.clock.mono());
    await bench.clock.advance(8 * MINUTE_MS);
    expect(bench.meters.log.slice(before, before + 3)).toEqual([
      'read m1 instant 10:10',
      expect.stringContaining('read m1 instant'),
      'probe m1',
    ]);
    expect((asked[2] ?? 0) - (asked[1] ?? 0)).toBe(15_000 + SILENCE_MS);
  });
});

describe('a meter whose replies are sound but for what they say', () => {
  const senseless = new ReadError('malformed', 'not BCD', { answered: true });

  it('is there: the line goes on asking it for the rest, and once for what makes no sense', async () => {
    start('10:01:00', 1, [INSTANT, task('freeze-day'), task('profile')]);
    bench.meters.onAsk = (asked) => {
      if (asked.includes('profile')) throw senseless;
    };
    void bench.start();
    await bench.clock.advance(5 * MINUTE_MS);
    expect(bench.meters.asked('probe')).toEqual([]);
    expect(bench.meters.asked('read m1 profile')).toHaveLength(41);
    expect(bench.told.filter((line) => line.endsWith(' read')).length).toBeGreaterThan(4);
    expect(bench.runner.status.breakersOpen).toBe(0);
    expect(bench.runner.status.lastGoodAt).not.toBeNull();
  });

  it.each(['probe', 'read'])('has answered by that when it was left alone: %s', async (what) => {
    start('10:01:00', 1, [INSTANT, task('freeze-day')]);
    bench.meters.failing.set('m1', 'no_answer');
    void bench.start();
    await bench.clock.advance(5000);
    expect(bench.runner.status.breakersOpen).toBe(1);
    bench.meters.failing.clear();
    bench.meters.onAsk = (asked) => {
      if (asked.startsWith(what)) throw senseless;
    };
    await bench.clock.advance(MINUTE_MS);
    expect(bench.meters.asked('probe m1')).toHaveLength(1);
    expect(bench.meters.asked('read m1')).toHaveLength(1 + 5);
    expect(bench.runner.status.breakersOpen).toBe(0);
  });

  it('and that answered the probe before a read is not left alone for what the read brings', async () => {
    start('10:04:40', 20, [INSTANT, task('profile')]);
    bench.meters.failing.set('m1', 'no_answer');
    void bench.start();
    await bench.clock.advance(10_000);
    bench.meters.failing.clear();
    bench.meters.onAsk = (asked) => {
      if (asked.startsWith('read m1 ')) throw new ReadError('no_answer', 'timeout 1000 ms');
    };
    await bench.clock.advance(12_000);
    expect(bench.meters.asked('probe m1')).toHaveLength(1);
    expect(bench.logger.lines.filter((line) => line.message === 'the meter answers again')).toHaveLength(1);
  });
});

it.each(['not_supported', 'device_error', 'stale_freeze', 'meter_clock_wrong', 'implausible'] as const)(
  'a meter whose answer is %s is there: it is not left alone',
  async (reason) => {
    start('10:01:00', 1, [INSTANT, task('freeze-day')]);
    bench.meters.failing.set('m1', reason);
    void bench.start();
    await bench.clock.advance(10_000);
    expect(bench.meters.asked('read m1').length).toBeGreaterThanOrEqual(5);
    expect(bench.runner.status.breakersOpen).toBe(0);
    expect(bench.told).toHaveLength(5);
    expect(bench.told.every((line) => line.endsWith(reason))).toBe(true);
  },
);
