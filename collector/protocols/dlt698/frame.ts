import { addressLength, readAddress, type ServerAddress } from './address.ts';
import { crc16X25 } from './crc16.ts';
import { type BlockField, blockField, FIELD_BYTES } from './split.ts';

/**
 * The frame of DL/T 698.45: `68 L C SA CA HCS user-data FCS 16`. L counts the bytes between the delimiters. HCS covers L
 * to CA, FCS covers L to the end of the user data. Any number of FE may stand before it.
 */
export const START = 0x68;
export const END = 0x16;
export const PREAMBLE = 0xfe;
const SCRAMBLE_OFFSET = 0x33;

/** Control byte: bit 7 from the server, bit 6 the client began, bit 5 split, bit 4 reserved, bit 3 scrambled. */
export const FROM_SERVER_BIT = 0x80;
export const CLIENT_BEGAN_BIT = 0x40;
export const SPLIT_BIT = 0x20;
export const SCRAMBLE_BIT = 0x08;
export const FUNCTION_BITS = 0x07;
export const LINK_FUNCTION = 1;
export const DATA_FUNCTION = 3;

/** Length in bits 13..0; with bit 14 in kilobytes, which no meter uses. */
const LENGTH_BITS = 0x3fff;
/** Largest frame worth waiting for: terminals split at 1024 to 2048 bytes. */
const MOST_BYTES = 4000;
/** Delimiters, FCS; L, C, flag byte, CA, HCS. */
const CHECK_BYTES = 2;
const FLAG_AT = 4;

export interface Frame {
  readonly control: number;
  readonly address: ServerAddress;
  /** Client address CA. */
  readonly client: number;
  /** Of a frame with the split bit; null in others. */
  readonly block: BlockField | null;
  /** APDU, or of a split one this block's piece. Scrambling is undone. */
  readonly apdu: Uint8Array;
}

/** What is wrong: length that cannot be, sum of the head or of the whole, end byte, split frame without block field. */
export type FrameDamage = 'length' | 'head_checksum' | 'checksum' | 'end' | 'block_field';

/** `start` and `end` are the places of the first byte and of the byte after the last; `used` bytes begin none. */
type Found =
  | { readonly kind: 'frame'; readonly frame: Frame; readonly start: number; readonly end: number }
  | { readonly kind: 'more'; readonly used: number }
  | { readonly kind: 'damaged'; readonly damage: FrameDamage; readonly end: number };

type Inspected = Exclude<Found, { kind: 'more' }> | { readonly kind: 'head' } | { readonly kind: 'body' };

/**
 * The first sound frame in the bytes received so far. 68 and 16 may occur inside, so a frame is measured by its length,
 * and the length is believed once the sum of the head is right; after damage the search goes on at the next 68. `more`:
 * a frame may still be on its way. `damaged`: what came cannot become a frame, with the first thing that was wrong.
 */
export function findFrame(bytes: Uint8Array): Found {
  let damaged: Found | null = null;
  let waiting: Found | null = null;
  let covered = 0;
  for (let at = bytes.indexOf(START); at >= 0; at = bytes.indexOf(START, at + 1)) {
    const found = inspect(bytes, at);
    if (found.kind === 'frame') return found;
    if (found.kind === 'damaged') {
      damaged ??= found;
      covered = Math.max(covered, found.end);
    } else if (at >= covered) {
      // Without its head's sum it may be noise before a frame that is complete: look on. With it, what follows is data.
      waiting ??= { kind: 'more', used: at };
      if (found.kind === 'body') return waiting;
    }
  }
  return waiting ?? damaged ?? { kind: 'more', used: bytes.length };
}

function inspect(bytes: Uint8Array, start: number): Inspected {
  if (bytes.length < start + FLAG_AT + 1) return { kind: 'head' };
  const damaged = (damage: FrameDamage, end: number): Found & { kind: 'damaged' } => ({ kind: 'damaged', damage, end });
  const word = u16(bytes, start + 1);
  const { headEnd, dataAt, sumAt, end } = placesOf(bytes, start);
  if ((word & ~LENGTH_BITS) !== 0 || sumAt < dataAt || end - start > MOST_BYTES) return damaged('length', start + 1);
  if (bytes.length < dataAt) return { kind: 'head' };
  if (crc16X25(bytes, start + 1, headEnd) !== u16(bytes, headEnd)) return damaged('head_checksum', start + 1);
  if (bytes.length < end) return { kind: 'body' };
  if (crc16X25(bytes, start + 1, sumAt) !== u16(bytes, sumAt)) return damaged('checksum', end);
  if (bytes[end - 1] !== END) return damaged('end', end);
  const frame = readFrame(bytes.subarray(start, end));
  return frame === null ? damaged('block_field', end) : { kind: 'frame', frame, start, end };
}

/** Where HCS (`headEnd`), user data, FCS (`sumAt`) of the frame that begins at `start` are, and its end. */
export function placesOf(
  bytes: Uint8Array,
  start: number,
): { headEnd: number; dataAt: number; sumAt: number; end: number } {
  const end = start + 2 + (u16(bytes, start + 1) & LENGTH_BITS);
  const headEnd = start + FLAG_AT + addressLength(bytes[start + FLAG_AT] ?? 0) + 2;
  return { headEnd, dataAt: headEnd + CHECK_BYTES, sumAt: end - 1 - CHECK_BYTES, end };
}

/** Parts of a frame whose length is right; null when a split one has no block field. Sums are not looked at. */
export function readFrame(frame: Uint8Array): Frame | null {
  const { headEnd, dataAt, sumAt } = placesOf(frame, 0);
  const control = frame[FLAG_AT - 1] ?? 0;
  const wire = frame.subarray(dataAt, sumAt);
  const data = (control & SCRAMBLE_BIT) === 0 ? wire.slice() : Uint8Array.from(wire, (byte) => byte - SCRAMBLE_OFFSET);
  const isSplit = (control & SPLIT_BIT) !== 0;
  if (isSplit && data.length < FIELD_BYTES) return null;
  return {
    control,
    address: readAddress(frame[FLAG_AT] ?? 0, frame.subarray(FLAG_AT + 1, headEnd - 1)),
    client: frame[headEnd - 1] ?? 0,
    block: isSplit ? blockField(data) : null,
    apdu: isSplit ? data.slice(FIELD_BYTES) : data,
  };
}

/** Two bytes, low byte first. */
export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}
