/** What somebody who has dialled in says of the connection itself. */
export interface LinkTalk {
  readonly kind: 'login' | 'heartbeat' | 'logout';
  /** Address as the plan names it: `02001234`, or 12 digits. */
  readonly terminal: string;
  /** Place after its last byte. */
  readonly end: number;
  /** What it wants to hear. */
  readonly reply: Uint8Array;
  /** Time between two heartbeats, ms, where the terminal tells it. */
  readonly heartbeatMs?: number;
}

/**
 * Looks at the bytes from `at`, which is a 68: a complete frame of the link, `more` when it may become one, null when
 * something else stands there. `more` holds back what may be the end of a meter's reply, so it is never said of 68 16,
 * and only while every byte so far fits a short frame of the link. `now` is UTC ms, for replies that tell the time.
 */
export type Recognise = (bytes: Uint8Array, at: number, now: number) => LinkTalk | 'more' | null;

const START = 0x68;

/** As `Recognise`, of anything that has an end; a number is the end of another frame, in which nothing is looked for. */
export type Find<T> = (bytes: Uint8Array, at: number, now: number) => T | 'more' | number | null;

/**
 * Takes what terminals say of the link, or whatever else is looked for, out of a stream, in whatever pieces it comes; the
 * rest goes on unchanged.
 */
export class LinkTalkFilter<T extends { readonly end: number } = LinkTalk> {
  readonly #recognise: readonly Find<T>[];
  #held: Uint8Array = new Uint8Array(0);

  constructor(recognise: readonly Find<T>[]) {
    this.#recognise = recognise;
  }

  /** What may be the beginning of something, and is kept back for it. */
  get held(): Uint8Array {
    return this.#held;
  }

  /** Forgets what is held. */
  reset(): void {
    this.#held = new Uint8Array(0);
  }

  push(chunk: Uint8Array, now: number): { readonly talks: readonly T[]; readonly rest: Uint8Array } {
    const bytes = Buffer.concat([this.#held, chunk]);
    const talks: T[] = [];
    const passed: Uint8Array[] = [];
    let from = 0;
    let at = bytes.indexOf(START);
    while (at >= 0) {
      const found = this.#look(bytes, at, now);
      if (found === 'more') break;
      if (found === null || typeof found === 'number') {
        at = bytes.indexOf(START, found ?? at + 1);
        continue;
      }
      talks.push(found);
      passed.push(bytes.subarray(from, at));
      from = found.end;
      at = bytes.indexOf(START, from);
    }
    const until = at < 0 ? bytes.length : at;
    this.#held = bytes.subarray(until);
    return { talks, rest: Buffer.concat([...passed, bytes.subarray(from, until)]) };
  }

  #look(bytes: Uint8Array, at: number, now: number): ReturnType<Find<T>> {
    let result: 'more' | number | null = null;
    for (const recognise of this.#recognise) {
      const found = recognise(bytes, at, now);
      if (found !== null && found !== 'more') return found;
      result = found ?? result;
    }
    return result;
  }
}
