import { afterEach, describe, expect, it } from 'vitest';
import { ReadError } from '../../../collector/lines/read-error.ts';
import { type LineBench, lineBench, type planLine } from '../../support/line-bench.ts';
import { at, planMeter, task } from '../../support/plan.ts';

const DAY = '2026-11-20';
const MINUTE_MS = 60_000;
const FREEZE = task('freeze-day', { backfillDays: 1 });

let bench: LineBench;
afterEach(() => bench.stop());

function start(count = 3, line: Parameters<typeof planLine>[0] = {}, tasks = [FREEZE]): void {
  const meters = Array.from({ length: count }, (_, i) => planMeter(`m${i + 1}`));
  bench = lineBench({ now: at(DAY, '10:01:00'), meters, tasks, line });
}

function said(message: string): number {
  return bench.logger.lines.filter((line) => line.message === message).length;
}

/** What the bus does when the link goes under a request. */
function losing(): void {
  bench.link.lose('link_reset: connection reset');
  throw new ReadError('line_down', 'link_reset: connection reset', { next: 'reconnect' });
}

describe('a line that cannot be opened', () => {
  it('gives each due read its reason once, without an attempt at any meter', async () => {
    start();
    bench.link.refuses = 'connection refused';
    void bench.start();
    await bench.clock.advance(10 * MINUTE_MS);
    expect(bench.meters.log).toEqual([]);
    expect(bench.told.toSorted()).toEqual(
      ['m1', 'm2', 'm3'].flatMap((id) => [`${id} freeze-day 00:00 line_down`, `${id} freeze-day 00:00 line_down`]),
    );
    const [first] = bench.sink.records;
    expect(first?.row[first.columns.indexOf('attempts')]).toBe(0);
    expect(first?.row[first.columns.indexOf('detail')]).toContain('connection refused');
    expect(bench.runner.status).toMatchObject({ state: 'down', reason: 'line_down', lastGoodAt: null });
    expect(said('the line is down')).toBe(1);
  });

  it('behind a concentrator means that the concentrator is offline', async () => {
    start(1, { concentrator: 'J1' });
    bench.link.refuses = 'host unreachable';
    void bench.start();
    await bench.clock.advance(1000);
    expect(bench.told).toEqual(Array.from({ length: 2 }, () => 'm1 freeze-day 00:00 concentrator_offline'));
  });

  it('is tried again after growing waits of at most about a minute, whatever the wall clock does', async () => {
    start();
    bench.link.refuses = 'connection refused';
    void bench.start();
    for (let i = 0; i < 60; i++) {
      await bench.clock.advance(MINUTE_MS);
      bench.clock.jump(i % 2 ? 3 * 3_600_000 : -3 * 3_600_000);
    }
    expect(bench.link.opened).toBeGreaterThan(50);
    expect(bench.link.opened).toBeLessThan(90);
  });

  it('is read to the end as soon as it is back, and its slots have their values', async () => {
    start();
    bench.link.refuses = 'connection refused';
    void bench.start();
    await bench.clock.advance(3 * MINUTE_MS);
    bench.link.refuses = null;
    await bench.clock.advance(80_000);
    expect(bench.told.filter((line) => line.endsWith(' read'))).toHaveLength(6);
    expect(said('the line is up')).toBe(1);
    expect(bench.runner.status).toMatchObject({ state: 'up', reason: null, detail: '' });
  });
});

describe('a line that is lost under a read', () => {
  it('costs that read nothing: it is sent again as soon as the line is back', async () => {
    start();
    let once = true;
    bench.meters.onAsk = (asked) => {
      if (!once || !asked.includes('m2')) return;
      once = false;
      losing();
    };
    void bench.start();
    await bench.clock.advance(60_000);
    expect(bench.told.toSorted()).toEqual(
      ['m1', 'm2', 'm3'].flatMap((id) => [`${id} freeze-day 00:00 read`, `${id} freeze-day 00:00 read`]),
    );
    expect(bench.link.opened).toBe(2);
    expect(said('the line was lost')).toBe(1);
  });

  it('and can be opened but never bears a request is not opened in a tight loop, and its reads have a reason', async () => {
    start();
    bench.meters.onAsk = losing;
    void bench.start();
    await bench.clock.advance(10 * MINUTE_MS);
    expect(bench.link.opened).toBeGreaterThan(8);
    expect(bench.link.opened).toBeLessThan(20);
    expect(bench.told).toHaveLength(6);
    expect(bench.told.every((line) => line.endsWith(' line_down'))).toBe(true);
    bench.meters.onAsk = () => {};
    await bench.clock.advance(80_000);
    expect(bench.told.filter((line) => line.endsWith(' read'))).toHaveLength(6);
  });

  it('by a probe is not opened in a tight loop either', async () => {
    start(1);
    bench.meters.failing.set('m1', 'no_answer');
    void bench.start();
    await bench.clock.advance(5000);
    bench.meters.onAsk = losing;
    await bench.clock.advance(10 * MINUTE_MS);
    expect(bench.link.opened).toBeGreaterThan(2);
    expect(bench.link.opened).toBeLessThan(20);
    expect(bench.runner.status.breakersOpen).toBe(1);
  });
});

