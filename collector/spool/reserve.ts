import { randomBytes } from 'node:crypto';
import { rmSync, statSync, writeFileSync } from 'node:fs';

const RESERVE_BYTES = 1024 * 1024;

/** Space on the disk that is kept for the writes that make room: on a full disk not even a deletion could be logged. */
export class Reserve {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Takes the space; when there is none, the next call tries again. */
  hold(): void {
    // After a power cut the file may be there without its content.
    if (statSync(this.#path, { throwIfNoEntry: false })?.size === RESERVE_BYTES) return;
    try {
      // Random, so that no file system stores it in less.
      writeFileSync(this.#path, randomBytes(RESERVE_BYTES));
    } catch {
      this.release();
    }
  }

  /** Gives the space back to the disk. */
  release(): void {
    rmSync(this.#path, { force: true });
  }
}
