import { performance } from 'node:perf_hooks';
import type { Logger } from './logger.ts';

/** Ends a timer; calling it again does nothing. */
export type Cancel = () => void;

/**
 * The only source of time. Wall time names slots and stamps records; monotonic time measures waits and deadlines.
 * Timers carry a name, so that a process can say what it is waiting for.
 */
export interface Clock {
  /** Wall clock, UTC ms. May jump. */
  now(): number;
  /** Monotonic clock, ms since an arbitrary moment. Never jumps. */
  mono(): number;
  after(name: string, ms: number, run: () => void): Cancel;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(name: string, ms: number, signal?: AbortSignal): Promise<void>;
}

/** setTimeout fires at once above this. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The machine's clocks. `offsetMs` shifts wall time, for simulated runs only. */
export function systemClock(offsetMs = 0): Clock {
  const after = (_name: string, ms: number, run: () => void): Cancel => {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  };
  return {
    now: () => Date.now() + offsetMs,
    mono: () => performance.now(),
    after,
    sleep: (name, ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const onAbort = (): void => {
          cancel();
          reject(signal?.reason);
        };
        const cancel = after(name, ms, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
  };
}

/** Before this instant (2026-01-01) the machine's clock has certainly not been set; no slot may be named by it. */
const EARLIEST_SANE_MS = 1_767_225_600_000;

export function isSane(now: number): boolean {
  return now >= EARLIEST_SANE_MS;
}

interface Repeated {
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'error'>;
  readonly name: string;
  readonly ms: number;
}

/**
 * Runs `run` every `ms` until cancelled; the next wait begins when `run` has returned or settled. A run that fails is
 * logged, and the next one comes as if it had not.
 */
export function every({ clock, logger, name, ms }: Repeated, run: () => void | Promise<void>): Cancel {
  let cancel: Cancel = () => {};
  let stopped = false;
  const once = async (): Promise<void> => {
    try {
      await run();
    } catch (err) {
      logger.error({ err, timer: name }, 'something done regularly has failed; it is done again');
    }
    arm();
  };
  const arm = (): void => {
    if (!stopped) cancel = clock.after(name, ms, () => void once());
  };
  arm();
  return () => {
    stopped = true;
    cancel();
  };
}
