/** Ends a timer; calling it again does nothing. */
export type Cancel = () => void;

/** The simulators' only source of time; tests pass a manual one. */
export interface SimClock {
  /** Wall clock of the simulated field, UTC ms. */
  now(): number;
  after(ms: number, run: () => void): Cancel;
}

/** setTimeout fires at once above this. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The machine's clock; `offsetMs` moves the simulated field to another time. */
export function systemClock(offsetMs = 0): SimClock {
  return {
    now: () => Date.now() + offsetMs,
    after: (ms, run) => {
      const timer = setTimeout(run, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
      return () => clearTimeout(timer);
    },
  };
}
