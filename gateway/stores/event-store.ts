import type { CentreEvent, CentreEventType, NewCentreEvent } from '#contract/centre-event.ts';

export interface EventFilter {
  /** Of these types only; all when left out. */
  readonly types?: readonly CentreEventType[];
  /** Of these districts, and of none; all when left out. */
  readonly districts?: readonly string[];
  readonly subject?: string;
}

/**
 * The one table of what the centre tells the outside. Events come into it in the transaction of the change that they
 * tell (see `announce`); SSE, webhooks, MQTT and `/changes` all read it.
 */
export interface EventStore {
  /** Events after a position, ascending, at most `limit`. */
  after(position: number, limit: number, filter?: EventFilter): Promise<CentreEvent[]>;
  /** Those of these positions that are still there, ascending. */
  at(positions: readonly number[]): Promise<CentreEvent[]>;
  /** Position before the first event that was committed at an instant or later; of the newest when there is none, or 0. */
  lastBefore(committedAt: number): Promise<number>;
  /** Positions of the oldest event that is still there and of the newest ever written; 0 when there was none. */
  range(): Promise<{ readonly oldest: number; readonly newest: number }>;
  /** Writes events that tell no change of a store. */
  tell(events: readonly NewCentreEvent[], committedAt: number): Promise<void>;
  /** How far a named reader has come; null when it never said. */
  positionOf(reader: string): Promise<number | null>;
  reached(reader: string, position: number): Promise<void>;
  /**
   * Deletes events that were committed before an instant, up to the first that was not: a clock that was wrong for a
   * while must not make holes between events.
   */
  forgetBefore(committedAt: number): Promise<void>;
}
