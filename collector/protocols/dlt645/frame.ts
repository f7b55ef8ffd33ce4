import { ADDRESS_BYTES, addressText } from './address.ts';

/**
 * The frame of DL/T 645-2007: `68 A0..A5 68 C L DATA CS 16`. CS is the sum modulo 256 from the first 68 to the last
 * byte of DATA; every byte of DATA travels with 33h added. Any number of FE may stand before it.
 */
export const START = 0x68;
export const END = 0x16;
export const PREAMBLE = 0xfe;
export const DATA_OFFSET = 0x33;
/** Longest data field of a read (DL/T 645-2007, length of data field). */
export const MAX_DATA_BYTES = 200;

/** Bytes before DATA, and those together with CS and the end byte. */
export const HEAD_BYTES = ADDRESS_BYTES + 4;
export const FRAME_BYTES = HEAD_BYTES + 2;

/** Control byte: bit 7 from the meter, bit 6 error, bit 5 more frames follow, bits 4..0 function. */
export const REPLY_BIT = 0x80;
export const ERROR_BIT = 0x40;
export const FOLLOW_BIT = 0x20;
export const FUNCTION_BITS = 0x1f;

export interface Frame {
  /** 12 characters, most significant first; `AA` stands for any two digits. */
  readonly address: string;
  readonly control: number;
  /** DATA with the 33h taken off. */
  readonly data: Uint8Array;
}

/** What is wrong: no second 68, more than 200 bytes of data announced, sum, end byte, address that is not decimal. */
export type FrameDamage = 'second_start' | 'length' | 'checksum' | 'end' | 'address';

/**
 * `start` and `end` are the places of the frame's first byte and of the byte after its last; `used` bytes begin none.
 */
export type Found =
  | { readonly kind: 'frame'; readonly frame: Frame; readonly start: number; readonly end: number }
  | { readonly kind: 'more'; readonly used: number }
  | { readonly kind: 'damaged'; readonly damage: FrameDamage; readonly end: number };

/** Sum modulo 256 of the bytes from `start` up to `end`. */
export function sum8(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum = (sum + (bytes[i] ?? 0)) & 0xff;
  return sum;
}

/**
 * The first sound frame in the bytes received so far. 68 and 16 may occur inside DATA, so a frame is measured by its
 * length byte and never by its end byte; after damage the search goes on at the next 68. `more`: a frame may still be
 * on its way. `damaged`: what came cannot become a frame, with the first thing that was wrong.
 */
export function findFrame(bytes: Uint8Array): Found {
  let damaged: Found | null = null;
  let covered = 0;
  for (let at = bytes.indexOf(START); at >= 0; at = bytes.indexOf(START, at + 1)) {
    const found = inspect(bytes, at);
    if (found.kind === 'frame') return found;
    if (found.kind === 'damaged') {
      damaged ??= found;
      covered = Math.max(covered, found.end);
    } else if (at >= covered) {
      // An unfinished frame that seems to begin inside a complete but damaged one is that one's data: not worth waiting for.
      return found;
    }
  }
  return damaged ?? { kind: 'more', used: bytes.length };
}

function inspect(bytes: Uint8Array, start: number): Found {
  const second = start + ADDRESS_BYTES + 1;
  const more = { kind: 'more', used: start } as const;
  if (second < bytes.length && bytes[second] !== START) return { kind: 'damaged', damage: 'second_start', end: start };
  const length = bytes[start + HEAD_BYTES - 1];
  if (length === undefined) return more;
  if (length > MAX_DATA_BYTES) return { kind: 'damaged', damage: 'length', end: start };
  const sumAt = start + HEAD_BYTES + length;
  const end = start + FRAME_BYTES + length;
  if (bytes.length < end) return more;
  if (sum8(bytes, start, sumAt) !== bytes[sumAt]) return { kind: 'damaged', damage: 'checksum', end };
  if (bytes[sumAt + 1] !== END) return { kind: 'damaged', damage: 'end', end };
  const address = addressText(bytes.subarray(start + 1, second));
  if (address === null) return { kind: 'damaged', damage: 'address', end };
  const data = Uint8Array.from(bytes.subarray(start + HEAD_BYTES, sumAt), (byte) => byte - DATA_OFFSET);
  return { kind: 'frame', frame: { address, control: bytes[second + 1] ?? 0, data }, start, end };
}
