import { QUANTITIES, type QuantityName } from '#contract/quantities.ts';
import type { Format, Notation } from '../data-format.ts';

/** A quantity that is read from a part, and how. */
interface PartQuantity {
  readonly quantity: QuantityName;
  readonly format: Format;
}

/** One value in a data field. */
export interface DataPart {
  readonly zh: string;
  readonly en: string;
  readonly format: Notation;
  readonly quantities: readonly PartQuantity[];
}

/** What stands in the data field behind one data identifier. */
export interface DataDescription {
  /** DI3 DI2 DI1 DI0. */
  readonly di: string;
  readonly zh: string;
  readonly en: string;
  /** In the order of the bytes. Empty where the standard leaves the content to the meter. */
  readonly parts: readonly DataPart[];
  /**
   * How much must be there: `whole` all parts, `entries` any number of whole groups of `group` parts from the front,
   * `open` at least the first `group` parts; what firmware adds or leaves out behind them is its own matter.
   */
  readonly extent: 'whole' | 'entries' | 'open';
  readonly group: number;
}

interface Named {
  readonly zh: string;
  readonly en: string;
}

/** A part; with `quantity` its value is that quantity of ours. */
export function part(name: Named, format: Notation): DataPart;
export function part(name: Named, format: Format, quantity: QuantityName | null): DataPart;
export function part({ zh, en }: Named, format: Notation | Format, quantity: QuantityName | null = null): DataPart {
  const read = quantity !== null && 'decode' in format ? [{ quantity, format }] : [];
  return { zh, en, format, quantities: read };
}

/** All parts must be there. */
export function whole(di: string, { zh, en }: Named, parts: readonly DataPart[]): DataDescription {
  return { di, zh, en, parts, extent: 'whole', group: parts.length };
}

/** One value behind its own identifier, named as it. */
export function single(di: string, name: Named, format: Notation): DataDescription {
  return whole(di, name, [part(name, format)]);
}

/** As many groups of `group` parts as the meter has. */
export function entries(di: string, { zh, en }: Named, parts: readonly DataPart[], group = 1): DataDescription {
  return { di, zh, en, parts, extent: 'entries', group };
}

/** The first `group` parts, and of the others what the meter sends. */
export function open(di: string, { zh, en }: Named, parts: readonly DataPart[], group: number): DataDescription {
  return { di, zh, en, parts, extent: 'open', group };
}

/** Our quantity whose present value stands behind the identifier; a moment only when `kind` is `time`. */
export function quantityOf(di: string, kind: 'value' | 'time' = 'value'): QuantityName | null {
  return BY_DI.get(`${di} ${kind}`) ?? null;
}

const BY_DI = new Map(
  QUANTITIES.flatMap(({ name, kind, di }) =>
    di === null ? [] : [[`${di} ${kind === 'time' ? 'time' : 'value'}`, name] as const],
  ),
);

/** The four bytes of an identifier, DI3 first. */
export type DiNumbers = readonly [di3: number, di2: number, di1: number, di0: number];

export const ALL = 0xff;

/** Two upper-case hexadecimal digits. */
export function hex2(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}

/** Numbers from `first` to `last`, both included. */
export function upTo(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}
