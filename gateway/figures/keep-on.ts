import { type Cancel, type Clock, every } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import { backoff } from '#platform/retry.ts';
import type { Keeper } from './keeper.ts';
import type { OpenKeeper } from './open-keeper.ts';

const WAIT_MS = 250;
const WORKERS_MS = 1000;

interface Parts {
  readonly keeper: Pick<Keeper, 'step'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears how long a step took that found something to do. */
  readonly stepped: (ms: number) => void;
}

/** Steps of the keeper until the signal aborts. One that fails is done again after a while. */
export async function keepOn({ keeper, clock, logger, stepped }: Parts, signal: AbortSignal): Promise<void> {
  let waits = backoff({ firstMs: 500, capMs: 30_000 });
  while (!signal.aborted) {
    const begun = clock.mono();
    let waitMs = 0;
    try {
      const isBusy = await keeper.step();
      if (isBusy) stepped(clock.mono() - begun);
      else waitMs = WAIT_MS;
      waits = backoff({ firstMs: 500, capMs: 30_000 });
    } catch (err) {
      waitMs = waits.next().value;
      logger.warn({ err, waitMs }, 'the figures cannot be brought up to date; it is tried again');
    }
    // Also between two steps of a long way: signals and metrics want their turn.
    await clock.sleep('figures', waitMs, signal).catch(() => {});
  }
}

/** Every worker on its own, so that a slow one holds up no other, once there is a registry. Gives what ends them. */
export function startWorkers(
  { keeper, workers }: Pick<OpenKeeper, 'keeper' | 'workers'>,
  clock: Clock,
  logger: Logger,
): Cancel {
  const ends = workers.map(({ name, worker }) =>
    every({ clock, logger, name, ms: WORKERS_MS }, () => (keeper.isReady ? worker.tick() : undefined)),
  );
  return () => {
    for (const end of ends) end();
  };
}
