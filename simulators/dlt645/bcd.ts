import { localParts, secondOf } from '../clock/local-time.ts';

/** Digits of a whole number, two a byte, low byte first. */
export function bcd(value: number, bytes: number): number[] {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 100 ** bytes) {
    throw new Error(`BUG: ${value} does not fit ${bytes} bytes of BCD`);
  }
  const result: number[] = [];
  for (let i = 0, rest = value; i < bytes; i++, rest = Math.floor(rest / 100)) {
    result.push((Math.floor((rest % 100) / 10) << 4) | (rest % 10));
  }
  return result;
}

/** The same with the sign in the top bit of the last byte, which costs the first digit its upper half. */
export function signedBcd(value: number, bytes: number): number[] {
  const digits = bcd(Math.min(Math.abs(value), 8 * 10 ** (2 * bytes - 1) - 1), bytes);
  if (value < 0) digits[bytes - 1] = (digits[bytes - 1] ?? 0) | 0x80;
  return digits;
}

/** What stands where a meter has no value. */
export function absent(bytes: number): number[] {
  return new Array<number>(bytes).fill(0xff);
}

const TIME_FIELDS = {
  s: ({ second }: Parts): number => second,
  m: ({ minute }: Parts): number => minute,
  h: ({ hour }: Parts): number => hour,
  W: ({ weekday }: Parts): number => weekday,
  D: ({ day }: Parts): number => day,
  M: ({ month }: Parts): number => month,
  Y: ({ year }: Parts): number => year % 100,
} as const;
type Parts = ReturnType<typeof localParts>;
type Field = keyof typeof TIME_FIELDS;

/** Local time of an instant (UTC ms), one byte a field in the order they are sent: `mhDMY`, `smhDMY`, `WDMY`. */
export function timeBytes(ms: number, fields: string): number[] {
  const parts = localParts(Math.floor(ms / 1000));
  return [...fields].flatMap((field) => bcd(TIME_FIELDS[field as Field](parts), 1));
}

/** `mm hh DD MM YY` to UTC ms, or undefined if it is no time. */
export function minuteOf(bytes: Uint8Array): number | undefined {
  const [minute, hour, day, month, year] = Array.from(bytes, (byte) =>
    byte >> 4 > 9 || (byte & 15) > 9 ? Number.NaN : (byte >> 4) * 10 + (byte & 15),
  );
  if (minute === undefined || hour === undefined || day === undefined || month === undefined || year === undefined) {
    return undefined;
  }
  const second = secondOf(2000 + year, month, day, hour, minute);
  return second === undefined || Number.isNaN(second) ? undefined : second * 1000;
}

/** Digits of a text such as a meter number, low byte first. */
export function digits(text: string): number[] {
  const padded = text.padStart(12, '0');
  return Array.from({ length: 6 }, (_, i) => Number.parseInt(padded.slice(10 - 2 * i, 12 - 2 * i), 16));
}
