import type { Scan, Verdict } from '../../lines/exchange.ts';
import { crc16 } from './crc16.ts';
import type { RegisterRequest } from './register-request.ts';

/** Modbus messaging on TCP/IP V1.0b, 3.1.3: transaction id, protocol id, length, each two bytes; then unit and PDU. */
const HEADER_BYTES = 6;
/** Unit, function and exception code; and a unit with the longest PDU. */
const SHORTEST = 3;
const LONGEST = 254;
const MORE = { kind: 'more' } as const;

/** TCP frame of an RTU frame: its CRC goes, the header comes. */
export function wrapTcp(adu: Uint8Array, transaction: number): Uint8Array {
  const length = adu.length - 2;
  const wire = new Uint8Array(HEADER_BYTES + length);
  wire[0] = transaction >> 8;
  wire[1] = transaction & 0xff;
  wire[4] = length >> 8;
  wire[5] = length & 0xff;
  wire.set(adu.subarray(0, length), HEADER_BYTES);
  return wire;
}

/**
 * Finds the reply to a request in the bytes received so far. The value is the reply as an RTU frame, CRC included.
 * Replies of other transactions are strays. A header that cannot be right means that the stream has lost its place:
 * only a new connection helps.
 */
export function scanTcp(request: RegisterRequest, transaction: number): Scan<Uint8Array> {
  return (received) => {
    if (received.length < HEADER_BYTES) return MORE;
    const protocol = word(received, 2);
    const size = word(received, 4);
    if (protocol !== 0) return lost(`protocol id ${protocol} in the header`);
    if (size < SHORTEST || size > LONGEST) return lost(`length ${size} in the header`);
    const used = HEADER_BYTES + size;
    if (received.length < used) return MORE;
    if (word(received, 0) !== transaction) return { kind: 'stray', used, reason: 'malformed' };
    if (received[HEADER_BYTES] !== request.unit) return { kind: 'stray', used, reason: 'wrong_address' };
    const wrong = wrongBody(request, received, size);
    if (wrong !== null) return { kind: 'damaged', reason: 'malformed', detail: wrong, answered: true };
    return { kind: 'frame', value: toRtu(received, size), used };
  };
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}

function lost(detail: string): Verdict<never> {
  return { kind: 'damaged', reason: 'malformed', detail, next: 'reconnect' };
}

function wrongBody(request: RegisterRequest, received: Uint8Array, size: number): string | null {
  const functionCode = received[HEADER_BYTES + 1];
  if (functionCode === request.functionCode + 0x80) return size === SHORTEST ? null : `exception of ${size} bytes`;
  if (functionCode !== request.functionCode) return `function ${functionCode} instead of ${request.functionCode}`;
  const wanted = 2 * request.quantity;
  const claimed = received[HEADER_BYTES + 2];
  if (claimed !== wanted) return `byte count ${claimed} instead of ${wanted}`;
  return size === SHORTEST + wanted ? null : `length ${size} instead of ${SHORTEST + wanted}`;
}

function toRtu(received: Uint8Array, size: number): Uint8Array {
  const adu = new Uint8Array(size + 2);
  adu.set(received.subarray(HEADER_BYTES, HEADER_BYTES + size));
  const crc = crc16(adu, 0, size);
  adu[size] = crc & 0xff;
  adu[size + 1] = crc >>> 8;
  return adu;
}
