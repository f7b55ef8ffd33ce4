import { localParts, secondOf } from '../clock/local-time.ts';

/** Data of DL/T 698.45 (table of types, 7.3.1): a type byte and the value, high byte first. */
type Data = readonly number[];

const bytesOf = (value: number, width: number): number[] =>
  Array.from({ length: width }, (_, i) =>
    Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * (width - 1 - i))) & 0xffn),
  );

function whole(tag: number, width: number, signed: boolean): (value: number) => Data {
  const end = 2 ** (8 * width - (signed ? 1 : 0));
  return (value) => {
    const rounded = Math.round(value);
    if (rounded >= end || rounded < (signed ? -end : 0)) throw new Error(`BUG: ${value} does not fit type ${tag}`);
    return [tag, ...bytesOf(rounded, width)];
  };
}

export const NOTHING: Data = [0x00];
export const int32 = whole(0x05, 4, true);
export const uint32 = whole(0x06, 4, false);
export const int16 = whole(0x10, 2, true);
export const uint16 = whole(0x12, 2, false);
export const int64 = whole(0x14, 8, true);
export const uint64 = whole(0x15, 8, false);

export const array = (items: readonly Data[]): Data => [0x01, items.length, ...items.flat()];
export const octets = (bytes: readonly number[]): Data => [0x09, bytes.length, ...bytes];
export const visible = (text: string): Data => [0x0a, text.length, ...Buffer.from(text, 'latin1')];
/** A bit string of 16 bits from a number whose lowest bit is bit 0, which is sent first. */
export const bits16 = (word: number): Data => [0x04, 16, reversed(word & 0xff), reversed(word >> 8)];

function reversed(byte: number): number {
  let result = 0;
  for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) result |= 0x80 >> bit;
  return result;
}

/** date_time_s: year (2), month, day, hour, minute, second, in binary. */
export function dateTimeS(ms: number): Data {
  return [0x1c, ...timeFields(ms)];
}

function timeFields(ms: number): number[] {
  const { year, month, day, hour, minute, second } = localParts(Math.floor(ms / 1000));
  return [year >> 8, year & 0xff, month, day, hour, minute, second];
}

/** date_time without its type: year (2), month, day, weekday, hour, minute, second, millisecond (2). */
export function dateTime(ms: number): number[] {
  const [high = 0, low = 0, month = 0, day = 0, ...time] = timeFields(ms);
  const millisecond = ms % 1000;
  return [
    high,
    low,
    month,
    day,
    localParts(Math.floor(ms / 1000)).weekday,
    ...time,
    millisecond >> 8,
    millisecond & 0xff,
  ];
}

/** Reads what a request holds, from front to back; every method throws when there is not enough. */
export class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(count: number): Uint8Array {
    if (this.#at + count > this.#bytes.length) throw new RequestError('the request ends too early');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  /** Four bytes as hexadecimal text: object, attribute, index. */
  oad(): string {
    return Buffer.from(this.take(4)).toString('hex').toUpperCase();
  }

  /** date_time_s with its type as UTC ms. */
  time(): number {
    if (this.byte() !== 0x1c) throw new RequestError('not a date_time_s');
    const [high = 0, low = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = this.take(7);
    const found = secondOf((high << 8) | low, month, day, hour, minute, second);
    if (found === undefined) throw new RequestError('not a time');
    return found * 1000;
  }

  /** TI with its type, or null for none: unit 0 s, 1 min, 2 h, 3 day, 4 month, 5 year, and how many of them. */
  interval(): { readonly unit: number; readonly count: number } | null {
    const tag = this.byte();
    if (tag === 0x00) return null;
    if (tag !== 0x54) throw new RequestError('not an interval');
    const [unit = 0, high = 0, low = 0] = this.take(3);
    return { unit, count: (high << 8) | low };
  }
}

/** A request that cannot be understood. */
export class RequestError extends Error {}
