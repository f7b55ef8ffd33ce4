import { Transform, type TransformCallback } from 'node:stream';
import { MeterwayError } from '#platform/errors.ts';

/**
 * Passes a client's MQTT bytes on and cuts the connection when a packet announces more than `maxBytes`. The broker
 * library has no limit of its own: without one, a single header could make it wait for 256 MB.
 * Fixed header: MQTT 3.1.1 section 2.2.
 */
export class PacketGuard extends Transform {
  #maxBytes: number;
  /** Bytes of the present packet's body still to come. */
  #body = 0;
  #inHeader = false;
  #length = 0;
  #shift = 0;

  constructor(maxBytes: number) {
    super();
    this.#maxBytes = maxBytes;
  }

  /** Another limit, from the next packet on. */
  allow(maxBytes: number): void {
    this.#maxBytes = maxBytes;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let i = 0; i < chunk.length; ) {
      if (this.#body > 0) {
        const skipped = Math.min(this.#body, chunk.length - i);
        this.#body -= skipped;
        i += skipped;
      } else if (!this.#inHeader) {
        this.#inHeader = true;
        this.#length = 0;
        this.#shift = 0;
        i++;
      } else {
        const wrong = this.#lengthByte(chunk[i++] ?? 0);
        if (wrong) {
          done(wrong);
          return;
        }
      }
    }
    done(null, chunk);
  }

  #lengthByte(byte: number): MeterwayError | null {
    this.#length += (byte & 0x7f) * 2 ** this.#shift;
    this.#shift += 7;
    if (this.#length > this.#maxBytes || this.#shift > 28) {
      return new MeterwayError(`cannot take a packet of ${this.#length} bytes; at most ${this.#maxBytes} are allowed`, {
        code: 'packet_too_large',
      });
    }
    if ((byte & 0x80) === 0) {
      this.#inHeader = false;
      this.#body = this.#length;
    }
    return null;
  }
}
