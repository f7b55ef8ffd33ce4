/** x^16 + x^12 + x^5 + 1, bits reflected. */
const POLYNOMIAL = 0x8408;

/**
 * CRC-16/X.25 of the bytes from `start` up to `end`, as HCS and FCS carry it low byte first (DL/T 698.45 annex D, the
 * FCS of ISO/IEC 13239).
 */
export function crc16X25(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0xffff;
  for (let i = start; i < end; i++) {
    crc ^= bytes[i] ?? 0;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
  }
  return crc ^ 0xffff;
}
