import type { PlanMeter } from '#contract/plan.ts';
import type { Clock } from '#platform/clock.ts';
import type { Agenda, Expired } from '../schedule/agenda.ts';
import type { Attempted } from '../schedule/due-read.ts';
import type { Results } from '../schedule/results.ts';

const EXPIRY_MS = 30_000;

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

  constructor(parts: ExpiryParts) {
    this.#parts = parts;
  }

  /** Does nothing more often than every half minute. */
  async look(): Promise<void> {
    const { agenda, results, clock } = this.#parts;
    if (clock.mono() < this.#nextAt) return;
    this.#nextAt = clock.mono() + EXPIRY_MS;
    const now = clock.now();
    for (const expired of agenda.expired(now)) {
      await results.gaveUp(expired.read, expired.attempted ?? this.#untried(expired, now));
      agenda.settled(expired.read);
    }
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
