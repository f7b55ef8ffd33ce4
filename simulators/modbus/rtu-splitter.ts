import { crc16 } from './crc16.ts';

export interface RtuFrame {
  readonly unit: number;
  readonly pdu: Uint8Array;
  readonly wireBytes: number;
}

const SHORTEST = 4;

/** Finds request frames in what a master sends. A frame has no length of its own: the function code tells it. */
export class RtuSplitter {
  #pending: Uint8Array = new Uint8Array(0);

  /** Drops an unfinished frame: silence ends it (t3.5). */
  reset(): void {
    this.#pending = new Uint8Array(0);
  }

  push(bytes: Uint8Array): RtuFrame[] {
    const pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const frames: RtuFrame[] = [];
    let at = 0;
    let from = 0;
    while (at + SHORTEST <= pending.length) {
      const rest = pending.subarray(at);
      const size = requestSize(rest);
      if (size > rest.length) break;
      const good = crc16(rest.subarray(0, size)) === 0;
      at += good ? size : 1;
      if (!good) continue;
      frames.push({ unit: rest[0] ?? 0, pdu: rest.slice(1, size - 2), wireBytes: at - from });
      from = at;
    }
    this.#pending = pending.slice(at);
    return frames;
  }
}

/** Functions 01-06 have 8 bytes, 0F and 10 say how much follows; for any other one all that is there is the frame. */
function requestSize(bytes: Uint8Array): number {
  const code = bytes[1] ?? 0;
  if (code >= 0x01 && code <= 0x06) return 8;
  if (code === 0x0f || code === 0x10) return 9 + (bytes[6] ?? 0);
  return bytes.length;
}

export function encodeRtu(unit: number, pdu: Uint8Array): Uint8Array {
  const frame = new Uint8Array(pdu.length + 3);
  frame[0] = unit;
  frame.set(pdu, 1);
  const crc = crc16(frame.subarray(0, -2));
  frame[frame.length - 2] = crc & 0xff;
  frame[frame.length - 1] = crc >> 8;
  return frame;
}
