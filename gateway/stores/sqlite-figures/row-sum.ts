import { crc32 } from 'node:zlib';

/**
 * CRC-32 of what a row says: SQLite sees a page that cannot be, but not a byte in the middle of a value that a disk has
 * changed, and a wrong figure is worse than none.
 */
export function rowSum(texts: readonly (string | number)[], bytes: Uint8Array = new Uint8Array()): number {
  return crc32(bytes, crc32(texts.join(' ')));
}
