/**
 * Waits before the 1st, 2nd, … new attempt: doubling from `firstMs` up to `capMs`, each spread by `jitter` (0.2 =
 * ±20 %) so that a thousand collectors do not come back in the same second. `random` returns [0, 1).
 */
export function* backoff(
  options: { firstMs: number; capMs: number; jitter?: number },
  random: () => number = Math.random,
): Generator<number, never> {
  const jitter = options.jitter ?? 0.2;
  for (let wait = options.firstMs; ; wait *= 2) {
    yield Math.round(Math.min(wait, options.capMs) * (1 - jitter + 2 * jitter * random()));
  }
}
