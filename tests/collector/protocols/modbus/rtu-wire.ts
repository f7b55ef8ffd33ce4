import { readFileSync } from 'node:fs';

/** CRC of Modbus RTU bit by bit, as the standard describes it: not the code under test. */
function crc(bytes: readonly number[]): number {
  let value = 0xffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >> 1) ^ 0xa001 : value >> 1;
  }
  return value;
}

/** RTU frame of unit, function and the bytes after it. */
export function rtu(...body: number[]): Uint8Array {
  const value = crc(body);
  return Uint8Array.of(...body, value & 0xff, value >> 8);
}

/** Reply to a read: so many registers with these words. */
export function rtuReply(unit: number, functionCode: number, words: readonly number[]): Uint8Array {
  return rtu(unit, functionCode, 2 * words.length, ...words.flatMap((word) => [word >> 8, word & 0xff]));
}

export interface Vector {
  readonly name: string;
  readonly request: Uint8Array;
  readonly response: Uint8Array;
  readonly decoded: { readonly value?: number; readonly raw?: number; readonly exception?: number };
}

interface VectorRecord {
  readonly name: string;
  readonly request_hex: string;
  readonly response_hex: string;
  readonly decoded: Vector['decoded'];
}

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

export const VECTORS: readonly Vector[] = (
  JSON.parse(readFileSync(new URL('./vectors/modbus-rtu.json', import.meta.url), 'utf8')) as VectorRecord[]
).map(({ name, request_hex, response_hex, decoded }) => ({
  name,
  request: bytes(request_hex),
  response: bytes(response_hex),
  decoded,
}));

export function vector(beginning: string): Vector {
  const found = VECTORS.find(({ name }) => name.startsWith(beginning));
  if (!found) throw new Error(`no vector begins with ${beginning}`);
  return found;
}
