import type { Installation, Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { isoLocal } from '#contract/zone.ts';
import { dueClassifier } from '../collection/due-class.ts';
import type { ExclusionBook } from '../collection/exclusions.ts';
import type { RegistryIndex } from '../registry-index.ts';
import { stayOf } from '../usage/stay-usage.ts';
import type { Exchanges } from './exchanges.ts';
import { type BilledBefore, lineageOf, replacedSince } from './lineage.ts';
import { type BillingRow, billingRow, type CountedReading, type MissingReason } from './row.ts';

/** What a batch is of. Instants UTC ms. */
export interface BatchScope {
  readonly task: Task;
  readonly date: string;
  readonly slot: number;
  /** Null = all districts. */
  readonly district: string | null;
  /** Moment of the batch before; null when there is none. */
  readonly previousSlot: number | null;
  /** 人工剔除: named as the reason of rows without a value; left out, there are none. */
  readonly exclusions?: ExclusionBook;
}

/** What is known of one meter beyond the registry. */
export interface MeterFacts {
  readonly reading: CountedReading | null;
  /** Why the ledger has no value, or null when it says nothing. */
  readonly failure: MissingReason | null;
  readonly billedBefore: BilledBefore;
  /** True when the batch before said another register of this meter at first. */
  readonly correctedBefore: (meter: string) => boolean;
}

/** Registers of a model that is no longer in the catalogue: six digits of kWh, as nearly all meters have. */
const USUAL_ROLLOVER_WH = 1_000_000_000;
/** Meters of a piece. */
const LOOKED_AT = 1000;
/** Local days begin on quarter hours in every zone. */
const QUARTER_MS = 900_000;
const MOST_WRITTEN = 10_000;

/**
 * Which meters a batch has rows of, and the rows: customer meters that are in place at its moment, and those that were
 * taken out since the batch before. Nothing is left out because it has no value.
 */
export class BatchRows {
  readonly #index: RegistryIndex;
  readonly #exchanges: Exchanges;
  readonly #scope: BatchScope;
  /** What happened in another district is billed there: the usage here begins and ends where the meter changed. */
  readonly #inDistrict: Pick<Exchanges, 'before'> = {
    before: (installation) => {
      const before = this.#exchanges.before(installation);
      return before && this.#isOf(before) ? before : null;
    },
  };
  /** Quarter hours as they are written: nearly every row has the same two or three. */
  readonly #written = new Map<number, string>();

  constructor(index: RegistryIndex, exchanges: Exchanges, scope: BatchScope) {
    this.#index = index;
    this.#exchanges = exchanges;
    this.#scope = scope;
  }

  /**
   * Ids ascending by code unit, by pieces, with the share of the registry that was looked at so far; a piece may be
   * empty. A look at a million meters takes a second, so whoever has other work to do goes piece by piece.
   */
  *meters(): Generator<{ readonly ids: readonly string[]; readonly share: number }> {
    const all = ascending(Array.from(this.#index.meters(), ({ id }) => id));
    for (let i = 0; i < all.length; i += LOOKED_AT) {
      const ids = all.slice(i, i + LOOKED_AT).filter((id) => this.has(id));
      yield { ids, share: Math.min(1, (i + LOOKED_AT) / all.length) };
    }
  }

  has(meter: string): boolean {
    return this.#rowStay(meter) !== null;
  }

  /** Meters whose rows in the batch before have to be known for the row of this one, itself included. */
  needs(meter: string): string[] {
    const { previousSlot } = this.#scope;
    const stay = this.#rowStay(meter)?.installation;
    if (!stay || previousSlot === null) return [];
    const needed = [meter];
    const successor = this.#exchanges.after(stay);
    if (successor) needed.push(successor.meter);
    for (let at = replacedSince(stay, this.#inDistrict, previousSlot); at; ) {
      needed.push(at.meter);
      at = replacedSince(at, this.#inDistrict, previousSlot);
    }
    return needed;
  }

  /** Meters whose rows may change with a reading of this one: itself, and those that came in its place. */
  touchedBy(meter: string): string[] {
    const touched = [meter];
    for (const installation of this.#index.installationsOf(meter)) {
      for (
        let at = this.#exchanges.after(installation);
        at && at.from <= this.#scope.slot;
        at = this.#exchanges.after(at)
      ) {
        touched.push(at.meter);
      }
    }
    return [...new Set(touched)].filter((each) => this.has(each));
  }

  /** The row of a meter that `has` is true of. */
  row(id: string, { reading, failure, billedBefore, correctedBefore }: MeterFacts): BillingRow {
    const index = this.#index;
    const zone = index.registry.timeZone;
    const { slot, date, task, previousSlot, exclusions } = this.#scope;
    const found = this.#rowStay(id);
    if (!found) throw new RangeError(`cannot make a row of meter ${id}: it is not in the batch`);
    const { meter, installation } = found;
    const known = {
      exchanges: this.#inDistrict,
      installationsOf: (each: string) => index.installationsOf(each).filter((stay) => this.#isOf(stay)),
      billedBefore,
      previousSlot,
    };
    const { from, installations } = lineageOf(installation, known);
    const own = stayOf(meter, installation);
    const earlier = installations.slice(0, -1).flatMap((each) => {
      const of = index.meter(each.meter);
      return of ? stayOf(of, each) : [];
    });
    return billingRow({
      zone,
      written: (at) => this.#writtenAt(zone, at),
      date,
      slot,
      meterNo: meter.no,
      category: (own.account === null ? undefined : index.account(own.account)?.category) ?? null,
      district: this.#districtOf(own.area),
      stays: [...earlier, own] as [...typeof earlier, typeof own],
      from,
      reading,
      missing: isRead(reading)
        ? 'not_read'
        : reasonOf(dueClassifier(index, meter, task, zone, { exclusions })(slot), failure),
      successor: this.#successorOf(installation, known),
      hasPrevious: previousSlot !== null,
      startCorrected: from !== null && correctedBefore(from.meter),
      rolloverOf: (each) => this.#rolloverOf(each),
    });
  }

  /** The meter in whose row the usage of one that was taken out stands, or null: it has its own. */
  #successorOf(installation: Installation, known: Parameters<typeof lineageOf>[1]): string | null {
    const { slot, previousSlot } = this.#scope;
    if (installation.to === null || installation.to > slot || previousSlot === null) return null;
    const next = this.#exchanges.after(installation);
    const isSame = ({ meter, from }: Installation) => meter === installation.meter && from === installation.from;
    const taking = next && next.meter !== installation.meter ? this.#rowStay(next.meter)?.installation : undefined;
    return taking && lineageOf(taking, known).installations.some(isSame) ? taking.meter : null;
  }

  /** The installation in the district at the moment of the batch, else the last one that ended since the batch before. */
  #rowStay(id: string): { readonly meter: Meter; readonly installation: Installation } | null {
    const meter = this.#index.meter(id);
    if (meter?.role !== 'customer') return null;
    const { slot, previousSlot } = this.#scope;
    const begun = this.#index.installationsOf(id).filter((stay) => stay.from <= slot && this.#isOf(stay));
    const installation = begun.findLast(({ to }) => to === null || to > slot) ?? begun.at(-1);
    if (!installation) return null;
    const left = installation.to !== null && installation.to <= slot;
    if (left && (previousSlot === null || (installation.to ?? 0) <= previousSlot)) return null;
    return { meter, installation };
  }

  #isOf({ meter, area }: Installation): boolean {
    const { district } = this.#scope;
    return district === null || this.#districtOf(area ?? this.#index.meter(meter)?.area ?? '') === district;
  }

  #writtenAt(zone: string, at: number): string {
    if (at % QUARTER_MS !== 0) return isoLocal(zone, at);
    let written = this.#written.get(at);
    if (written === undefined) {
      if (this.#written.size > MOST_WRITTEN) this.#written.clear();
      written = isoLocal(zone, at);
      this.#written.set(at, written);
    }
    return written;
  }

  #districtOf(area: string): string | null {
    const feeder = this.#index.area(area)?.feeder;
    return (feeder === undefined ? undefined : this.#index.feeder(feeder)?.district) ?? null;
  }

  #rolloverOf(id: string): number {
    const meter = this.#index.meter(id);
    return (meter && this.#index.modelOf(meter)?.rolloverWh) ?? USUAL_ROLLOVER_WH;
  }
}

/** Registries are stored in this order, so nearly always nothing has to be sorted. */
function ascending(ids: readonly string[]): readonly string[] {
  for (let i = 1; i < ids.length; i++) if ((ids[i - 1] ?? '') > (ids[i] ?? '')) return ids.toSorted();
  return ids;
}

function isRead(reading: CountedReading | null): boolean {
  return reading?.values?.energy_import_wh !== undefined;
}

function reasonOf(due: ReturnType<ReturnType<typeof dueClassifier>>, failure: MissingReason | null): MissingReason {
  if (due === 'not_due') return 'not_supported';
  if (due === 'due' || due === 'not_installed') return failure ?? 'not_read';
  return due;
}
