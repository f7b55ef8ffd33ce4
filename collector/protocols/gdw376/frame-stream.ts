import { type Frame, findFrame } from './frame.ts';

/** A frame that has not gone on for this long never will: what seemed to be its beginning was something else. */
const STALLED_MS = 10_000;

/** Puts the frames of one connection together again, in whatever pieces they come. */
export class FrameStream {
  #held: Uint8Array = new Uint8Array(0);
  #heardAt = 0;

  /** Sound frames that end within these bytes; `now` is monotonic ms. */
  push(bytes: Uint8Array, now: number): Frame[] {
    const isStalled = this.#held.length > 0 && now - this.#heardAt >= STALLED_MS;
    let rest: Uint8Array = Buffer.concat([this.#held.subarray(isStalled ? 1 : 0), bytes]);
    this.#heardAt = now;
    const frames: Frame[] = [];
    for (let found = findFrame(rest); ; found = findFrame(rest)) {
      rest = rest.subarray(found.kind === 'frame' ? found.end : found.used);
      if (found.kind === 'more') break;
      frames.push(found.frame);
    }
    this.#held = rest;
    return frames;
  }

  /** Forgets what has come: the connection is another one. */
  reset(): void {
    this.#held = new Uint8Array(0);
  }
}
