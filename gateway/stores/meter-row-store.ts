/**
 * Small numbers for meters, given once and never again, so that a day of a million meters can be kept as columns.
 * Meters that left the registry keep theirs.
 */
export interface MeterRowStore {
  /** Ids by row: the meter of row 0 first. */
  all(): Promise<string[]>;
  /** Gives rows to meters that have none yet, in the given order, and resolves with the number of rows. */
  add(meters: readonly string[]): Promise<number>;
}
