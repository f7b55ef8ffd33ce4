import { MeterwayError } from '#platform/errors.ts';

export const DI_BYTES = 4;

const DI = /^[0-9A-F]{8}$/;

/** Wire bytes of a data identifier written DI3 DI2 DI1 DI0, low byte first. Throws MeterwayError `bad_identifier`. */
export function diBytes(di: string): Uint8Array {
  if (!DI.test(di)) {
    throw new MeterwayError(`cannot use data identifier "${di}": 8 upper-case hexadecimal digits are wanted`, {
      code: 'bad_identifier',
    });
  }
  return Uint8Array.from(Buffer.from(di, 'hex')).reverse();
}

/** The identifier in the first four bytes of a data field, written DI3 DI2 DI1 DI0; null when there are fewer. */
export function diText(data: Uint8Array): string | null {
  if (data.length < DI_BYTES) return null;
  return Buffer.from(data.subarray(0, DI_BYTES).toReversed()).toString('hex').toUpperCase();
}

/** Identifier of the n-th last record of a series named by DI3 DI2 DI1; DI0 counts in binary (62 = 3E). */
export function nthLast(series: string, n: number): string {
  return series + n.toString(16).toUpperCase().padStart(2, '0');
}
