import { MeterwayError } from '#platform/errors.ts';

/** Bytes of an identifier in DL/T 645-2007; the edition of 1997 has two. */
const DI_BYTES = 4;

const HEX = /^[0-9A-F]+$/;

/**
 * Wire bytes of a data identifier written DI3 DI2 DI1 DI0 (or DI1 DI0 with `length` 2), low byte first. Throws
 * MeterwayError `bad_identifier`.
 */
export function diBytes(di: string, length = DI_BYTES): Uint8Array {
  if (di.length !== length * 2 || !HEX.test(di)) {
    throw new MeterwayError(
      `cannot use data identifier "${di}": ${length * 2} upper-case hexadecimal digits are wanted`,
      { code: 'bad_identifier' },
    );
  }
  return Uint8Array.from(Buffer.from(di, 'hex')).reverse();
}

/** The identifier in the first bytes of a data field, most significant first; null when there are fewer. */
export function diText(data: Uint8Array, length = DI_BYTES): string | null {
  if (data.length < length) return null;
  return Buffer.from(data.subarray(0, length).toReversed()).toString('hex').toUpperCase();
}

/** Identifier of the n-th last record of a series named by DI3 DI2 DI1; DI0 counts in binary (62 = 3E). */
export function nthLast(series: string, n: number): string {
  return series + n.toString(16).toUpperCase().padStart(2, '0');
}
