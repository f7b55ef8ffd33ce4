import type { ExplainedField } from '../explanation.ts';
import { exceptionText } from './exceptions.ts';

/** What a function, its addresses and its data say; the frame round it is the caller's. */
export interface ExplainedPdu {
  readonly summary: string;
  readonly fields: readonly ExplainedField[];
  /** The length fits what the function asks for. */
  readonly isWhole: boolean;
}

const READ_REGISTERS: ReadonlySet<number> = new Set([3, 4]);
const READ_BITS: ReadonlySet<number> = new Set([1, 2]);
const WRITE_ONE: ReadonlySet<number> = new Set([5, 6]);
const WRITE_MANY: ReadonlySet<number> = new Set([15, 16]);

/** Modbus application protocol V1.1b3, 5.1. Those that write are named, so that foreign traffic can be read. */
const FUNCTIONS: ReadonlyMap<number, string> = new Map([
  [1, 'read coils'],
  [2, 'read discrete inputs'],
  [3, 'read holding registers'],
  [4, 'read input registers'],
  [5, 'write single coil'],
  [6, 'write single register'],
  [7, 'read exception status'],
  [8, 'diagnostics'],
  [11, 'get event counter'],
  [12, 'get event log'],
  [15, 'write multiple coils'],
  [16, 'write multiple registers'],
  [17, 'report server id'],
  [20, 'read file record'],
  [21, 'write file record'],
  [22, 'mask write register'],
  [23, 'read and write registers'],
  [24, 'read FIFO queue'],
  [43, 'encapsulated transport'],
]);

/** True for a function of the standard and for an exception to one. */
export function isFunction(code: number): boolean {
  return FUNCTIONS.has(code & 0x7f);
}

export function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}

/** `44 5F` */
export function hexBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => hex(byte, 2)).join(' ');
}

/** `frame[from … to - 1]` are function and data; requests and replies are told apart by their length. */
export function explainPdu(frame: Uint8Array, unit: number, from: number, to: number): ExplainedPdu {
  const code = frame[from] ?? 0;
  const pdu: Pdu = { code, name: FUNCTIONS.get(code & 0x7f) ?? 'unknown function', unit, frame, at: from + 1, to };
  const title = field('function', from, 1, `${hex(code, 2)} ${code > 0x80 ? `exception to ${pdu.name}` : pdu.name}`);
  const { summary, fields, isWhole } = bodyOf(pdu);
  return { summary, fields: [title, ...fields], isWhole };
}

interface Pdu {
  readonly code: number;
  readonly name: string;
  readonly unit: number;
  readonly frame: Uint8Array;
  /** First byte behind the function, and the first behind the data. */
  readonly at: number;
  readonly to: number;
}

function bodyOf(pdu: Pdu): ExplainedPdu {
  const { code, frame, at, to } = pdu;
  const length = to - at;
  if (code > 0x80) return exception(pdu);
  const isRead = READ_REGISTERS.has(code) || READ_BITS.has(code);
  if (isRead && isReply(pdu)) return reply(pdu);
  if (isRead && length === 4) return question(pdu, 'request: ');
  if (WRITE_ONE.has(code) && length === 4) return single(pdu);
  if (WRITE_MANY.has(code) && length === 4) return question(pdu, 'reply: ');
  if (WRITE_MANY.has(code) && length > 5 && frame[at + 4] === length - 5) return writing(pdu);
  const isKnown = isRead || WRITE_ONE.has(code) || WRITE_MANY.has(code);
  const fault = isKnown ? 'neither a request nor a reply of this function has this length' : undefined;
  return {
    summary: `${pdu.name}, unit ${pdu.unit}`,
    fields: length > 0 ? [field('data', at, length, hexBytes(frame.subarray(at, to)), fault)] : [],
    isWhole: !isKnown,
  };
}

/** Registers come in pairs of bytes, so an odd count cannot begin a reply: it is half of an address. */
function isReply({ code, frame, at, to }: Pdu): boolean {
  const count = frame[at] ?? 0;
  if (count === 0 || count !== to - at - 1) return false;
  return READ_BITS.has(code) ? to - at !== 4 : count % 2 === 0;
}

