import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import { backoff } from '#platform/retry.ts';

interface Work {
  /** Of its timer. */
  readonly name: string;
  /** Does a piece of work; false when there was nothing to do. */
  readonly step: () => Promise<boolean>;
  /** Wait after a step that found nothing to do. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears how long a step took that found something to do. */
  readonly stepped?: (ms: number) => void;
}

/** Steps until the signal aborts. One that fails is done again after a while. */
export async function workOn({ name, step, waitMs, clock, logger, stepped }: Work, signal: AbortSignal): Promise<void> {
  let waits = backoff({ firstMs: 500, capMs: 30_000 });
  while (!signal.aborted) {
    const begun = clock.mono();
    let restMs = 0;
    try {
      const isBusy = await step();
      if (isBusy) stepped?.(clock.mono() - begun);
      else restMs = waitMs;
      waits = backoff({ firstMs: 500, capMs: 30_000 });
    } catch (err) {
      restMs = waits.next().value;
      logger.warn({ err, waitMs: restMs }, 'readings cannot be judged now; it is tried again');
    }
    // Also between two steps of a long way: the other work, signals and metrics want their turn.
    await clock.sleep(name, restMs, signal).catch(() => {});
  }
}
