import type { Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';

/** A wrong clock is told again after this time, ms. */
const AGAIN_MS = 3_600_000;

/** Tells of collectors whose rows are ahead of the centre's clock: they are acked, so nobody else would. */
export class ClockWarnings {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #toldAt = new Map<string, number>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** `aheadMs` of the row of the collector that is furthest ahead. */
  tell(collector: string, aheadMs: number): void {
    const now = this.#clock.mono();
    if (now - (this.#toldAt.get(collector) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return;
    this.#toldAt.set(collector, now);
    this.#logger.warn(
      { collector, aheadS: Math.round(aheadMs / 1000) },
      'rows are ahead of the clock of the centre and kept in quarantine only; set the clocks of collector, meters and centre',
    );
  }
}
