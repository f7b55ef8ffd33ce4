import { PRIORITIES, type Priority } from '#contract/tasks.ts';
import type { DueRead } from './due-read.ts';
import type { LaidOut, MostUrgent } from './most-urgent.ts';

/**
 * A lane that has had work for `afterMs` without a turn gets one turn of `oneIn` until its turn comes by itself. Live
 * work thus loses at most a quarter of a crowded line to the lane behind it, and a twentieth to the repair of gaps,
 * which waits longest of all.
 */
const PATIENCE: Readonly<Record<Priority, { readonly afterMs: number; readonly oneIn: number }>> = {
  'on-demand': { afterMs: 0, oneIn: 1 },
  billing: { afterMs: 30_000, oneIn: 4 },
  events: { afterMs: 30_000, oneIn: 4 },
  profile: { afterMs: 60_000, oneIn: 8 },
  backfill: { afterMs: 300_000, oneIn: 20 },
};

interface Lane {
  readonly priority: Priority;
  reads: readonly LaidOut[];
  next: number;
  /** Since when it has had work and no turn, UTC ms; null while it has none. */
  waitingSince: number | null;
  /** Turns of the lanes before it since its last one. */
  passedOver: number;
}

/**
 * What is laid out on one line, by priority. The most urgent lane goes first; a lane behind it is never starved, only
 * slowed down.
 */
export class Lanes {
  readonly #lanes: readonly Lane[] = PRIORITIES.map((priority) => ({
    priority,
    reads: [],
    next: 0,
    waitingSince: null,
    passedOver: 0,
  }));

  /** Replaces everything; how long a lane has waited is kept. */
  fill(reads: MostUrgent, now: number): void {
    for (const lane of this.#lanes) {
      lane.reads = reads.of(lane.priority);
      lane.next = 0;
      if (lane.reads.length === 0) lane.waitingSince = null;
      else if (lane.waitingSince === null || lane.waitingSince > now) lane.waitingSince = now;
    }
  }

  get waiting(): number {
    return this.#lanes.reduce((sum, { reads, next }) => sum + reads.length - next, 0);
  }

  /** Nothing of this priority is left of what was laid out. */
  isThrough(priority: Priority): boolean {
    return this.#lanes.every((lane) => lane.priority !== priority || isEmpty(lane));
  }

  /** Reads still laid out, most urgent lane first. */
  *rest(): Generator<DueRead> {
    for (const { reads, next } of this.#lanes) {
      for (let i = next; i < reads.length; i++) {
        const laidOut = reads[i];
        if (laidOut) yield laidOut.read;
      }
    }
  }

  /** Takes the next read for which `isOpen` holds; others are dropped. */
  take(now: number, isOpen: (read: DueRead) => boolean): DueRead | null {
    // What somebody waits for is bounded by itself and never put off.
    const [asked] = this.#lanes;
    const owed = asked && isEmpty(asked) ? this.#lanes.find((lane) => isOwed(lane, now)) : undefined;
    for (const lane of owed ? [owed, ...this.#lanes] : this.#lanes) {
      const read = shift(lane, isOpen);
      if (read === null) continue;
      this.#hadTurn(lane, now);
      return read;
    }
    return null;
  }

  #hadTurn(lane: Lane, now: number): void {
    // A turn that was owed does not end the waiting: the next one is owed as well.
    const byItself = this.#lanes.slice(0, this.#lanes.indexOf(lane)).every(isEmpty);
    if (byItself) lane.waitingSince = now;
    lane.passedOver = 0;
    for (const other of this.#lanes) if (other !== lane && !isEmpty(other)) other.passedOver++;
    for (const other of this.#lanes) if (isEmpty(other)) other.waitingSince = null;
  }
}

function isEmpty({ reads, next }: Lane): boolean {
  return next >= reads.length;
}

function isOwed(lane: Lane, now: number): boolean {
  if (isEmpty(lane) || lane.waitingSince === null) return false;
  const { afterMs, oneIn } = PATIENCE[lane.priority];
  return now - lane.waitingSince >= afterMs && lane.passedOver >= oneIn - 1 && oneIn > 1;
}

function shift(lane: Lane, isOpen: (read: DueRead) => boolean): DueRead | null {
  while (lane.next < lane.reads.length) {
    const laidOut = lane.reads[lane.next++];
    if (laidOut && isOpen(laidOut.read)) return laidOut.read;
  }
  return null;
}
