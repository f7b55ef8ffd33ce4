const S = 1000;
const MIN = 60 * S;
const H = 60 * MIN;

/** Waits before the 1st, 2nd, … attempt, ms; after the last one a delivery is dead. Those that Standard Webhooks advises. */
export const RETRIES_MS = [0, 5 * S, 5 * MIN, 30 * MIN, 2 * H, 5 * H, 10 * H, 10 * H] as const;

/** Each wait is spread by this part of it, so that those that failed together do not come back together. */
const JITTER = 0.1;

/** The wait after a number of failed attempts, ms, or null when there will be no other. `random` returns [0, 1). */
export function nextWait(attempts: number, random: () => number): number | null {
  const wait = RETRIES_MS[attempts];
  return wait === undefined ? null : Math.round(wait * (1 - JITTER + 2 * JITTER * random()));
}
