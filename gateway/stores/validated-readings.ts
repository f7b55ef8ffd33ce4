import { QUALITY_CODES, type Quality } from '#contract/quality.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { ReadingStore, StoredReading } from './reading-store.ts';
import type { Revision, RevisionStore } from './revision-store.ts';

type Values = Readonly<Partial<Record<QuantityName, number>>>;

/** A reading as it counts: the meter's own value, or what stands in for it. Instants in UTC ms. */
export interface ValidatedReading {
  readonly meter: string;
  readonly slot: number;
  /** Null when there is nothing that counts: only a suspect value, or none. */
  readonly values: Values | null;
  readonly quality: Quality;
  /** Rules that spoke against what the meter gave, notes included. */
  readonly rules: readonly string[];
  /** 0 for the meter's own value, else the number of the revision that counts. */
  readonly revision: number;
  /** Of an estimate. */
  readonly method: string | null;
  readonly meterTime: number | null;
  readonly readAt: number | null;
  /** What the meter gave, whatever counts; null when it gave nothing. */
  readonly raw: StoredReading | null;
}

/**
 * What counts, of what the meter gave and the newest revision. A person's word counts before the meter's, the meter's
 * before an estimate, and a suspect value never counts by itself.
 */
export function validated(
  meter: string,
  slot: number,
  raw: StoredReading | null,
  revision: Revision | null,
): ValidatedReading {
  const own = raw !== null && QUALITY_CODES[raw.quality].billable === 'yes' ? raw : null;
  const written = revision !== null && revision.kind !== 'undone' ? revision : null;
  const counts = written !== null && (written.kind !== 'estimated' || own === null) ? written : null;
  const quality = counts ? (counts.kind as Quality) : (raw?.quality ?? 'missing');
  return {
    meter,
    slot,
    values: counts?.values ?? own?.values ?? null,
    quality,
    rules: raw?.rules ?? [],
    revision: counts?.revision ?? 0,
    method: counts?.method ?? null,
    meterTime: raw?.meterTime ?? null,
    readAt: raw?.readAt ?? null,
    raw,
  };
}

/** Readings with their revisions. What has neither is left out. */
export class ValidatedReadings {
  readonly #readings: Pick<ReadingStore, 'ofMeter' | 'ofSlot'>;
  readonly #revisions: Pick<RevisionStore, 'ofMeter' | 'ofSlot'>;

  constructor(
    readings: Pick<ReadingStore, 'ofMeter' | 'ofSlot'>,
    revisions: Pick<RevisionStore, 'ofMeter' | 'ofSlot'>,
  ) {
    this.#readings = readings;
    this.#revisions = revisions;
  }

  /** Of the named meters at one slot, ascending by meter id. */
  async ofSlot(task: string, slot: number, meters: readonly string[]): Promise<ValidatedReading[]> {
    const [own, revised] = await Promise.all([
      this.#readings.ofSlot(task, slot, meters),
      this.#revisions.ofSlot(task, slot, meters),
    ]);
    const raws = new Map(own.map((reading) => [reading.meter, reading]));
    const revisions = new Map(revised.map((revision) => [revision.meter, revision]));
    return [...new Set([...raws.keys(), ...revisions.keys()])]
      .toSorted()
      .map((meter) => validated(meter, slot, raws.get(meter) ?? null, revisions.get(meter) ?? null));
  }

  /** Of one meter at the named slots, ascending by slot. */
  async ofMeter(task: string, meter: string, slots: readonly number[]): Promise<ValidatedReading[]> {
    const [own, revised] = await Promise.all([
      this.#readings.ofMeter(task, meter, slots),
      this.#revisions.ofMeter(task, meter, slots),
    ]);
    const raws = new Map(own.map((reading) => [reading.slot, reading]));
    const revisions = new Map(revised.map((revision) => [revision.slot, revision]));
    return [...new Set([...raws.keys(), ...revisions.keys()])]
      .toSorted((a, b) => a - b)
      .map((slot) => validated(meter, slot, raws.get(slot) ?? null, revisions.get(slot) ?? null));
  }
}
