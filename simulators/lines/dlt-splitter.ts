import { FrameSplitter, type SplitFrame } from '../dlt645/frame.ts';
import { LinkSplitter, type SplitLink } from '../dlt698/frame.ts';

/** Longest silence inside a frame (DL/T 645-2007, 6.3.4: 500 ms, and as much again for the way through a concentrator). */
const GAP_MS = 1_000;

/** Finds the frames of DL/T 645 and DL/T 698.45 in one stream. */
export class DltSplitter {
  readonly #frames = new FrameSplitter();
  readonly #links = new LinkSplitter();
  #lastAt = 0;

  push(bytes: Uint8Array, nowMs: number): { readonly frames: SplitFrame[]; readonly links: SplitLink[] } {
    if (nowMs - this.#lastAt > GAP_MS) {
      this.#frames.reset();
      this.#links.reset();
    }
    this.#lastAt = nowMs;
    const frames = this.#frames.push(bytes);
    const links = this.#links.push(bytes);
    // What one protocol takes for the beginning of a frame of its own was inside a whole one of the other.
    if (frames.length > 0 && links.length === 0) {
      this.#links.reset();
      return { frames, links: this.#links.push(this.#frames.tail) };
    }
    if (links.length > 0 && frames.length === 0) {
      this.#frames.reset();
      return { frames: this.#frames.push(this.#links.tail), links };
    }
    return { frames, links };
  }
}
