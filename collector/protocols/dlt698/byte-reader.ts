import { malformedContent } from '../../lines/read-error.ts';

/** Told of each field that a decoder reads: its name, place, length and what it says. */
type Note = (field: { name: string; at: number; length: number; value: string }) => void;

/**
 * Walks through the bytes of an APDU, high byte first. Every read throws ReadError `malformed` at the end of the bytes.
 * With a listener it tells what each field was, which is how a frame is explained.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #note: Note | null;
  #at = 0;

  constructor(bytes: Uint8Array, note: Note | null = null) {
    this.#bytes = bytes;
    this.#note = note;
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(count: number, what: string): Uint8Array {
    if (this.left < count) throw malformedContent(`${what} breaks off: ${this.left} of ${count} bytes`);
    this.#at += count;
    return this.#bytes.slice(this.#at - count, this.#at);
  }

  /** The next byte, which stays to be read. */
  peek(what: string): number {
    if (this.left < 1) throw malformedContent(`${what} is missing`);
    return this.#bytes[this.#at] ?? 0;
  }

  u8(what: string): number {
    return this.take(1, what)[0] ?? 0;
  }

  u16(what: string): number {
    return (this.u8(what) << 8) | this.u8(what);
  }

  /** Upper-case hexadecimal of the next bytes: OI, OAD. */
  hex(count: number, what: string): string {
    return Buffer.from(this.take(count, what)).toString('hex').toUpperCase();
  }

  /** Length or count in A-XDR (DL/T 790.6): one byte below 128, else 81 or 82 and one or two bytes. */
  count(what: string): number {
    const first = this.u8(what);
    if (first < 0x80) return first;
    if (first === 0x81) return this.u8(what);
    if (first === 0x82) return this.u16(what);
    throw malformedContent(`length byte ${first.toString(16).toUpperCase()} of ${what}`);
  }

  /** Entries one after the other, as many as the count before them says. */
  list<T>(what: string, read: (i: number) => T): T[] {
    const count = this.field(`${what} count`, () => this.count(what), String);
    return Array.from({ length: count }, (_, i) => read(i));
  }

  /** The value that `read` reads, told to the listener under the name. */
  field<T>(name: string, read: () => T, text: (value: T) => string): T {
    const at = this.#at;
    const value = read();
    this.#note?.({ name, at, length: this.#at - at, value: text(value) });
    return value;
  }
}
