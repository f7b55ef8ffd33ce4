import { malformedContent } from '../../lines/read-error.ts';
import { stampInstant } from './meter-time.ts';

/** How the bytes of one value become a number in our unit. Null = the meter has the item but no value. */
export interface Format {
  readonly bytes: number;
  /** `bytes` are exactly `this.bytes`, low byte first. Rejects what is not BCD with ReadError `malformed`. */
  decode(bytes: Uint8Array, zone: string): number | null;
}

/** True when every byte is FF: the meter has no value here. */
export function isAbsent(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0xff);
}

/** Decimal digits of BCD bytes that come low byte first, most significant first. Throws ReadError `malformed`. */
export function bcdText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.toReversed()).toString('hex');
  if (/[a-f]/.test(text)) throw malformedContent(`not BCD: ${text.toUpperCase()}`);
  return text;
}

/**
 * Integer in BCD bytes, low byte first, at most 7 bytes. With `signed` the top bit of the most significant byte is the
 * sign and the other bits are the magnitude. All FF = null. Throws ReadError `malformed` for a nibble above 9.
 */
export function bcdInteger(bytes: Uint8Array, signed = false): number | null {
  if (isAbsent(bytes)) return null;
  const top = bytes.at(-1) ?? 0;
  const negative = signed && (top & 0x80) !== 0;
  const magnitude = negative ? bytes.with(-1, top & 0x7f) : bytes;
  const value = Number(bcdText(magnitude));
  return negative && value !== 0 ? -value : value;
}

/** BCD of `bytes` bytes whose integer, times `times`, divided by `per`, is the value in our unit. */
function bcd(bytes: number, scale: { times?: number; per?: number; signed?: boolean } = {}): Format {
  const { times = 1, per = 1, signed = false } = scale;
  return {
    bytes,
    decode(wire) {
      const integer = bcdInteger(wire, signed);
      return integer === null ? null : (integer * times) / per;
    },
  };
}

/** XXXXXX.XX kWh or kvarh to Wh or varh: an exact integer. */
export const ENERGY = bcd(4, { times: 10 });
/** The same with a sign: combined active and reactive energy. */
export const ENERGY_SIGNED = bcd(4, { times: 10, signed: true });
/** XXX.X V. */
export const VOLTAGE = bcd(2, { per: 10 });
/** XXX.XXX A. */
export const CURRENT = bcd(3, { per: 1000, signed: true });
/** XX.XXXX kW, kvar or kVA to W, var or VA. */
export const POWER = bcd(3, { per: 10, signed: true });
/** X.XXX. */
export const FACTOR = bcd(2, { per: 1000, signed: true });
/** XX.XX Hz. */
export const FREQUENCY = bcd(2, { per: 100 });
/** XXXXXX.XX yuan. */
export const MONEY = bcd(4, { per: 100 });
/** YYMMDDhhmm to UTC ms. */
export const STAMP: Format = { bytes: 5, decode: stampInstant };

/** Bits `from` and up, as many as `mask` has, of a 2-byte word: 1 when they equal `value`, else 0. */
export function wordBits(from: number, mask: number, value: number): Format {
  return {
    bytes: 2,
    decode(bytes) {
      if (isAbsent(bytes)) return null;
      const word = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
      return ((word >> from) & mask) === value ? 1 : 0;
    },
  };
}