describe('a connection that the other side closes', () => {
  it('is told of, and opened again at once when nothing was lost with it', async () => {
    start();
    void bench.start();
    await bench.clock.advance(10_000);
    const told = bench.told.length;
    bench.link.lose('link_closed: closed by the other side');
    expect(bench.runner.status).toMatchObject({ state: 'down', detail: 'link_closed: closed by the other side' });
    await bench.clock.advance(100);
    expect(bench.link.opened).toBe(2);
    expect(bench.runner.status.state).toBe('up');
    expect(bench.told).toHaveLength(told);
    expect(said('the line was lost')).toBe(1);
  });

  it('every half minute while there is nothing to read is never a reason for a slot', async () => {
    start();
    void bench.start();
    await bench.clock.advance(10_000);
    for (let i = 0; i < 20; i++) {
      bench.link.lose('link_closed: closed by the other side');
      await bench.clock.advance(30_000);
    }
    expect(bench.link.opened).toBe(21);
    expect(bench.told.every((line) => line.endsWith(' read'))).toBe(true);
  });
});

describe('a server that takes each connection and closes it at once', () => {
  it.each([
    ['with nothing to read', []],
    ['with something to read', [FREEZE]],
  ])('is not connected to in a tight loop %s, and is told of once', async (_what, tasks) => {
    start(1, {}, tasks);
    const { link, clock } = bench;
    const open = link.open.bind(link);
    let isClosing = true;
    link.open = async () => {
      await open();
      if (isClosing) clock.after('server', 1, () => link.lose('link_closed: closed by the other side'));
    };
    bench.meters.onAsk = async () => {
      await clock.sleep('request', 2);
      if (!link.isOpen) throw new ReadError('line_down', 'link_closed', { next: 'reconnect' });
    };
    void bench.start();
    await clock.advance(10 * MINUTE_MS);
    expect(link.opened).toBeGreaterThan(8);
    expect(link.opened).toBeLessThan(20);
    expect([said('the line is up'), said('the line was lost'), said('the line is down')]).toEqual([1, 1, 0]);
    isClosing = false;
    await clock.advance(80_000);
    expect(bench.runner.status.state).toBe('up');
    expect(bench.told.filter((line) => line.endsWith(' read'))).toHaveLength(2 * tasks.length);
  });
});

describe('a connection that is dead without saying so', () => {
  it.each([1, 2, 12])('is opened anew though it has only %i meter(s) to notice it by', async (count) => {
    start(count, {}, [task('instant')]);
    void bench.start();
    await bench.clock.advance(MINUTE_MS);
    for (let i = 1; i <= count; i++) bench.meters.failing.set(`m${i}`, 'no_answer');
    const asked: number[] = [];
    bench.meters.onAsk = () => void asked.push(bench.link.opened);
    await bench.clock.advance(20 * MINUTE_MS);
    expect(bench.link.opened).toBeGreaterThan(1);
    expect(asked.filter((opened) => opened === 1)).toHaveLength(6);
    expect(bench.runner.status.state).toBe('up');
  });

  it('is not what silent meters on a serial bus are taken for', async () => {
    const serial = { path: '/dev/ttyUSB0', baudRate: 2400, parity: 'even', dataBits: 8, stopBits: 1 } as const;
    start(3, { link: { serial } });
    for (const id of ['m1', 'm2', 'm3']) bench.meters.failing.set(id, 'no_answer');
    void bench.start();
    await bench.clock.advance(60 * MINUTE_MS);
    expect(bench.meters.asked('probe').length).toBeGreaterThan(12);
    expect(bench.link.opened).toBe(1);
  });
});
