import { meterModel } from '#contract/models.ts';
import type { PlanMeter } from '#contract/plan.ts';
import type { Task } from '#contract/tasks.ts';
import type { Clock } from '#platform/clock.ts';
import type { Exchanger } from '../../lines/exchange.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { Tries } from '../../lines/retrying.ts';
import { dlt645Profile } from '../../profiles/dlt645-profiles.ts';
import type { Answer, MeterReader } from '../meter-reader.ts';
import { type Missing, MissingMemory } from '../missing.ts';
import { BROADCAST_ADDRESS, fullAddress } from './address.ts';
import { Dlt645Client } from './client.ts';
import { EventBook } from './event-book.ts';
import { readEvents } from './event-read.ts';
import { FreezeBook } from './freeze-book.ts';
import { readFreeze } from './freeze-read.ts';
import type { ClockBook } from './meter-clock.ts';
import type { MeterSession } from './meter-session.ts';
import { readPresent } from './present-read.ts';
import { readProfile, readProfileSlots } from './profile-read.ts';

/** Forward active energy: every meter has it. */
const PROBE_DI = '00010000';

/** Errors by which a meter shows that it is there. */
const ALIVE = new Set(['not_supported', 'device_error']);

interface Dlt645ReaderParts {
  /** The line; nothing else may ask it. */
  readonly exchanger: Exchanger;
  readonly clock: Clock;
  /** Time zone that the meters' clocks are set to. */
  readonly zone: string;
  /** How often one request may be sent; once unless named. */
  readonly tries?: Tries;
  /** What meters are known not to have; kept as long as the reader unless given. */
  readonly missing?: Missing;
}

/**
 * Reads DL/T 645-2007 meters over one line. What a meter answers decides alone; kept is only how far its clock was off,
 * where its freezes stood, what events it has told of, and what it does not have.
 */
export class Dlt645Reader implements MeterReader {
  readonly #client: Dlt645Client;
  readonly #clock: Clock;
  readonly #zone: string;
  readonly #clockBook: ClockBook = new Map();
  readonly #eventBook = new EventBook();
  readonly #freezeBook: FreezeBook;
  readonly #profiled = new Set<string>();
  readonly #missing: Missing;

  constructor({ exchanger, clock, zone, tries, missing = new MissingMemory() }: Dlt645ReaderParts) {
    this.#client = new Dlt645Client(exchanger, tries);
    this.#clock = clock;
    this.#zone = zone;
    this.#freezeBook = new FreezeBook(zone);
    this.#missing = missing;
  }

  async probe(meter: PlanMeter): Promise<void> {
    const address = addressOf(meter);
    try {
      await this.#client.readData(address, PROBE_DI);
    } catch (error) {
      if (!(error instanceof ReadError && ALIVE.has(error.reason))) throw error;
    }
  }

  async read(meter: PlanMeter, task: Task, slot: number): Promise<Answer> {
    const session = this.#session(meter);
    switch (task.kind) {
      case 'freeze-day':
      case 'freeze-month':
        return readFreeze(session, session.profile.freeze, task, slot);
      case 'profile':
        return readProfile(session, task, slot);
      case 'instant':
        return readPresent(session, task);
      case 'event':
        return readEvents(session);
    }
  }

  /** Load profile records come several to a request; of other tasks only the first slot is read. */
  async readMany(
    meter: PlanMeter,
    task: Task,
    slots: readonly number[],
  ): Promise<ReadonlyMap<number, Answer | ReadError>> {
    if (task.kind === 'profile') return readProfileSlots(this.#session(meter), task, slots);
    const [first] = slots;
    return first === undefined ? new Map() : new Map([[first, await this.read(meter, task, first)]]);
  }

  #session(meter: PlanMeter): MeterSession {
    const profile = dlt645Profile(meter.model);
    const model = meterModel(meter.model);
    if (!profile || !model) {
      throw new ReadError('not_supported', `model ${meter.model} is no DL/T 645 meter`, { next: 'skip' });
    }
    return {
      source: this.#client,
      clock: this.#clock,
      zone: this.#zone,
      meter: meter.id,
      address: addressOf(meter),
      profile,
      model,
      clockBook: this.#clockBook,
      freezeBook: this.#freezeBook,
      eventBook: this.#eventBook,
      missing: this.#missing,
      profiled: this.#profiled,
    };
  }
}

/** Throws ReadError `not_supported` for the broadcast address. */
export function addressOf(meter: PlanMeter): string {
  const address = fullAddress(meter.address);
  if (address !== BROADCAST_ADDRESS) return address;
  throw new ReadError('not_supported', `no meter has the broadcast address ${address}`, { next: 'skip' });
}
