import type { Month } from './months.ts';
import type { ReadingMark, StoredReading } from './reading-store.ts';

/** Key of a reading within its task. */
export interface ReadingKey {
  readonly meter: string;
  readonly slot: number;
}

/**
 * Readings of closed months, which never change. Every call names the month, in which all its slots lie; a task that
 * the month does not have gives nothing. Answers as those of the ReadingStore of the same name.
 */
export interface ReadingArchive {
  /** The months that can be read now. Cheap: it is asked before each read, because another process may add one. */
  months(): Promise<ReadonlySet<Month>>;
  ofMeter(month: Month, task: string, meter: string, slots: readonly number[]): Promise<StoredReading[]>;
  ofSlot(month: Month, task: string, slot: number, meters: readonly string[]): Promise<StoredReading[]>;
  marks(month: Month, task: string, slots: readonly number[]): Promise<ReadingMark[]>;
  /** The readings under these keys, in no particular order: late rows are held against them. */
  ofKeys(month: Month, task: string, keys: readonly ReadingKey[]): Promise<StoredReading[]>;
  close(): Promise<void>;
}
