import type { Clock } from '#platform/clock.ts';
import type { FeedStore } from '#stores/feed-store.ts';
import type { FiguresStore } from '#stores/figures-store.ts';
import { Kept } from '../kept.ts';

/** Two positions are looked at again after this, ms. */
const FRESH_MS = 1000;
/** What was told may be this much older than what is kept, ms: days of a million meters take seconds to be put on disk. */
const MOST_BEHIND_MS = 30_000;

/** Whether kept figures are still brought up to date: else an answer of now would pass old numbers off as new ones. */
export class FiguresLag {
  readonly #clock: Clock;
  readonly #positions: Kept<{ readonly kept: number | null; readonly newest: number }>;
  /** A change that was told but not kept when it was seen, and when that was, monotonic ms. */
  #awaited: { readonly position: number; readonly seenAt: number } | null = null;

  constructor(figures: Pick<FiguresStore, 'position'>, feed: Pick<FeedStore, 'range'>, clock: Clock) {
    this.#clock = clock;
    this.#positions = new Kept(FRESH_MS, clock, async () => {
      const kept = await figures.position();
      return { kept, newest: (await feed.range()).newest };
    });
  }

  /** What a reader must be told; nothing where nothing is kept, because then it is counted from the stores. */
  async warnings(): Promise<string[]> {
    const { kept, newest } = await this.#positions.get();
    const now = this.#clock.mono();
    if (kept === null || kept >= newest) {
      this.#awaited = null;
      return [];
    }
    if (this.#awaited === null || kept >= this.#awaited.position) this.#awaited = { position: newest, seenAt: now };
    const waitedS = Math.floor((now - this.#awaited.seenAt) / 1000);
    if (waitedS * 1000 < MOST_BEHIND_MS) return [];
    return [
      `the figures have not been brought up to date for ${waitedS} s: ${newest - kept} changes are not in them; ` +
        'see meterway doctor and the log of the figures process',
    ];
  }
}
