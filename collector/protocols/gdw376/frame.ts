import { TERMINAL_BYTES, terminalText } from './address.ts';

/**
 * The frame of Q/GDW 376.1: `68 L L 68 C A AFN SEQ DA DT data AUX CS 16`. L, two bytes low byte first and sent twice,
 * holds the protocol in bits 1..0 and the number of bytes from C to the end of AUX in bits 15..2; CS is the sum modulo
 * 256 of those bytes.
 */
export const START = 0x68;
export const END = 0x16;
/** Bits 1..0 of L: 10 is Q/GDW 376.1, 01 its predecessor Q/GDW 130-2005. */
export const PROTOCOL = 0b10;
const PROTOCOL_BITS = 0b11;

/** `68 L L L L 68`, and those together with CS and the end byte. */
export const HEAD_BYTES = 6;
const FRAME_BYTES = HEAD_BYTES + 2;
/** C, A (5), AFN, SEQ, DA (2), DT (2): what the shortest frame holds. */
export const LEAST_BYTES = 12;
/** Place of AFN, behind C and A. */
export const AFN_AT = HEAD_BYTES + 2 + TERMINAL_BYTES;

/** Control byte: bit 7 from the terminal; bit 5 of such a frame: AUX counts events that wait to be fetched. */
export const UP_BIT = 0x80;
export const EVENTS_BIT = 0x20;

/** SEQ: bit 7 AUX ends with a time tag, bit 6 first and bit 5 last frame of a message, bits 3..0 number. */
export const TAG_BIT = 0x80;
export const WHOLE_BITS = 0x60;
export const CONFIRM_BIT = 0x10;
export const NUMBER_BITS = 0x0f;

/** Application functions that this project knows more of than the name. */
export const AFN = {
  confirm: 0x00,
  reset: 0x01,
  link: 0x02,
  set: 0x04,
  control: 0x05,
  events: 0x0e,
  forward: 0x10,
} as const;

export const PASSWORD_BYTES = 16;
export const EVENTS_BYTES = 2;
export const TAG_BYTES = 6;
/** Requests that carry a password before the time tag (Q/GDW 376.1, auxiliary field PW). */
const WITH_PASSWORD: ReadonlySet<number> = new Set([AFN.reset, AFN.set, AFN.control, AFN.forward]);

const NOTHING = new Uint8Array(0);

/** Each empty where the frame has none. */
export interface Aux {
  /** 16 bytes, of requests that change something or pass through. */
  readonly password: Uint8Array;
  /** Counters of important and of general events, of replies. */
  readonly events: Uint8Array;
  /** Number of the request; second, minute, hour and day it was sent, BCD; minutes after which it is stale. */
  readonly tag: Uint8Array;
}

export interface Frame {
  readonly control: number;
  /** Region code and terminal address: `02001234`. */
  readonly terminal: string;
  /** A3: bit 0 the address is that of a group, bits 7..1 master station. */
  readonly station: number;
  readonly afn: number;
  readonly seq: number;
  /** Measuring points of the first data unit: bit mask in the low byte, group in the high byte; 0 is the terminal. */
  readonly da: number;
  /** Functions F of the first data unit: bit mask in the low byte, group of eight in the high byte. */
  readonly dt: number;
  /** Everything behind DT and before AUX. */
  readonly data: Uint8Array;
  readonly aux: Aux;
}

/** `start` and `end` are the places of the first byte and of the byte after the last; `used` bytes begin no frame. */
export type Found =
  | { readonly kind: 'frame'; readonly frame: Frame; readonly start: number; readonly end: number }
  | { readonly kind: 'more'; readonly used: number };

/** DT of a single function: F1 is 0001h, F9 0101h. */
export function dtOf(fn: number): number {
  return (((fn - 1) >> 3) << 8) | (1 << ((fn - 1) & 7));
}

/** Sum modulo 256 of the bytes from `start` up to `end`. */
export function sum8(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum = (sum + (bytes[i] ?? 0)) & 0xff;
  return sum;
}

/**
 * The first sound frame in the bytes received so far. 68 and 16 may stand anywhere inside, so a frame is measured by
 * its length; after damage the search goes on at the next 68.
 */
export function findFrame(bytes: Uint8Array): Found {
  let covered = 0;
  for (let at = bytes.indexOf(START); at >= 0; at = bytes.indexOf(START, at + 1)) {
    const end = frameEnd(bytes, at);
    if (end === null) continue;
    // An unfinished frame that seems to begin inside a complete but damaged one is that one's data.
    if (end === 'more' || end > bytes.length) {
      if (at >= covered) return { kind: 'more', used: at };
      continue;
    }
    const frame = decode(bytes, at, end);
    if (frame) return { kind: 'frame', frame, start: at, end };
    if (bytes[end - 1] === END) covered = Math.max(covered, end);
  }
  return { kind: 'more', used: bytes.length };
}

/**
 * Where the frame that begins with the 68 at `start` ends, by its head; `more` when the head is not complete yet, null
 * when no frame begins there.
 */
export function frameEnd(bytes: Uint8Array, start: number): number | 'more' | null {
  const [low, high, lowAgain, highAgain, second] = bytes.subarray(start + 1, start + HEAD_BYTES);
  if (low === undefined) return 'more';
  if ((low & PROTOCOL_BITS) !== PROTOCOL) return null;
  if (lowAgain !== undefined && lowAgain !== low) return null;
  if (highAgain !== undefined && highAgain !== high) return null;
  if (second === undefined || high === undefined) return 'more';
  const length = (low | (high << 8)) >> 2;
  return second === START && length >= LEAST_BYTES ? start + FRAME_BYTES + length : null;
}

function decode(bytes: Uint8Array, start: number, end: number): Frame | null {
  const bodyAt = start + HEAD_BYTES;
  if (bytes[end - 1] !== END || sum8(bytes, bodyAt, end - 2) !== bytes[end - 2]) return null;
  const body = bytes.slice(bodyAt, end - 2);
  const [control = 0, , , , , station = 0, afn = 0, seq = 0, da1 = 0, da2 = 0, dt1 = 0, dt2 = 0] = body;
  const split = splitAux(control, afn, seq, body.subarray(LEAST_BYTES));
  if (split === null) return null;
  const terminal = terminalText(body.subarray(1, 1 + TERMINAL_BYTES));
  return { control, terminal, station, afn, seq, da: da1 | (da2 << 8), dt: dt1 | (dt2 << 8), ...split };
}

/** What stands behind DT, taken apart from its end; null when AUX does not fit in. */
export function splitAux(
  control: number,
  afn: number,
  seq: number,
  rest: Uint8Array,
): { readonly data: Uint8Array; readonly aux: Aux } | null {
  const isUp = (control & UP_BIT) !== 0;
  const passwordBytes = !isUp && WITH_PASSWORD.has(afn) ? PASSWORD_BYTES : 0;
  const eventsBytes = isUp && (control & EVENTS_BIT) !== 0 ? EVENTS_BYTES : 0;
  const tagBytes = (seq & TAG_BIT) === 0 ? 0 : TAG_BYTES;
  const length = rest.length - passwordBytes - eventsBytes - tagBytes;
  if (length < 0) return null;
  const tagAt = rest.length - tagBytes;
  return {
    data: rest.subarray(0, length),
    aux: {
      password: passwordBytes === 0 ? NOTHING : rest.subarray(length, tagAt),
      events: eventsBytes === 0 ? NOTHING : rest.subarray(length, tagAt),
      tag: rest.subarray(tagAt),
    },
  };
}
