import type { PlanMeter } from '#contract/plan.ts';
import type { Clock } from '#platform/clock.ts';
import type { Agenda, Expired } from '../schedule/agenda.ts';
import type { Attempted } from '../schedule/due-read.ts';
import type { Results } from '../schedule/results.ts';

const EXPIRY_MS = 30_000;
const MOST_AT_ONCE = 200;

interface ExpiryParts {
  readonly agenda: Agenda;
  readonly results: Results;
  readonly clock: Clock;
  /** When the process began to collect, UTC ms by the present clock. */
  readonly collectingSince: () => number;
  readonly isLeftAlone: (meter: PlanMeter) => boolean;
}

/** Gives up what is past its deadline, each with the reason that is known best. */
export class Expiry {
  readonly #parts: ExpiryParts;
  #nextAt = 0;
  /** What is being given up. */
  #found: Generator<Expired, void> | null = null;

  constructor(parts: ExpiryParts) {
    this.#parts = parts;
  }

  /**
   * Looks every half minute, and gives up no more than a handful at once: after a week without the collector there are
   * thousands for each meter, and what is due now must not wait for them. A line that is down has time for all.
   */
  async look(signal: AbortSignal, most = MOST_AT_ONCE): Promise<void> {
    const { agenda, results, clock } = this.#parts;
    if (this.#found === null) {
      if (clock.mono() < this.#nextAt) return;
      this.#nextAt = clock.mono() + EXPIRY_MS;
      this.#found = agenda.expired(clock.now());
    }
    for (let i = 0; i < most && !signal.aborted; i++) {
      const { value: expired, done } = this.#found.next();
      if (done) {
        this.#found = null;
        return;
      }
      await results.gaveUp(expired.read, expired.attempted ?? this.#untried(expired, clock.now()));
      agenda.settled(expired.read);
    }
  }

  /** There is more to give up. */
  get isBusy(): boolean {
    return this.#found !== null;
  }

  /** Why a read was never tried: nobody was there, nobody answers at that address, or its turn did not come. */
  #untried({ read, closedAt, isKept }: Expired, now: number): Attempted {
    const { collectingSince, isLeftAlone } = this.#parts;
    const detail = isKept ? '' : 'the meter keeps nothing to fetch it from later';
    const missed = { attempts: 0, detail, lastBytes: '', at: now } as const;
    if (closedAt <= collectingSince()) return { ...missed, reason: 'collector_offline' };
    return { ...missed, reason: isLeftAlone(read.meter) ? 'skipped_breaker' : 'deadline_missed' };
  }
}
