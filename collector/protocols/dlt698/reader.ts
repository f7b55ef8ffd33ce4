import { meterModel } from '#contract/models.ts';
import type { PlanMeter } from '#contract/plan.ts';
import type { Task } from '#contract/tasks.ts';
import type { Clock } from '#platform/clock.ts';
import type { Exchanger } from '../../lines/exchange.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { Tries } from '../../lines/retrying.ts';
import { dlt698Profile } from '../../profiles/dlt698-profiles.ts';
import type { ClockBook } from '../dlt645/meter-clock.ts';
import type { Answer, MeterReader } from '../meter-reader.ts';
import { type Missing, MissingMemory } from '../missing.ts';
import { meterAddress } from './address.ts';
import { Dlt698Client } from './client.ts';
import { DarError } from './dar.ts';
import { readEvents } from './event-read.ts';
import { readFreeze } from './freeze-read.ts';
import type { MeterSession } from './meter-session.ts';
import { readPresent } from './present-read.ts';
import { readProfile, readProfileSlots } from './profile-read.ts';

/** Forward active energy, total: every meter has it. */
const PROBE_OAD = '00100201';

interface Dlt698ReaderParts {
  /** The line; nothing else may ask it. */
  readonly exchanger: Exchanger;
  readonly clock: Clock;
  /** Time zone that the meters' clocks are set to. */
  readonly zone: string;
  /** How often one request may be sent; once unless named. */
  readonly tries?: Tries;
  /** What meters have been found to lack; kept for as long as the reader lives unless named. */
  readonly missing?: Missing;
}

/** Reads DL/T 698.45 meters over one line. Kept is only how far their clocks were off, and what they lack. */
export class Dlt698Reader implements MeterReader {
  readonly #client: Dlt698Client;
  readonly #clock: Clock;
  readonly #zone: string;
  readonly #clockBook: ClockBook = new Map();
  readonly #missing: Missing;

  constructor({ exchanger, clock, zone, tries, missing }: Dlt698ReaderParts) {
    this.#client = new Dlt698Client(exchanger, tries);
    this.#clock = clock;
    this.#zone = zone;
    this.#missing = missing ?? new MissingMemory();
  }

  /** A meter that answers with a DAR is there. */
  async probe(meter: PlanMeter): Promise<void> {
    try {
      await this.#client.readList(meterAddress(meter.address).text, [PROBE_OAD]);
    } catch (error) {
      if (!(error instanceof DarError)) throw error;
    }
  }

  async read(meter: PlanMeter, task: Task, slot: number): Promise<Answer> {
    const session = this.#session(meter);
    switch (task.kind) {
      case 'freeze-day':
      case 'freeze-month':
        return readFreeze(session, task, slot);
      case 'profile':
        return readProfile(session, task, slot);
      case 'instant':
        return readPresent(session, task);
      case 'event':
        return readEvents(session);
    }
  }

  /** Minute freezes come several to a request; of other tasks only the first slot is read. */
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
    const profile = dlt698Profile(meter.model);
    const model = meterModel(meter.model);
    if (!profile || !model) {
      throw new ReadError('not_supported', `model ${meter.model} is no DL/T 698.45 meter`, { next: 'skip' });
    }
    return {
      source: this.#client,
      clock: this.#clock,
      zone: this.#zone,
      meter: meter.id,
      address: meterAddress(meter.address).text,
      profile,
      model,
      clockBook: this.#clockBook,
      missing: this.#missing,
    };
  }
}
