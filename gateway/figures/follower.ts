import type { DayColumns } from '#domain/collection/day-columns.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { FeedContent } from '#stores/feed-store.ts';
import type { AreaDayRow, DayChunk, DayHead, Finding } from '#stores/figures-store.ts';

/** Some of the meter rows of a day, ascending. */
export interface ChangedRows extends Iterable<number> {
  readonly size: number;
  has(row: number): boolean;
}

/** Meter rows of a kept day that changed: what came, what is owed, or what counts. */
export interface ChangedDay {
  readonly task: string;
  readonly date: string;
  readonly rows: ChangedRows;
  /** The day stands on another registry, or on other grounds, than what is on disk of it, whichever rows that changed. */
  readonly isOnNewBasis?: boolean;
}

/** The kept days of the freeze tasks, as those who follow them see them. */
export interface KeptDays {
  readonly registry: RegistryIndex;
  /** Ids by meter row; meters that left the registry included. */
  readonly meters: readonly string[];
  rowOf(meter: string): number | undefined;
  /** Columns of a day, in memory from then on; null when the day is not kept. Read only. */
  of(task: string, date: string): Promise<DayColumns | null>;
}

/** What a follower worked out anew; it is kept in the same checkpoint as the days. */
export interface Derived {
  readonly findings?: {
    readonly of: readonly { readonly task: string; readonly slot: number; readonly meter: string }[];
    readonly found: readonly Finding[];
  };
  readonly areaDays?: readonly AreaDayRow[];
}

/**
 * Works something out of the kept days: findings, area losses. Called with what changed after every step of the feed,
 * and with everything when the figures are rebuilt; what it gives must be a function of the days alone, so that order,
 * repetition and lateness of rows make no difference.
 */
export interface Follower {
  follow(changes: readonly ChangedDay[], days: KeptDays): Promise<Derived>;
}

/** Keeps columns of some tasks from what the feed tells. */
export interface FeedTaker {
  take(content: FeedContent): Promise<void>;
  /** What has to be kept since the last call. What it gives must not change afterwards. */
  drain(): { readonly days: readonly DayHead[]; readonly chunks: readonly DayChunk[] };
  /** Makes at most one day that is missing from the stores, between the entries; false when nothing is missing. */
  upkeep?(): Promise<boolean>;
  /** Everything that was kept is gone, because the feed has a gap; it is to be made from the stores. */
  reset?(): Promise<void>;
}
