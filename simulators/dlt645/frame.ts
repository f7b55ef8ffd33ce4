/**
 * Frames of DL/T 645-2007 (7.1): 68, address (6 bytes BCD, low byte first), 68, control, length, data with 33H added to
 * each byte, sum of all bytes modulo 256, 16.
 */
export interface Frame {
  /** 12 digits as printed on the plate, high digit first; `A` where the request left a digit open. */
  readonly address: string;
  readonly control: number;
  /** Without the added 33H. */
  readonly data: Uint8Array;
}

const START = 0x68;
const END = 0x16;
const OFFSET = 0x33;
const WAKE_UP = 0xfe;
/** Bytes around the data. */
const OVERHEAD = 12;

export const BROADCAST = '999999999999';
export const WILDCARD = 'AAAAAAAAAAAA';

/** `preamble`: number of FE bytes before the frame. */
export function encodeFrame(frame: Frame, preamble = 0): Uint8Array {
  const { address, control, data } = frame;
  if (!/^[0-9A]{12}$/.test(address)) throw new Error(`cannot encode a frame: address ${address} is not 12 digits`);
  const bytes = new Uint8Array(preamble + OVERHEAD + data.length).fill(WAKE_UP, 0, preamble);
  const body = bytes.subarray(preamble);
  body[0] = START;
  for (let i = 0; i < 6; i++) body[1 + i] = Number.parseInt(address.slice(10 - 2 * i, 12 - 2 * i), 16);
  body[7] = START;
  body[8] = control;
  body[9] = data.length;
  data.forEach((byte, i) => {
    body[10 + i] = byte + OFFSET;
  });
  body[10 + data.length] = checksum(body.subarray(0, 10 + data.length));
  body[11 + data.length] = END;
  return bytes;
}

export function checksum(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => (sum + byte) & 0xff, 0);
}

export interface SplitFrame {
  readonly frame: Frame;
  /** Bytes on the wire, wake-up bytes included. */
  readonly wireBytes: number;
}

/** Finds frames in a stream of bytes: by length, never by the end byte, which may occur in the data. */
export class FrameSplitter {
  #pending: Uint8Array = new Uint8Array(0);
  #tail: Uint8Array = new Uint8Array(0);

  /** What came after the last frame that was found, also what no frame can begin with. */
  get tail(): Uint8Array {
    return this.#tail;
  }

  /** Drops an unfinished frame: the line was silent for longer than the standard allows between two bytes. */
  reset(): void {
    this.#pending = new Uint8Array(0);
  }

  push(bytes: Uint8Array): SplitFrame[] {
    const pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const frames: SplitFrame[] = [];
    let at = 0;
    let from = 0;
    while (at < pending.length) {
      const size = frameSize(pending.subarray(at));
      if (at + size > pending.length) break;
      const frame = size === 0 ? undefined : decodeFrame(pending.subarray(at, at + size));
      at += frame ? size : 1;
      if (!frame) continue;
      frames.push({ frame, wireBytes: at - from });
      from = at;
    }
    this.#pending = pending.slice(at);
    this.#tail = pending.slice(from);
    return frames;
  }
}

/** Size of the frame that begins here; 0 if none does; more than what is there if it cannot be told yet. */
function frameSize(bytes: Uint8Array): number {
  if (bytes[0] !== START) return 0;
  if (bytes.length > 7 && bytes[7] !== START) return 0;
  return bytes.length < 10 ? 10 : OVERHEAD + (bytes[9] ?? 0);
}

function decodeFrame(bytes: Uint8Array): Frame | undefined {
  const end = bytes.length - 2;
  if (bytes[end + 1] !== END || bytes[end] !== checksum(bytes.subarray(0, end))) return undefined;
  const address = Buffer.from(bytes.subarray(1, 7)).reverse().toString('hex').toUpperCase();
  if (!/^[0-9A]{12}$/.test(address)) return undefined;
  return { address, control: bytes[8] ?? 0, data: bytes.slice(10, end).map((byte) => byte - OFFSET) };
}
