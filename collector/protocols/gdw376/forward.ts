import type { Forward } from '#contract/plan.ts';

/**
 * The data of AFN 10 F1, transparent forward. Request: port, communication control, time to wait for the meter, time
 * to wait inside its reply, length (2, low byte first), frame. Reply: port, length, frame.
 */
export interface ForwardRequest {
  readonly port: number;
  readonly comm: number;
  readonly wait: number;
  /** In steps of 10 ms. */
  readonly byteTimeout: number;
  readonly inner: Uint8Array;
}

interface ForwardReply {
  readonly port: number;
  readonly inner: Uint8Array;
}

export const REQUEST_HEAD_BYTES = 6;
export const REPLY_HEAD_BYTES = 3;

/** Bits 7..5 of the communication control byte. */
export const BAUD_RATES = [300, 600, 1200, 2400, 4800, 7200, 9600, 19_200] as const;
/** Bit 3: with parity; bit 2: odd; bits 1..0: eight data bits. Bit 4, two stop bits, is never set here. */
const PARITIES = { none: 0b0000, even: 0b1000, odd: 0b1100 } as const;
const EIGHT_DATA_BITS = 0b11;

/** Communication control byte of a port: 6B is 2400 baud, 8 data bits, even parity, 1 stop bit. */
export function commByte({ baudRate, parity }: Pick<Forward, 'baudRate' | 'parity'>): number {
  return (BAUD_RATES.indexOf(baudRate) << 5) | PARITIES[parity] | EIGHT_DATA_BITS;
}

/** Bit 7 of the waiting time: the other bits count seconds and not steps of 10 ms. */
const SECONDS_BIT = 0x80;
const COUNT_BITS = 0x7f;

/** Byte for the time to wait, rounded down, at least 10 ms and at most 127 s: 64 is 1 s, BC is 60 s. */
export function waitByte(ms: number): number {
  if (ms < 10 * (COUNT_BITS + 1)) return Math.max(1, Math.floor(ms / 10));
  return SECONDS_BIT | Math.min(COUNT_BITS, Math.floor(ms / 1000));
}

/** Milliseconds that the byte stands for. */
export function waitMs(byte: number): number {
  return (byte & COUNT_BITS) * ((byte & SECONDS_BIT) === 0 ? 10 : 1000);
}

/** Byte for the time to wait inside a reply, in steps of 10 ms, rounded up. */
export function gapByte(ms: number): number {
  return Math.min(0xff, Math.max(1, Math.ceil(ms / 10)));
}

export function encodeForwardRequest({ port, comm, wait, byteTimeout, inner }: ForwardRequest): Uint8Array {
  return Uint8Array.of(port, comm, wait, byteTimeout, inner.length & 0xff, inner.length >> 8, ...inner);
}

/** Null when the data do not have the length that they name. */
export function decodeForwardRequest(data: Uint8Array): ForwardRequest | null {
  const [port = 0, comm = 0, wait = 0, byteTimeout = 0, low = 0, high = 0] = data;
  const inner = data.subarray(REQUEST_HEAD_BYTES);
  if (data.length < REQUEST_HEAD_BYTES || inner.length !== (low | (high << 8))) return null;
  return { port, comm, wait, byteTimeout, inner };
}

/** Null when the data do not have the length that they name. */
export function decodeForwardReply(data: Uint8Array): ForwardReply | null {
  const [port = 0, low = 0, high = 0] = data;
  const inner = data.subarray(REPLY_HEAD_BYTES);
  if (data.length < REPLY_HEAD_BYTES || inner.length !== (low | (high << 8))) return null;
  return { port, inner };
}
