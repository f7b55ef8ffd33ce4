import type { EventKind } from '#contract/envelope.ts';

/** Readings of one task that were committed together, by column. Instants in UTC ms. */
export interface FeedReadings {
  readonly task: string;
  readonly meters: readonly string[];
  readonly slots: readonly number[];
  readonly readAts: readonly number[];
  /** `qualityCode` of each. */
  readonly qualities: readonly number[];
  /** Registers of freezes, Wh, null where the meter gave none; absent for tasks that are no freezes. */
  readonly importWh?: readonly (number | null)[];
  readonly exportWh?: readonly (number | null)[];
  /** Places of those about which a rule spoke, notes included; absent when there are none. */
  readonly noted?: readonly number[];
  /** Some were in the store before: which of two deliveries it holds is not said here. */
  readonly repeated?: true;
}

/** Failures of one task that were committed together, by column. */
export interface FeedOutcomes {
  readonly task: string;
  readonly meters: readonly string[];
  readonly slots: readonly number[];
  readonly ats: readonly number[];
  readonly reasons: readonly string[];
}

/** Records of meters' events that were committed together, by column: those of supply excepted. Instants in UTC ms. */
export interface FeedEvents {
  readonly meters: readonly string[];
  readonly kinds: readonly EventKind[];
  readonly starts: readonly number[];
  /** Null while the event lasts, or when no end was recorded. */
  readonly ends: readonly (number | null)[];
  readonly readAts: readonly number[];
}

/** Names a reading. */
export interface ReadingName {
  readonly task: string;
  readonly meter: string;
  readonly slot: number;
}

/** What changed with one commit, for those who keep figures of it. Telling it twice must change nothing. */
export interface FeedContent {
  readonly readings?: readonly FeedReadings[];
  readonly outcomes?: readonly FeedOutcomes[];
  readonly events?: FeedEvents;
  /** Readings whose revisions changed: edited, estimated or undone. */
  readonly revised?: readonly ReadingName[];
  /** True when exclusions changed. */
  readonly exclusions?: true;
}

export interface FeedEntry {
  /** Rises with every entry. */
  readonly position: number;
  readonly content: FeedContent;
}

/**
 * The changes of the state store in the order of their commits. An entry is written in the transaction of the change
 * that it tells, so whoever follows the positions misses nothing and needs no look at the whole.
 */
export interface FeedStore {
  /** Entries after a position, ascending, at most `limit`. */
  after(position: number, limit: number): Promise<FeedEntry[]>;
  /** Positions of the oldest entry that is still there and of the newest ever written; 0 when there was none. */
  range(): Promise<{ readonly oldest: number; readonly newest: number }>;
  /** Deletes entries up to a position, inclusive: nobody needs them any more. */
  forgetUpTo(position: number): Promise<void>;
}
