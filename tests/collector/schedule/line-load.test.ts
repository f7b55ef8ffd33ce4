import { describe, expect, it } from 'vitest';
import type { PlanLine } from '#contract/plan.ts';
import { DEFAULT_TASKS, type Task } from '#contract/tasks.ts';
import { describeLoad, leastDelayMs, lineLoad } from '../../../collector/schedule/line-load.ts';

const timing = { replyTimeoutMs: 1200, byteGapMs: 700, pauseMs: 5, quietMs: 200 };
const rs485: PlanLine = {
  id: 'L1',
  protocol: 'dlt645',
  link: { serial: { path: '/dev/ttyUSB0', baudRate: 2400, parity: 'even', dataBits: 8, stopBits: 1 } },
  concentrator: null,
  timing,
};
const modbus: PlanLine = {
  ...rs485,
  protocol: 'modbus-rtu',
  link: { serial: { path: '/dev/ttyUSB0', baudRate: 9600, parity: 'none', dataBits: 8, stopBits: 1 } },
};

function taskOf(id: string, everyS: number): Task {
  const task = DEFAULT_TASKS.find((each) => each.id === id);
  if (!task) throw new Error(`no task ${id}`);
  return { ...task, calendar: { everyS } };
}

describe('the load of a line', () => {
  it('is bytes at the line rate, reply delays and pauses, times meters, over the interval', () => {
    const voltage: Task = { ...taskOf('instant', 60), items: ['voltage_a_v'] };
    const load = lineLoad({
      line: modbus,
      meters: [{ model: 'sdm120', count: 10 }],
      tasks: [voltage],
      replyDelayMs: 20,
    });
    // Two registers: 8 bytes out and 9 in, 10 bits each at 9600 baud, 20 ms to the reply and 5 ms before the request.
    const ms = (17 * 10 * 1000) / 9600 + 25;
    expect(load.shares).toHaveLength(1);
    expect(load.shares[0]).toMatchObject({ requestsPerRead: 1, bytesPerRead: 17, meters: 10, everyS: 60 });
    expect(load.shares[0]?.msPerRead).toBeCloseTo(ms, 6);
    expect(load.needsS).toBeCloseTo((10 * ms) / 1000, 6);
    expect(load.use).toBeCloseTo((10 * ms) / 60_000, 6);
    expect(load.fits).toBe(true);
  });

  it('shows the arithmetic when it cannot fit', () => {
    const load = lineLoad({
      line: rs485,
      meters: [{ model: 'dlt645-3ph', count: 64 }],
      tasks: [taskOf('instant', 60), taskOf('event', 900)],
    });
    expect(load.fits).toBe(false);
    expect(describeLoad(load)).toMatch(
      /^line L1 needs \d+(\.\d+)? s of every 60\.0 s; the largest share is task instant of 64 meters dlt645-3ph: \d+(\.\d+)? s \(\d requests and \d+ bytes, \d\.\d\d s each\)$/,
    );
  });

  it('counts the bits of a byte as the port is set: start, data, parity and stop', () => {
    const voltage: Task = { ...taskOf('instant', 60), items: ['voltage_a_v'] };
    const wireMs = (line: PlanLine): number => {
      const bare = { ...line, timing: { ...timing, pauseMs: 0 } };
      const meters = [{ model: 'sdm120', count: 1 }];
      return lineLoad({ line: bare, meters, tasks: [voltage], replyDelayMs: 0 }).shares[0]?.msPerRead ?? 0;
    };
    const set = (settings: { dataBits?: 7; parity?: 'even'; stopBits?: 2 }): PlanLine => ({
      ...modbus,
      link: { serial: { path: 'x', baudRate: 9600, parity: 'none', dataBits: 8, stopBits: 1, ...settings } },
    });
    expect(wireMs(set({})) / 10).toBeCloseTo(wireMs(set({ parity: 'even' })) / 11, 9);
    expect(wireMs(set({})) / 10).toBeCloseTo(wireMs(set({ stopBits: 2, parity: 'even' })) / 12, 9);
    expect(wireMs(set({})) / 10).toBeCloseTo(wireMs(set({ dataBits: 7 })) / 9, 9);
    const forward = { terminal: '02001234', port: 2, baudRate: 9600, parity: 'none' } as const;
    const behind: PlanLine = { ...modbus, link: { tcp: { host: 'x', port: 1 } }, forward };
    expect(wireMs(behind)).toBeCloseTo(wireMs(set({})), 9);
    expect(wireMs({ ...behind, forward: { ...forward, parity: 'odd' } })).toBeCloseTo(
      wireMs(set({ parity: 'even' })),
      9,
    );
  });

  it('counts a task with a longer interval by its part of the period', () => {
    const every = (s: number): number =>
      lineLoad({ line: rs485, meters: [{ model: 'dlt645-1ph', count: 1 }], tasks: [taskOf('profile', s)] }).use;
    expect(every(900)).toBeCloseTo(2 * every(1800), 9);
    const both = lineLoad({
      line: rs485,
      meters: [{ model: 'dlt645-1ph', count: 1 }],
      tasks: [taskOf('instant', 300), taskOf('profile', 900)],
    });
    expect(both.periodS).toBe(300);
    expect(both.needsS / 300).toBeCloseTo(both.use, 9);
  });

  it('leaves out what a model cannot give and models it does not know', () => {
    const none = lineLoad({ line: modbus, meters: [{ model: 'sdm120', count: 5 }], tasks: [taskOf('event', 900)] });
    expect(none.needsS).toBe(0);
    expect(describeLoad(none)).toContain('nothing is read on it');
    expect(lineLoad({ line: modbus, meters: [{ model: 'none', count: 5 }], tasks: [taskOf('instant', 60)] }).use).toBe(
      0,
    );
  });

  it('takes for the least what no meter undercuts', () => {
    expect(leastDelayMs(rs485)).toBe(20);
    const usual = { line: rs485, meters: [{ model: 'dlt645-1ph', count: 32 }], tasks: [taskOf('instant', 300)] };
    expect(lineLoad({ ...usual, replyDelayMs: leastDelayMs(rs485) }).use).toBeLessThan(lineLoad(usual).use);
  });
});
