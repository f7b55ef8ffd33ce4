import type { Scan, Verdict } from '../../lines/exchange.ts';
import { hasCrc } from './crc16.ts';
import type { RegisterRequest } from './register-request.ts';

/** Modbus over serial line V1.02, 2.2: individual addresses; 0 is broadcast and never answers. */
const LAST_UNIT = 247;
/** Unit, function, CRC; and with them one byte of byte count or exception code. */
const FRAME_BYTES = 5;
const ECHO_BYTES = 8;
const MORE = { kind: 'more' } as const;

/**
 * Finds the reply to a request in the bytes received so far. The value is the whole RTU frame.
 * RTU frames have no start mark: bytes that cannot begin a frame are skipped, and after a CRC error the search goes on
 * one byte later. Complete frames that answer something else are strays: a late reply, another unit, the echo of our
 * own request on a two-wire bus.
 */
export function scanRtu(request: RegisterRequest): Scan<Uint8Array> {
  const { unit, functionCode, quantity } = request;
  const dataBytes = 2 * quantity;
  const expected = FRAME_BYTES + dataBytes;
  return (received) => {
    const { length } = received;
    if (received[0] === unit && received[1] === functionCode && received[2] === dataBytes) {
      if (length < expected) return MORE;
      if (hasCrc(received, 0, expected)) return frame(received, 0, expected);
    }
    return search(request, received, expected);
  };
}

function search(request: RegisterRequest, received: Uint8Array, expected: number): Verdict<Uint8Array> {
  if (isEcho(request, received)) return { kind: 'stray', used: ECHO_BYTES, reason: 'malformed' };
  const used = noise(received);
  let waiting = received.length - used < expected;
  let begun = false;
  for (let at = used; at < received.length; at++) {
    const end = at + sizeAt(received, at);
    if (end === at) continue;
    const isMine = mayBeMine(request, received, at);
    if (end <= received.length) {
      if (hasCrc(received, at, end)) return complete(request, received, at, end);
      begun ||= isMine;
    } else if (isMine) {
      return { kind: 'more', used };
    } else {
      waiting ||= at === used;
    }
  }
  return waiting ? { kind: 'more', used, begun } : damaged(request, received, expected);
}

/** How many bytes stand before the first that can begin a frame. */
function noise(received: Uint8Array): number {
  let at = 0;
  while (at < received.length && sizeAt(received, at) === 0) at++;
  return at;
}

function complete(request: RegisterRequest, received: Uint8Array, from: number, to: number): Verdict<Uint8Array> {
  if (mayBeMine(request, received, from)) return frame(received, from, to);
  return { kind: 'stray', used: to, reason: received[from] === request.unit ? 'malformed' : 'wrong_address' };
}

function damaged(request: RegisterRequest, received: Uint8Array, expected: number): Verdict<Uint8Array> {
  if (received[0] === request.unit && received[1] === request.functionCode && hasCrc(received, 0, expected)) {
    const detail = `byte count ${received[2]} instead of ${2 * request.quantity}`;
    return { kind: 'damaged', reason: 'malformed', detail, answered: true };
  }
  return { kind: 'damaged', reason: 'crc_error', detail: `no valid frame in ${received.length} bytes` };
}

function frame(received: Uint8Array, from: number, to: number): Verdict<Uint8Array> {
  return { kind: 'frame', value: received.subarray(from, to), used: to };
}

/** Size of the frame that begins at `at`: 0 when none can begin there, infinite while too few bytes are there to tell. */
function sizeAt(received: Uint8Array, at: number): number {
  const unit = received[at] ?? 0;
  const functionCode = received[at + 1];
  const third = received[at + 2];
  if (unit < 1 || unit > LAST_UNIT) return 0;
  if (functionCode === undefined) return Number.POSITIVE_INFINITY;
  if (functionCode > 0x80) return functionCode <= 0x80 + 43 ? FRAME_BYTES : 0;
  if (functionCode === 5 || functionCode === 6 || functionCode === 15 || functionCode === 16) return 8;
  if (functionCode < 1 || functionCode > 4) return 0;
  if (third === undefined) return Number.POSITIVE_INFINITY;
  const odd = functionCode > 2 && third % 2 === 1;
  return third < 1 || third > 250 || odd ? 0 : FRAME_BYTES + third;
}

/** True when the bytes from `at` on are the beginning of the reply or of an exception to the request. */
function mayBeMine({ unit, functionCode, quantity }: RegisterRequest, received: Uint8Array, at: number): boolean {
  if (received[at] !== unit) return false;
  const second = received[at + 1];
  if (second === undefined || second === functionCode + 0x80) return true;
  const third = received[at + 2];
  return second === functionCode && (third === undefined || third === 2 * quantity);
}

function isEcho(request: RegisterRequest, received: Uint8Array): boolean {
  return (
    received.length >= ECHO_BYTES &&
    received[0] === request.unit &&
    received[1] === request.functionCode &&
    received[2] === request.address >> 8 &&
    received[3] === (request.address & 0xff) &&
    received[4] === request.quantity >> 8 &&
    received[5] === (request.quantity & 0xff) &&
    hasCrc(received, 0, ECHO_BYTES)
  );
}
