import type { FeedContent, FeedEntry, FeedStore } from '#stores/feed-store.ts';

/** Entries that are taken in one step; each is a commit of the gateway. */
const ENTRIES_AT_ONCE = 64;

interface FeedWatchParts {
  readonly feed: Pick<FeedStore, 'after' | 'range'>;
  readonly take: (content: FeedContent) => void;
  /** What was told before is not known: at the start, or because entries are gone that were never seen. */
  readonly begin: () => void;
}

/**
 * Follows the feed with a position of its own, in memory: those who keep figures forget entries that they have taken,
 * so an entry may be gone before it is seen here. Then, as after every start, everything recent is judged again.
 */
export class FeedWatch {
  readonly #parts: FeedWatchParts;
  #position: number | null = null;
  #gaps = 0;
  #isIdle = false;

  constructor(parts: FeedWatchParts) {
    this.#parts = parts;
  }

  /** Up to here entries were taken; null before the first step. */
  get position(): number | null {
    return this.#position;
  }

  /** How often entries were missing. */
  get gaps(): number {
    return this.#gaps;
  }

  /** True when the last step found nothing new. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** Takes some entries; false when there was none. */
  async step(): Promise<boolean> {
    const { feed, take, begin } = this.#parts;
    if (this.#position === null) {
      this.#position = (await feed.range()).newest;
      begin();
      return true;
    }
    const entries = await feed.after(this.#position, ENTRIES_AT_ONCE);
    if (await this.#isGap(this.#position, entries)) {
      this.#gaps++;
      this.#position = null;
      return true;
    }
    for (const { position, content } of entries) {
      take(content);
      this.#position = position;
    }
    this.#isIdle = entries.length === 0;
    return entries.length > 0;
  }

  async #isGap(position: number, [first]: readonly FeedEntry[]): Promise<boolean> {
    if (first) return first.position !== position + 1;
    const { oldest, newest } = await this.#parts.feed.range();
    // One may have come since: then it is there, beside older ones that nobody has forgotten yet.
    return newest < position || (newest > position && (oldest === 0 || oldest > position + 1));
  }
}
