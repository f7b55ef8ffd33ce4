import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { every, isSane, systemClock } from '#platform/clock.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

const NOW = Date.UTC(2026, 10, 20, 2, 0);
const DAY_MS = 86_400_000;

describe("the machine's clock", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: NOW }));
  afterEach(() => void vi.useRealTimers());

  it('runs a timer once after its wait, and not at all once it was cancelled', () => {
    const ran: string[] = [];
    const clock = systemClock();
    clock.after('kept', 100, () => ran.push('kept'));
    const cancel = clock.after('cancelled', 50, () => ran.push('cancelled'));
    clock.after('overdue', -5, () => ran.push('overdue'));
    cancel();
    cancel();
    vi.advanceTimersByTime(99);
    expect(ran).toEqual(['overdue']);
    vi.advanceTimersByTime(DAY_MS);
    expect(ran).toEqual(['overdue', 'kept']);
  });

  it('does not end a wait at once that is longer than the machine can count', () => {
    let ran = false;
    systemClock().after('in two months', 60 * DAY_MS, () => {
      ran = true;
    });
    vi.advanceTimersByTime(20 * DAY_MS);
    expect(ran).toBe(false);
  });

  it('shifts wall time by its offset', () => {
    expect(systemClock().now()).toBe(NOW);
    expect(systemClock(-DAY_MS).now()).toBe(NOW - DAY_MS);
  });

  it('measures waits by a time that does not follow the wall clock', () => {
    const clock = systemClock();
    const before = clock.mono();
    vi.setSystemTime(NOW + DAY_MS);
    const passed = clock.mono() - before;
    expect(passed).toBeGreaterThanOrEqual(0);
    expect(passed).toBeLessThan(DAY_MS / 2);
  });

  it('sleeps as long as it is told, and then lets go of the signal', async () => {
    const { signal } = new AbortController();
    let woke = false;
    const sleep = systemClock()
      .sleep('nap', 1000, signal)
      .then(() => {
        woke = true;
      });
    await vi.advanceTimersByTimeAsync(999);
    expect(woke).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await sleep;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('ends a sleep with the reason of its abort and leaves no timer', async () => {
    const abort = new AbortController();
    const sleep = systemClock().sleep('nap', 1000, abort.signal);
    const reason = new Error('stopping');
    abort.abort(reason);
    await expect(sleep).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
    await expect(systemClock().sleep('never begun', 1000, abort.signal)).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('something done every while', () => {
  it('is done after each wait until it is cancelled', async () => {
    const clock = new ManualClock(NOW);
    let runs = 0;
    const cancel = every({ clock, logger: quietLogger(), name: 'watch', ms: 1000 }, () => void runs++);
    await clock.advance(999);
    expect(runs).toBe(0);
    await clock.advance(2001);
    expect(runs).toBe(3);
    cancel();
    await clock.advance(5000);
    expect(runs).toBe(3);
    expect(clock.waiting).toEqual([]);
  });

  it('that fails is logged and done again after the same wait', async () => {
    const clock = new ManualClock(NOW);
    const logger = quietLogger();
    const busy = new Error('busy');
    let runs = 0;
    const cancel = every({ clock, logger, name: 'watch', ms: 1000 }, () => {
      if (runs++ === 0) throw busy;
      return Promise.reject(busy);
    });
    await clock.advance(3000);
    expect(runs).toBe(3);
    expect(logger.lines.map(({ level, fields }) => [level, fields])).toEqual(
      Array.from({ length: 3 }, () => ['error', { err: busy, timer: 'watch' }]),
    );
    cancel();
  });

  it('waits anew only when the run before has ended, and never again when cancelled during a run', async () => {
    const clock = new ManualClock(NOW);
    let runs = 0;
    let end = (): void => {};
    const cancel = every({ clock, logger: quietLogger(), name: 'watch', ms: 1000 }, () => {
      runs++;
      return new Promise<void>((resolve) => {
        end = resolve;
      });
    });
    await clock.advance(10_000);
    expect(runs).toBe(1);
    end();
    await clock.advance(1000);
    expect(runs).toBe(2);
    cancel();
    end();
    await clock.advance(10_000);
    expect(runs).toBe(2);
    expect(clock.waiting).toEqual([]);
  });
});

it('a clock that was never set is not sane', () => {
  expect(isSane(0)).toBe(false);
  expect(isSane(Date.UTC(2025, 11, 31))).toBe(false);
  expect(isSane(Date.UTC(2026, 0, 1))).toBe(true);
});
