import { MeterwayError } from '#platform/errors.ts';
import type { Link } from '../../../collector/lines/link.ts';

/** A link whose other end is the test: it takes what is written and brings what it is told to. */
export class StubLink implements Link {
  readonly name = 'stub';
  readonly bitRate: number | null;
  readonly written: Uint8Array[] = [];
  isOpen = true;
  /** Called for every request. */
  onWrite: (bytes: Uint8Array) => void = () => {};
  #onData: (bytes: Uint8Array) => void = () => {};
  readonly #down: ((why: string) => void)[] = [];

  constructor(bitRate: number | null = null) {
    this.bitRate = bitRate;
  }

  async open(): Promise<void> {
    this.isOpen = true;
  }

  async close(): Promise<void> {
    this.drop('link_closed: closed here');
  }

  write(bytes: Uint8Array): void {
    if (!this.isOpen) throw new MeterwayError('cannot write to stub: not open', { code: 'link_closed' });
    this.written.push(bytes);
    this.onWrite(bytes);
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#onData = listener;
  }

  onDown(listener: (why: string) => void): void {
    this.#down.push(listener);
  }

  deliver(...bytes: number[]): void {
    this.#onData(Uint8Array.from(bytes));
  }

  drop(why: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const listener of this.#down) listener(why);
  }
}
