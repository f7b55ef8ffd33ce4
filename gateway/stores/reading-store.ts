import type { Quality } from '#contract/quality.ts';
import type { QuantityName } from '#contract/quantities.ts';

/** A validated reading as it is written. Values in the quantity's unit; null = the meter has none. */
export interface NewReading {
  readonly meter: string;
  readonly slot: number;
  readonly meterTime: number | null;
  readonly readAt: number;
  readonly quality: Quality;
  /** Ids of the validation rules that spoke against it. */
  readonly rules: readonly string[];
  readonly values: readonly (number | null)[];
}

/** Readings of one task with the same quantities, in the order of `values`. */
export interface NewReadings {
  readonly task: string;
  readonly quantities: readonly QuantityName[];
  readonly rows: readonly NewReading[];
}

export interface StoredReading {
  readonly meter: string;
  readonly slot: number;
  readonly meterTime: number | null;
  readonly readAt: number;
  readonly quality: Quality;
  readonly rules: readonly string[];
  readonly values: Readonly<Partial<Record<QuantityName, number>>>;
}

/** A reading whose key is already taken by other values. The stored one stays; the new one must be kept elsewhere. */
export interface ReadingConflict {
  readonly task: string;
  readonly stored: StoredReading;
  readonly refused: StoredReading;
}

/** A reading that the store will never take. It must be kept elsewhere. */
export interface RejectedReading {
  readonly task: string;
  readonly reading: StoredReading;
  /** The store's own words. */
  readonly why: string;
}

export interface WriteResult {
  readonly stored: number;
  /** Rows that were there already with the same values. */
  readonly repeated: number;
  readonly conflicts: readonly ReadingConflict[];
  /** Only from stores on other machines, which may turn away single readings by rules of their own. */
  readonly rejected?: readonly RejectedReading[];
}

/** That a (meter, slot) has a value, without the value. */
export interface ReadingMark {
  readonly meter: string;
  readonly slot: number;
  readonly readAt: number;
  readonly quality: Quality;
}

/** How long readings of a task are kept: curves and present values for months, freezes and events for years. */
export type Keeping = 'curve' | 'freeze';

/** What a store may want to know of meters and tasks beyond their ids. */
export interface Places {
  /** Where a meter hangs now, or null when nobody knows it. */
  placeOf(meter: string): { readonly district: string; readonly area: string } | null;
  keepingOf(task: string): Keeping;
}

/**
 * Append-only time series of readings, keyed (task, slot, meter). Writing a key again changes nothing, so every
 * delivery may be repeated. Slots are asked for by name: the caller knows them from the calendar.
 */
export interface ReadingStore {
  /**
   * Resolves when all batches are on disk. Rejects with a MeterwayError: nothing is stored of a write that is refused;
   * any other failure may leave some of it stored, and repeating the whole write brings what is missing.
   */
  write(batches: readonly NewReadings[]): Promise<WriteResult>;
  /** Readings of one meter at the named slots, ascending by slot; slots without a reading are left out. */
  ofMeter(task: string, meter: string, slots: readonly number[]): Promise<StoredReading[]>;
  /** Readings of the named meters at one slot, ascending by meter id. */
  ofSlot(task: string, slot: number, meters: readonly string[]): Promise<StoredReading[]>;
  /** Marks of all meters at the named slots, in no particular order. */
  marks(task: string, slots: readonly number[]): Promise<ReadingMark[]>;
  close(): Promise<void>;
}
