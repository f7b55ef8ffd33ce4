import { malformedContent } from '../../lines/read-error.ts';
import { stampInstant } from './meter-time.ts';

/** How a value is written in the bytes of a data field, and what it says in the standard's own words. */
export interface Notation {
  readonly bytes: number;
  /** As the standard writes it: `XXXXXX.XX`, `YYMMDDhhmm`. */
  readonly pattern: string;
  /** Unit of the text; empty where there is none. */
  readonly unit: string;
  /**
   * The value as text without its unit, in the standard's unit: `1234.56`, `2026-11-20 00:00`; null when all bytes are
   * FF. `bytes` are exactly `this.bytes`, low byte first. Rejects what cannot be with ReadError `malformed`.
   */
  text(bytes: Uint8Array): string | null;
}

/** A notation whose value is a number for us. */
export interface Format extends Notation {
  /** In our unit; null = the meter has the item but no value. Rejects as `text` does. */
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

interface Scale {
  readonly times?: number;
  readonly per?: number;
  readonly signed?: boolean;
}

/**
 * BCD as `pattern` writes it, one X for each digit, in `unit`. The integer without the point, times `times`, divided by
 * `per`, is the value in our unit.
 */
export function bcd(pattern: string, unit: string, { times = 1, per = 1, signed = false }: Scale = {}): Format {
  const [whole = '', fraction = ''] = pattern.split('.');
  return {
    bytes: (whole.length + fraction.length) / 2,
    pattern,
    unit,
    text(wire) {
      const integer = bcdInteger(wire, signed);
      return integer === null ? null : (integer / 10 ** fraction.length).toFixed(fraction.length);
    },
    decode(wire) {
      const integer = bcdInteger(wire, signed);
      return integer === null ? null : (integer * times) / per;
    },
  };
}

/** XXXXXX.XX kWh to Wh: an exact integer. */
export const ENERGY = bcd('XXXXXX.XX', 'kWh', { times: 10 });
/** The same with a sign: combined active energy. */
export const ENERGY_SIGNED = bcd('XXXXXX.XX', 'kWh', { times: 10, signed: true });
export const REACTIVE = bcd('XXXXXX.XX', 'kvarh', { times: 10 });
export const REACTIVE_SIGNED = bcd('XXXXXX.XX', 'kvarh', { times: 10, signed: true });
export const APPARENT = bcd('XXXXXX.XX', 'kVAh', { times: 10 });
export const VOLTAGE = bcd('XXX.X', 'V', { per: 10 });
export const CURRENT = bcd('XXX.XXX', 'A', { per: 1000, signed: true });
/** XX.XXXX kW, kvar or kVA to W, var or VA. */
export const POWER = bcd('XX.XXXX', 'kW', { per: 10, signed: true });
export const REACTIVE_POWER = bcd('XX.XXXX', 'kvar', { per: 10, signed: true });
export const APPARENT_POWER = bcd('XX.XXXX', 'kVA', { per: 10, signed: true });
export const FACTOR = bcd('X.XXX', '', { per: 1000, signed: true });
export const ANGLE = bcd('XXX.X', '°', { per: 10 });
export const PERCENT = bcd('XX.XX', '%', { per: 100 });
export const FREQUENCY = bcd('XX.XX', 'Hz', { per: 100 });
export const TEMPERATURE = bcd('XXX.X', '°C', { per: 10, signed: true });
export const BATTERY = bcd('XX.XX', 'V', { per: 100 });
export const MONEY = bcd('XXXXXX.XX', 'yuan', { per: 100 });
export const PRICE = bcd('XXXX.XXXX', 'yuan/kWh', { per: 10_000 });
/** YYMMDDhhmm to UTC ms. */
export const STAMP: Format = { ...timeText('YYMMDDhhmm'), decode: stampInstant };

/** A whole number of `digits` digits. */
export function count(digits: number, unit = ''): Format {
  return bcd('N'.repeat(digits), unit);
}

/** Two digits per letter pair of the pattern (`YYMMDDhhmm`, `MMDDhhmm`, `hhmmss`), as a date and a time are written. */
export function timeText(pattern: string): Notation {
  const parts: readonly string[] = pattern.match(/../g) ?? [];
  const at = (name: string): number => parts.length - 1 - parts.indexOf(name);
  const joined = (names: readonly string[], digits: readonly string[], mark: string): string =>
    names
      .filter((name) => parts.includes(name))
      .map((name) => (name === 'YY' ? '20' : '') + (digits[at(name)] ?? ''))
      .join(mark);
  return {
    bytes: parts.length,
    pattern,
    unit: '',
    text(wire) {
      if (isAbsent(wire)) return null;
      // No date has a day or month 0: so meters write a time that they did not record.
      if (parts.includes('DD') && wire.every((byte) => byte === 0)) return 'not recorded';
      const digits = Array.from(wire, (byte) => bcdText(Uint8Array.of(byte)));
      const written = [joined(['YY', 'MM', 'DD'], digits, '-'), joined(['hh', 'mm', 'ss'], digits, ':')];
      const weekday = parts.includes('WW') ? `weekday ${Number(digits[at('WW')])}` : '';
      return [...written, weekday].filter((text) => text !== '').join(' ');
    },
  };
}

/** Digits of a number that is no quantity: an address, a meter number, an operator's code. */
export function digitsText(bytes: number): Notation {
  return { bytes, pattern: 'NN'.repeat(bytes), unit: '', text: (wire) => (isAbsent(wire) ? null : bcdText(wire)) };
}

/** Hexadecimal digits, most significant first: bit fields and identifiers. */
export function hexText(bytes: number): Notation {
  return { bytes, pattern: `${bytes} bytes`, unit: '', text: hexDigits };
}

/** Characters, the last one first on the wire; unused places are 0, FF or blanks. */
export function asciiText(bytes: number): Notation {
  return {
    bytes,
    pattern: `${bytes} characters`,
    unit: '',
    text(wire) {
      if (isAbsent(wire)) return null;
      const text = Buffer.from(wire.toReversed().filter((byte) => byte !== 0 && byte !== 0xff)).toString('latin1');
      if (!/^[\x20-\x7e]*$/.test(text)) throw malformedContent(`no text: ${hexDigits(wire)}`);
      return text.trim();
    },
  };
}

/** A password: it may stand in a frame that is explained, and is not repeated. */
export function secretText(bytes: number): Notation {
  return { bytes, pattern: `${bytes} bytes`, unit: '', text: () => '(not shown)' };
}

function hexDigits(wire: Uint8Array): string {
  return Buffer.from(wire.toReversed()).toString('hex').toUpperCase();
}

/** The 16 bits of a status word as a number; its text is the hexadecimal digits. */
export const WORD: Format = {
  ...hexText(2),
  decode: (bytes) => (isAbsent(bytes) ? null : wordOf(bytes)),
};

/** A word of 2 bytes, low byte first. */
export function wordOf(bytes: Uint8Array): number {
  return (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
}

/** Bits `from` and up, as many as `mask` has, of a 2-byte word: 1 when they equal `value`, else 0. */
export function wordBits(from: number, mask: number, value: number): Format {
  return {
    ...hexText(2),
    decode: (bytes) => (isAbsent(bytes) ? null : Number(((wordOf(bytes) >> from) & mask) === value)),
  };
}
