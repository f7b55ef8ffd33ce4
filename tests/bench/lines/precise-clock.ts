import { performance } from 'node:perf_hooks';
import { type SimClock, systemClock } from '../../../simulators/clock/sim-clock.ts';

/** Timers of Node run out up to this much after they were meant to, on an idle machine. */
const TIMER_SLACK_MS = 2;

/** How late the timers of a line ran out in all: that much longer its meters took to think. */
export interface Lateness {
  lateMs: number;
}

/**
 * The machine's clock with timers that run out within microseconds: a timer of Node for the most of the wait, then
 * turns of the event loop. On a line of 90 ms an exchange, a timer that is 1 ms late would cost a whole per cent.
 */
export function preciseClock(lateness: Lateness): SimClock {
  const usual = systemClock();
  return {
    now: usual.now,
    after: (ms, run) => {
      const dueAt = performance.now() + ms;
      let cancelled = false;
      const look = (): void => {
        if (cancelled) return;
        const lateMs = performance.now() - dueAt;
        if (lateMs < 0) {
          setImmediate(look);
          return;
        }
        lateness.lateMs += lateMs;
        run();
      };
      const cancel = usual.after(Math.max(1, ms - TIMER_SLACK_MS), look);
      return () => {
        cancelled = true;
        cancel();
      };
    },
  };
}
