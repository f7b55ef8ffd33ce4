import type { QuantityName } from '#contract/quantities.ts';
import type { ReadingName } from './feed-store.ts';

/**
 * `estimated`: worked out by a named method; `edited`: corrected by a person; `manual`: read by a person (人工抄表);
 * `undone`: what was written before no longer counts, the meter's own value does.
 */
export const REVISION_KINDS = ['estimated', 'edited', 'manual', 'undone'] as const;
export type RevisionKind = (typeof REVISION_KINDS)[number];

/** A value beside the one that the meter gave; never in its place. Values in the quantity's unit. */
export interface NewRevision extends ReadingName {
  readonly kind: RevisionKind;
  /** Of an estimate, such as `interpolation`; null for what a person wrote. */
  readonly method: string | null;
  /** Null when undone. */
  readonly values: Readonly<Partial<Record<QuantityName, number>>> | null;
  readonly reason: string;
  /** Id of the API key, or `estimation`. */
  readonly by: string;
  /** UTC ms. */
  readonly at: number;
}

export interface Revision extends NewRevision {
  /** 1, 2, … of its reading; 0 stands for the meter's own value. */
  readonly revision: number;
}

/** Edits and estimates of readings, append only. Every change is told in the feed, in the same transaction. */
export interface RevisionStore {
  /**
   * Adds a revision if the newest one of the reading is `expected` (0 = none yet); resolves with it, or with null and
   * nothing written when somebody was faster.
   */
  add(revision: NewRevision, expected: number): Promise<Revision | null>;
  /**
   * Adds estimates, each after the newest revision of its reading, in one transaction. Readings whose newest revision
   * a person wrote are passed over, and so are estimates that say what the newest one says already (same method and
   * values). One of the kind `undone` withdraws an estimate and is passed over where the newest revision is none.
   * Resolves with the number added.
   */
  addEstimates(estimates: readonly NewRevision[]): Promise<number>;
  /** All revisions of a reading, oldest first. */
  history(reading: ReadingName): Promise<Revision[]>;
  /** The newest revision of each of the named meters at a slot that has one, in no particular order. */
  ofSlot(task: string, slot: number, meters: readonly string[]): Promise<Revision[]>;
  /** The newest revisions of all meters at a slot that have one. */
  allOfSlot(task: string, slot: number): Promise<Revision[]>;
  /** The newest revision at each of the named slots of a meter that has one, ascending by slot. */
  ofMeter(task: string, meter: string, slots: readonly number[]): Promise<Revision[]>;
}
