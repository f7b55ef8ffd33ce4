import { PRIORITIES, type Priority } from '#contract/tasks.ts';
import type { DueRead } from './due-read.ts';

/** Reads laid out at a time for one priority. The rest is found by the next look, so memory does not grow with the backlog. */
const MOST_LAID_OUT = 2000;

/** Collected before the least urgent are dropped: sorting seldom costs less than sorting always. */
const MOST_COLLECTED = 4 * MOST_LAID_OUT;

/** A deadline within this time goes before newness, ms. */
const SOON_MS = 600_000;

/** A due read with the instant at which it is over, UTC ms. */
export interface LaidOut {
  readonly read: DueRead;
  readonly closesAt: number;
}

interface Collected {
  reads: LaidOut[];
  /** The least urgent that is kept, once there is no room for all. */
  bar: LaidOut | null;
}

/**
 * Of all that is due the most urgent of each priority. After weeks without the collector a line has hundreds of
 * thousands of gaps, and finding the next ones must not hold up the other lines: most are refused by a comparison.
 */
export class MostUrgent {
  readonly #now: number;
  readonly #collected: ReadonlyMap<Priority, Collected> = new Map(
    PRIORITIES.map((priority) => [priority, { reads: [], bar: null }]),
  );

  constructor(now: number) {
    this.#now = now;
  }

  /** Reads of the same urgency stay in the order in which they are added. */
  add(read: DueRead, closesAt: number): void {
    const collected = this.#collected.get(read.priority);
    if (!collected) return;
    const laidOut = { read, closesAt };
    if (collected.bar !== null && this.#compare(laidOut, collected.bar) >= 0) return;
    collected.reads.push(laidOut);
    if (collected.reads.length < MOST_COLLECTED) return;
    collected.reads = this.#sorted(collected.reads);
    collected.bar = collected.reads.at(-1) ?? null;
  }

  /** Most urgent first. */
  of(priority: Priority): LaidOut[] {
    return this.#sorted(this.#collected.get(priority)?.reads ?? []);
  }

  #sorted(reads: readonly LaidOut[]): LaidOut[] {
    return reads.toSorted((a, b) => this.#compare(a, b)).slice(0, MOST_LAID_OUT);
  }

  /**
   * What is over soon first; a freeze, which bills are made from, before the points of a curve; then the newest slot.
   */
  #compare(a: LaidOut, b: LaidOut): number {
    const soonA = a.closesAt - this.#now < SOON_MS;
    const soonB = b.closesAt - this.#now < SOON_MS;
    if (soonA && soonB) return a.closesAt - b.closesAt;
    if (soonA !== soonB) return soonA ? -1 : 1;
    const curveA = a.read.task.kind === 'profile';
    const curveB = b.read.task.kind === 'profile';
    if (curveA !== curveB) return curveA ? 1 : -1;
    return b.read.slot - a.read.slot;
  }
}
