/**
 * The last interruption at one meter or phase, and its supply since; UTC ms, 0 = never. It is off while `offAt` is
 * after `onAt`. Facts may come in any order and any number of times: each either is already contained in the run or
 * changes it, and a fact that was contained once stays so. That is what makes repeated delivery harmless.
 */
export interface Run {
  /** Newest moment with supply. */
  readonly onAt: number;
  /** Newest moment without supply. */
  readonly offAt: number;
  /** First known moment of the last interruption. */
  readonly offSince: number;
  /** First known moment with supply after it. */
  readonly onSince: number;
}

export const FRESH_RUN: Run = { onAt: 0, offAt: 0, offSince: 0, onSince: 0 };

export function isOff(run: Run): boolean {
  return run.offAt > run.onAt;
}

/** The run after supply was missing at `at`. What is older than the newest supply belongs to the past and is left out. */
export function withOff(run: Run, at: number): Run {
  if (at <= run.onAt) return run;
  if (!isOff(run)) return { onAt: run.onAt, offAt: at, offSince: at, onSince: 0 };
  if (at >= run.offSince && at <= run.offAt) return run;
  return { ...run, offAt: Math.max(run.offAt, at), offSince: Math.min(run.offSince, at) };
}

/** The run after supply was there at `at`; of two facts about one moment, supply wins. */
export function withOn(run: Run, at: number): Run {
  const ends = run.offAt !== 0 && at >= run.offAt && (isOff(run) || at < run.onSince);
  if (!ends && at <= run.onAt) return run;
  return { ...run, onAt: Math.max(run.onAt, at), onSince: ends ? at : run.onSince };
}
