import { meterModel } from '#contract/models.ts';
import type { PlanMeter } from '#contract/plan.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import type { Clock } from '#platform/clock.ts';
import type { Exchanger } from '../../lines/exchange.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { Tries } from '../../lines/retrying.ts';
import { dlt645v1997Profile } from '../../profiles/dlt645-1997-profiles.ts';
import { Dlt645Client } from '../dlt645/client.ts';
import { type DataItem, decodeItem, itemOf } from '../dlt645/data-items.ts';
import { EDITION_1997 } from '../dlt645/edition.ts';
import { type ClockBook, type ClockItems, clockOffsetS } from '../dlt645/meter-clock.ts';
import { answerWith, knownData, wantedItems } from '../dlt645/meter-session.ts';
import { coverItems } from '../dlt645/present-read.ts';
import { addressOf } from '../dlt645/reader.ts';
import type { Answer, MeterReader } from '../meter-reader.ts';
import { type Missing, MissingMemory } from '../missing.ts';
import { describeDi1997, withoutEnd } from './describe.ts';

/** Forward active energy: every meter has it. */
const PROBE_DI = '9010';
const CLOCK_ITEMS: ClockItems = { date: 'C010', time: 'C011', whole: null };

interface Dlt645v1997ReaderParts {
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
 * Reads meters of DL/T 645-1997 over one line. They freeze nothing by the day and record no curve: every task gets the
 * present registers, and it is the caller who asks at the slot's moment.
 */
export class Dlt645v1997Reader implements MeterReader {
  readonly #client: Dlt645Client;
  readonly #clock: Clock;
  readonly #zone: string;
  readonly #missing: Missing;
  readonly #clockBook: ClockBook = new Map();

  constructor({ exchanger, clock, zone, tries, missing = new MissingMemory() }: Dlt645v1997ReaderParts) {
    this.#client = new Dlt645Client(exchanger, tries, EDITION_1997);
    this.#clock = clock;
    this.#zone = zone;
    this.#missing = missing;
  }

  async probe(meter: PlanMeter): Promise<void> {
    try {
      await this.#client.readData(addressOf(meter), PROBE_DI);
    } catch (error) {
      if (!(error instanceof ReadError && error.answered)) throw error;
    }
  }

  async read(meter: PlanMeter, task: Task, _slot: number): Promise<Answer> {
    const profile = dlt645v1997Profile(meter.model);
    const model = meterModel(meter.model);
    if (!profile || !model) throw notSupported(`model ${meter.model} is no DL/T 645-1997 meter`);
    if (task.kind === 'event') throw notSupported(`model ${meter.model} records no events`);
    const session = {
      ...{ source: this.#client, meter: meter.id, address: addressOf(meter), missing: this.#missing },
      ...{ clock: this.#clock, zone: this.#zone, clockBook: this.#clockBook, profile, model },
    };
    const open = new Set(wantedItems(session, task));
    const values = new Map<QuantityName, number | null>();
    if (open.delete('clock_offset_s')) {
      const offset = await clockOffsetS(session, CLOCK_ITEMS);
      if (offset !== undefined) values.set('clock_offset_s', offset);
    }
    const known = profile.present.filter((di) => !this.#missing.has(meter.id, di));
    const read = async (item: DataItem) => {
      const data = await knownData(session, item.di);
      return data && decodeItem(item, withoutEnd(item.di, data), this.#zone);
    };
    const items = known.flatMap((di) => dataItem1997(di) ?? []);
    for (const [name, value] of await coverItems(open, items, read)) values.set(name, value);
    return answerWith(session, task, values, null);
  }
}

/** The item behind an identifier, or null when none of our quantities is read from it. */
export function dataItem1997(di: string): DataItem | null {
  const description = describeDi1997(di);
  return description && itemOf(di, description);
}

function notSupported(detail: string): ReadError {
  return new ReadError('not_supported', detail, { next: 'skip' });
}
