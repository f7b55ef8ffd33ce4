import { hex, toHex } from './vectors.ts';

/** CRC-16/X.25 the other way round: bits unreflected, polynomial 1021, mirrored at the end. */
function sumOf(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const top = (crc >> 15) ^ ((byte >> bit) & 1);
      crc = ((crc << 1) & 0xffff) ^ (top === 1 ? 0x1021 : 0);
    }
  }
  let mirrored = 0;
  for (let bit = 0; bit < 16; bit++) if ((crc >> bit) & 1) mirrored |= 0x8000 >> bit;
  return mirrored ^ 0xffff;
}

function low(word: number): number[] {
  return [word & 0xff, word >> 8];
}

export interface Told {
  readonly apdu: Uint8Array;
  readonly control?: number;
  /** Flag byte and address as they stand on the wire. */
  readonly address?: string;
  readonly client?: number;
  /** Block field and piece instead of an APDU; sets the split bit. */
  readonly block?: number;
}

/** Address 000012345678 on the wire. */
export const ON_WIRE = '05785634120000';

/** A frame from scratch, in the direction of a meter unless told otherwise. */
export function frameOf({ apdu, control = 0xc3, address = ON_WIRE, client = 0, block }: Told): Uint8Array {
  const all = block === undefined ? [...apdu] : [...low(block), ...apdu];
  const control2 = block === undefined ? control : control | 0x20;
  const data = (control & 0x08) === 0 ? all : all.map((byte) => (byte + 0x33) & 0xff);
  const head = [control2, ...hex(address), client];
  const body = [...low(head.length + data.length + 6), ...head];
  body.push(...low(sumOf(Uint8Array.from(body))), ...data);
  body.push(...low(sumOf(Uint8Array.from(body))));
  return Uint8Array.of(0x68, ...body, 0x16);
}

function number(value: number | bigint, bytes: number): string {
  return BigInt.asUintN(bytes * 8, BigInt(value))
    .toString(16)
    .padStart(bytes * 2, '0');
}

/** Values as they stand in an APDU, hexadecimal. */
export const NONE = '00';
export const u8 = (value: number): string => `11${number(value, 1)}`;
export const u16 = (value: number): string => `12${number(value, 2)}`;
export const u32 = (value: number): string => `06${number(value, 4)}`;
export const i16 = (value: number): string => `10${number(value, 2)}`;
export const i32 = (value: number): string => `05${number(value, 4)}`;
export const u64 = (value: bigint): string => `15${number(value, 8)}`;
export const array = (...items: readonly string[]): string => `01${number(items.length, 1)}${items.join('')}`;
export const structure = (...items: readonly string[]): string => `02${number(items.length, 1)}${items.join('')}`;
export const bits16 = (word: string): string => `0410${Number.parseInt(word, 2).toString(16).padStart(4, '0')}`;

/** date_time_s of a local time `2026-11-20 00:05:00`. */
export function stampHex(local: string): string {
  const [year = 0, ...rest] = local.split(/[- :]/).map(Number);
  const fields = [...rest, 0, 0, 0].slice(0, 5);
  return `1C${number(year, 2)}${fields.map((field) => number(field, 1)).join('')}`.toUpperCase();
}

/** A request's APDU, taken apart by hand. */
export interface Asked {
  readonly service: number;
  readonly piid: number;
  readonly oads: readonly string[];
  /** Of a record: selector in hexadecimal and columns. */
  readonly selector: string;
  readonly columns: readonly string[];
}

export function askedBy(apdu: Uint8Array): Asked {
  const text = toHex(apdu);
  const [service = 0, piid = 0] = apdu.subarray(1);
  const body = text.slice(6, -2);
  if (service === 1) return { service, piid, oads: [body], selector: '', columns: [] };
  if (service === 2) return { service, piid, oads: body.slice(2).match(/.{8}/g) ?? [], selector: '', columns: [] };
  if (service === 5) return { service, piid, oads: [], selector: body, columns: [] };
  const kind = body.slice(8, 10);
  // Selector 1: OAD, time. 2: OAD, two times, interval or null. 9: count.
  const lengths: Record<string, number> = {
    '01': 2 + 8 + 16,
    '02': 2 + 8 + 32 + (body.slice(50, 52) === '54' ? 8 : 2),
    '09': 4,
  };
  const length = lengths[kind];
  if (length === undefined) throw new Error(`selector ${kind}`);
  const selector = body.slice(8, 8 + length);
  const columns = (body.slice(8 + length + 2).match(/.{10}/g) ?? []).map((column) => column.slice(2));
  return { service, piid, oads: [body.slice(0, 8)], selector, columns };
}

export type Dar = { readonly dar: number };

function result(content: string | Dar): string {
  return typeof content === 'string' ? `01${content}` : `00${number(content.dar, 1)}`;
}

/** Answer to a normal request or a list. */
export function attributes(
  piid: number,
  contents: readonly (readonly [string, string | Dar])[],
  isList: boolean,
): Uint8Array {
  const body = contents.map(([oad, content]) => oad + result(content)).join('');
  return hex(`85${isList ? '02' : '01'}${number(piid, 1)}${isList ? number(contents.length, 1) : ''}${body}0000`);
}

/** Answer to a record. */
export function record(
  piid: number,
  oad: string,
  columns: readonly string[],
  content: readonly (readonly string[])[] | Dar,
): Uint8Array {
  const rows = 'dar' in content ? result(content) : `01${number(content.length, 1)}${content.flat().join('')}`;
  const head = `${oad}${number(columns.length, 1)}${columns.map((column) => `00${column}`).join('')}`;
  return hex(`8503${number(piid, 1)}${head}${rows}0000`);
}
