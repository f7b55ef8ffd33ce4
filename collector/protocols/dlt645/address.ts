import { MeterwayError } from '#platform/errors.ts';

/** Meters obey but never answer this address (DL/T 645-2007, broadcast). */
export const BROADCAST_ADDRESS = '999999999999';

export const ADDRESS_BYTES = 6;

const WILD_BYTE = 0xaa;
const FULL = /^(?:[0-9]{2}|AA){6}$/;

/**
 * The 12 characters of an address, most significant first: a shorter number is filled with zeros on the high side, as
 * meters do. `AA` stands for any two digits. Throws MeterwayError `bad_address`.
 */
export function fullAddress(text: string): string {
  const full = text.toUpperCase().padStart(ADDRESS_BYTES * 2, '0');
  if (!FULL.test(full)) {
    throw new MeterwayError(`cannot use meter address "${text}": up to 12 digits are wanted, AA for any two of them`, {
      code: 'bad_address',
    });
  }
  return full;
}

/** The six bytes on the wire, low byte first. */
export function addressBytes(address: string): Uint8Array {
  return Uint8Array.from(Buffer.from(fullAddress(address), 'hex')).reverse();
}

/** The address in six wire bytes, or null when a byte is neither two decimal digits nor AA. */
export function addressText(wire: Uint8Array): string | null {
  const text = Buffer.from(wire.toReversed()).toString('hex').toUpperCase();
  return FULL.test(text) ? text : null;
}

/** True when a reply from `answered` may answer a request to `asked`; AA in the request stands for any two digits. */
export function matchesAddress(asked: string, answered: string): boolean {
  const want = addressBytes(asked);
  const have = addressBytes(answered);
  return want.every((byte, i) => byte === WILD_BYTE || byte === have[i]);
}