function exception({ name, unit, frame, at, to }: Pdu): ExplainedPdu {
  const text = exceptionText(frame[at] ?? 0);
  const isWhole = to - at === 1;
  const fault = isWhole ? undefined : `an exception has one byte here, not ${to - at}`;
  return {
    summary: `unit ${unit} answers ${name} with ${text}`,
    fields: to > at ? [field('exception', at, to - at, text, fault)] : [],
    isWhole,
  };
}

/** Address and quantity: the request of a read, the reply to a write of many. */
function question({ name, unit, frame, at }: Pdu, kind: string): ExplainedPdu {
  const [address, quantity] = [word(frame, at), word(frame, at + 2)];
  return {
    summary: `${kind}${name}, unit ${unit}, ${quantity} from ${hex(address, 4)}`,
    fields: [addressField(address, at), field('quantity', at + 2, 2, `${quantity}`)],
    isWhole: true,
  };
}

/** The reply to a single write is the request itself. */
function single({ code, name, unit, frame, at }: Pdu): ExplainedPdu {
  const [address, value] = [word(frame, at), word(frame, at + 2)];
  const shown = code === 5 ? { 0: 'off', 65280: 'on' }[value] : `${value}`;
  return {
    summary: `request or its echo: ${name}, unit ${unit}, ${hex(value, 4)} to ${hex(address, 4)}`,
    fields: [addressField(address, at), field('value', at + 2, 2, `${hex(value, 4)} ${shown ?? 'neither on nor off'}`)],
    isWhole: true,
  };
}

function writing(pdu: Pdu): ExplainedPdu {
  const { code, name, unit, frame, at, to } = pdu;
  const [address, quantity] = [word(frame, at), word(frame, at + 2)];
  return {
    summary: `request: ${name}, unit ${unit}, ${quantity} from ${hex(address, 4)}`,
    fields: [
      addressField(address, at),
      field('quantity', at + 2, 2, `${quantity}`),
      field('byte count', at + 4, 1, `${frame[at + 4]}`),
      ...(code === 16 ? registers(frame, at + 5, to) : [field('data', at + 5, to - at - 5, bits(frame, at + 5, to))]),
    ],
    isWhole: true,
  };
}

function reply({ code, name, unit, frame, at, to }: Pdu): ExplainedPdu {
  const count = field('byte count', at, 1, `${to - at - 1}`);
  const data = hexBytes(frame.subarray(at + 1, to));
  const isBits = READ_BITS.has(code);
  return {
    summary: `reply: ${name}, unit ${unit}, ${isBits ? 'bits' : `${(to - at - 1) / 2} registers`} ${data}`,
    fields: [
      count,
      ...(isBits ? [field('data', at + 1, to - at - 1, bits(frame, at + 1, to))] : registers(frame, at + 1, to)),
    ],
    isWhole: true,
  };
}

/** Each register, and what it is with the next one as a float where that may be meant. */
function registers(frame: Uint8Array, from: number, to: number): ExplainedField[] {
  const fields: ExplainedField[] = [];
  for (let at = from; at + 1 < to; at += 2) {
    const value = word(frame, at);
    const guess = at + 3 < to ? floatGuess(value, word(frame, at + 2)) : '';
    fields.push(field(`data.${(at - from) / 2}`, at, 2, `${hex(value, 4)} ${value}${guess}`));
  }
  return fields;
}

const scratch = new DataView(new ArrayBuffer(4));
const LEAST = 1e-4;
const MOST = 1e9;

function floatGuess(first: number, second: number): string {
  for (const [high, low, order] of [
    [first, second, ''],
    [second, first, ' with the low word first'],
  ] as const) {
    scratch.setUint16(0, high);
    scratch.setUint16(2, low);
    const value = scratch.getFloat32(0);
    const size = Math.abs(value);
    if (size >= LEAST && size <= MOST)
      return ` (with the next one as float32${order}: ${Number(value.toPrecision(7))})`;
  }
  return '';
}

/** Lowest first, as they are numbered. */
function bits(frame: Uint8Array, from: number, to: number): string {
  return Array.from(frame.subarray(from, to), (byte) =>
    Array.from({ length: 8 }, (_, bit) => (byte >> bit) & 1).join(''),
  ).join(' ');
}

function addressField(address: number, at: number): ExplainedField {
  return field('address', at, 2, `${hex(address, 4)} ${address}`);
}

export function field(name: string, at: number, length: number, value: string, fault?: string): ExplainedField {
  return { name, at, length, value, ...(fault !== undefined && { fault }) };
}

export function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}
