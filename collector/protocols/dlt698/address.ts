import { MeterwayError } from '#platform/errors.ts';

/** Who is meant: one server, any that fits (AA), a group, all. Bits 7..6 of the flag byte of SA. */
export const ADDRESS_KINDS = ['single', 'wildcard', 'group', 'broadcast'] as const;

/** Server address SA of DL/T 698.45. */
export interface ServerAddress {
  readonly kind: (typeof ADDRESS_KINDS)[number];
  /** Bits 5..4 of the flag byte: 0 the device itself, others parts of it. */
  readonly logical: number;
  /** Two characters a byte, most significant first. Digits; `F` fills an odd number, `A` stands for any digit. */
  readonly text: string;
}

/** Meters are numbered with 12 digits. */
const METER_BYTES = 6;

const SHAPE = /^(?:[0-9A-F]{2}){1,16}$/;

/** The address of a meter with up to 12 digits, filled with zeros on the high side. Throws MeterwayError `bad_address`. */
export function meterAddress(digits: string): ServerAddress {
  if (!/^[0-9]{1,12}$/.test(digits)) {
    throw new MeterwayError(`cannot use meter address "${digits}": up to 12 digits are wanted`, {
      code: 'bad_address',
    });
  }
  return { kind: 'single', logical: 0, text: digits.padStart(METER_BYTES * 2, '0') };
}

/**
 * The address of every meter that has these 12 digits where it does not say `A`. Throws MeterwayError `bad_address`.
 */
export function openAddress(digits: string): ServerAddress {
  if (!/^[0-9A]{12}$/.test(digits)) {
    throw new MeterwayError(`cannot use open address "${digits}": 12 digits, or A for any, are wanted`, {
      code: 'bad_address',
    });
  }
  return { kind: 'wildcard', logical: 0, text: digits };
}

/** Flag byte and address, low byte first. Throws MeterwayError `bad_address`. */
export function addressBytes({ kind, logical, text }: ServerAddress): Uint8Array {
  if (!SHAPE.test(text) || !(logical >= 0 && logical <= 3)) {
    throw new MeterwayError(
      `cannot use server address "${text}", logical address ${logical}: 1 to 16 bytes of hexadecimal digits and 0 to 3 are wanted`,
      { code: 'bad_address' },
    );
  }
  const flag = (ADDRESS_KINDS.indexOf(kind) << 6) | (logical << 4) | (text.length / 2 - 1);
  return Uint8Array.of(flag, ...Buffer.from(text, 'hex').reverse());
}

/** Bytes of the address that follow this flag byte. */
export function addressLength(flag: number): number {
  return (flag & 0x0f) + 1;
}

/** The address in flag byte and `addressLength` bytes. */
export function readAddress(flag: number, wire: Uint8Array): ServerAddress {
  return {
    kind: ADDRESS_KINDS[flag >> 6] ?? 'single',
    logical: (flag >> 4) & 0x03,
    text: Buffer.from(wire.toReversed()).toString('hex').toUpperCase(),
  };
}

/** True when both name the same single server: leading zeros do not count. */
export function isSameServer(one: ServerAddress, other: ServerAddress): boolean {
  const short = (text: string): string => text.replace(/^0+/, '');
  return one.kind === other.kind && one.logical === other.logical && short(one.text) === short(other.text);
}
