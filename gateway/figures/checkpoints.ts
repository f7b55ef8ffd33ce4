import type { Clock } from '#platform/clock.ts';
import type { AreaDayRow, DayChunk, DayHead, FiguresStore, Finding } from '#stores/figures-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import type { DayShelf } from './day-shelf.ts';
import type { Derived, FeedTaker, Follower } from './follower.ts';

/** What checkpoints may write on average, bytes a second: an evening of single rows must not wear out a disk. */
const BYTES_PER_S = 4_000_000;

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
    const derived = await this.#derived();
    for (const taker of takers) this.#keep(taker.drain());
    const { days, chunks } = shelf.unsaved();
    if (position === this.#saved && days.length === 0 && this.#heads.size === 0) return;
    const all = [...chunks, ...this.#chunks.values()];
    await figures.checkpoint({ position, days: [...days, ...this.#heads.values()], chunks: all, ...derived });
    shelf.settle();
    this.#heads.clear();
    this.#chunks.clear();
    this.#saved = position;
    const bytes = all.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
    this.#notBefore = clock.mono() + (bytes * 1000) / BYTES_PER_S;
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
