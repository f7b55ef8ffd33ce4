import type { Clock } from '#platform/clock.ts';

export const SOURCE_STATES = ['ok', 'stale', 'down'] as const;
export type SourceState = (typeof SOURCE_STATES)[number];

/** What is known of a source, and since when. */
export interface Seen<T> {
  /** Null while it was never read. */
  readonly value: T | null;
  /** `stale`: not read for a while; `down`: never read, or not for a minute. */
  readonly state: SourceState;
  /** Since it was last read, s; null when it never was. */
  readonly ageS: number | null;
}

interface Following {
  readonly clock: Clock;
  readonly name: string;
  /** Looked at again when somebody asks and the last look is older than this. */
  readonly everyMs: number;
}

const STALE_MS = 5000;
const DOWN_MS = 60_000;
/** Who asks waits so long for a look, when there is an older one to answer from, and when there is none. */
const WAIT_MS = 50;
const FIRST_WAIT_MS = 3000;

/**
 * A value that is kept in memory and follows its source: looked at again when it is asked for, by one for all. A source
 * that is slow or away holds nobody up; its last value answers, and says how old it is.
 */
export class Followed<T> {
  readonly #following: Following;
  readonly #look: (known: T | null) => Promise<T>;
  #value: T | null = null;
  #readAt: number | null = null;
  #running: Promise<void> | null = null;

  /** `look` gets what is known, so that it can return that when nothing has changed. */
  constructor(following: Following, look: (known: T | null) => Promise<T>) {
    this.#following = following;
    this.#look = look;
  }

  async get(): Promise<Seen<T>> {
    const { clock, everyMs } = this.#following;
    if (this.#readAt === null || clock.mono() - this.#readAt >= everyMs) {
      this.#running ??= this.#run();
      await within(clock, this.#following.name, this.#value === null ? FIRST_WAIT_MS : WAIT_MS, this.#running);
    }
    return this.#seen();
  }

  #seen(): Seen<T> {
    if (this.#readAt === null) return { value: this.#value, state: 'down', ageS: null };
    const ageMs = this.#following.clock.mono() - this.#readAt;
    const state = ageMs < STALE_MS ? 'ok' : ageMs < DOWN_MS ? 'stale' : 'down';
    return { value: this.#value, state, ageS: Math.round(ageMs / 1000) };
  }

  async #run(): Promise<void> {
    try {
      const begun = this.#following.clock.mono();
      this.#value = await this.#look(this.#value);
      this.#readAt = begun;
    } catch {
      // The age of the value says it; the next one who asks tries again.
    } finally {
      this.#running = null;
    }
  }
}

/** What a promise resolves with, or null when it has not after `ms`; then it goes on, and its error is nobody's. */
export async function within<T>(clock: Clock, name: string, ms: number, promise: Promise<T>): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const cancel = clock.after(name, ms, () => late.resolve(null));
  promise.catch(() => {});
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    cancel();
  }
}
