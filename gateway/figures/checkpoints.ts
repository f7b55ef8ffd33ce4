import type { Clock } from '#platform/clock.ts';
import { failpoint } from '#platform/failpoint.ts';
import type { AreaDayRow, DayChunk, DayHead, FiguresStore, Finding } from '#stores/figures-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import type { DayShelf } from './day-shelf.ts';
import type { Derived, FeedTaker, Follower } from './follower.ts';

/** What checkpoints may write on average, bytes a second: an evening of single rows must not wear out a disk. */
const BYTES_PER_S = 4_000_000;
/**
 * What followers work out again after a few rows, they mostly work out again after the next few: an area of two hundred
 * meters for each of them. They take this share of the time at most, unless that makes others wait for too long, ms.
 */
const FOLLOWING_SHARE = 0.2;
const LONGEST_WAIT_MS = 10_000;

interface Parts {
  readonly state: Pick<StateStore, 'feed'>;
  readonly figures: FiguresStore;
  readonly clock: Clock;
  readonly followers: readonly Follower[];
  readonly takers: readonly FeedTaker[];
  readonly shelf: DayShelf;
}

/**
 * Puts what changed on disk: days, what followers make of them, what takers kept, and the position of the feed that
 * all of it stands for, in one transaction. Only then is the feed forgotten up to there.
 */
export class Checkpoints {
  readonly #parts: Parts;
  /** Position that is on disk. */
  #saved: number | null = null;
  /** Not before this moment, monotonic ms. */
  #notBefore = Number.NEGATIVE_INFINITY;
  /** What takers gave and is not on disk yet, by day and by piece. */
  readonly #heads = new Map<string, DayHead>();
  readonly #chunks = new Map<string, DayChunk>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Nothing of what was given so far is wanted any more. */
  forget(): void {
    this.#saved = null;
    this.#heads.clear();
    this.#chunks.clear();
  }

  async saveIfDue(position: number, atOnce: boolean): Promise<void> {
    if (atOnce || this.#parts.clock.mono() >= this.#notBefore) await this.save(position);
  }

  async save(position: number): Promise<void> {
    const { state, figures, clock, takers, shelf } = this.#parts;
    const begun = clock.mono();
    const derived = await this.#derived();
    const followedMs = clock.mono() - begun;
    for (const taker of takers) this.#keep(taker.drain());
    const { days, chunks } = shelf.unsaved();
    if (position === this.#saved && days.length === 0 && this.#heads.size === 0) return;
    const all = [...chunks, ...this.#chunks.values()];
    failpoint('before-figures-checkpoint');
    await figures.checkpoint({ position, days: [...days, ...this.#heads.values()], chunks: all, ...derived });
    failpoint('after-figures-checkpoint');
    shelf.settle();
    this.#heads.clear();
    this.#chunks.clear();
    this.#saved = position;
    const bytes = all.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
    const restMs = Math.min(LONGEST_WAIT_MS, followedMs / FOLLOWING_SHARE);
    this.#notBefore = clock.mono() + Math.max(restMs, (bytes * 1000) / BYTES_PER_S);
    await state.feed.forgetUpTo(position);
  }

  /** Followers are asked again with everything that is not on disk: what they give depends on the days alone. */
  async #derived(): Promise<{
    readonly findings: NonNullable<Derived['findings']>;
    readonly areaDays: readonly AreaDayRow[];
  }> {
    const { shelf, followers } = this.#parts;
    const of: { task: string; slot: number; meter: string }[] = [];
    const found: Finding[] = [];
    const areaDays: AreaDayRow[] = [];
    const changes = shelf.changes();
    for (const follower of changes.length > 0 ? followers : []) {
      const derived = await follower.follow(changes, shelf);
      for (const each of derived.findings?.of ?? []) of.push(each);
      for (const each of derived.findings?.found ?? []) found.push(each);
      for (const each of derived.areaDays ?? []) areaDays.push(each);
    }
    return { findings: { of, found }, areaDays };
  }

  #keep({ days, chunks }: ReturnType<FeedTaker['drain']>): void {
    for (const day of days) this.#heads.set(`${day.task} ${day.date}`, day);
    for (const part of chunks) this.#chunks.set(`${part.task} ${part.date} ${part.column} ${part.chunk}`, part);
  }
}
