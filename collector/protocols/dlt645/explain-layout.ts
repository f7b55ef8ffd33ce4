import { ReadError } from '../../lines/read-error.ts';
import type { ExplainedField } from '../explanation.ts';
import { digitsText, hexText, type Notation, secretText, timeText } from './data-format.ts';

/** A part of a data field: what it is called, and how its bytes are written. */
type LaidPart = readonly [name: string, format: Notation];

/** Fields of a data field, and what a summary may say of them. */
export interface ExplainedData {
  readonly fields: readonly ExplainedField[];
  /** Empty when there is nothing to say. */
  readonly says: string;
}

const DI = ['data identifier', hexText(4)] as const;
const LEVEL_AND_PASSWORD = [
  ['password level', hexText(1)],
  ['password', secretText(3)],
] as const;
const OPERATOR = ['operator', digitsText(4)] as const;

/** One-hot bits of the baud word. */
const BAUDS = ['', '600', '1200', '2400', '4800', '9600', '19200', ''] as const;

/** N1 of a relay command. */
const COMMANDS: ReadonlyMap<number, string> = new Map([
  [0x1a, 'trip'],
  [0x1b, 'allow closing'],
  [0x1c, 'close'],
  [0x2a, 'alarm'],
  [0x2b, 'alarm off'],
  [0x3a, 'hold supply'],
  [0x3b, 'hold off'],
]);

function named(names: (byte: number) => string): Notation {
  const format = hexText(1);
  return {
    ...format,
    text: (wire) => [format.text(wire), names(wire[0] ?? 0)].filter((text) => text !== '').join(': '),
  };
}

/** Data of the requests that change something (DL/T 645-2007 clause 7), by function; passwords are never shown. */
export const COMMAND_LAYOUTS: ReadonlyMap<number, readonly LaidPart[]> = new Map<number, readonly LaidPart[]>([
  [0x08, [['time', timeText('YYMMDDhhmmss')]]],
  [0x14, [DI, ...LEVEL_AND_PASSWORD, OPERATOR]],
  [0x15, [['new address', digitsText(6)]]],
  [0x16, [['time, 99 = every', timeText('MMDDhhmm')]]],
  [0x17, [['baud rate', named((byte) => BAUDS.filter((_, bit) => ((byte >> bit) & 1) === 1).join(' '))]]],
  [0x18, [DI, ['old password', secretText(4)], ['new password', secretText(4)]]],
  [0x19, [...LEVEL_AND_PASSWORD, OPERATOR]],
  [0x1a, [...LEVEL_AND_PASSWORD, OPERATOR]],
  [0x1b, [...LEVEL_AND_PASSWORD, OPERATOR, DI]],
  [
    0x1c,
    [
      ...LEVEL_AND_PASSWORD,
      OPERATOR,
      ['command', named((byte) => COMMANDS.get(byte) ?? 'unknown command')],
      ['reserved', hexText(1)],
      ['valid until', timeText('YYMMDDhhmmss')],
    ],
  ],
  [0x1d, [['output', hexText(1)]]],
]);

/** Fields of parts in a row from place `at` of the frame on; what is cut short carries a fault. */
export function laidFields(parts: readonly LaidPart[], data: Uint8Array, at: number): ExplainedField[] {
  const fields: ExplainedField[] = [];
  let from = 0;
  for (const [name, format] of parts) {
    const bytes = data.subarray(from, from + format.bytes);
    if (bytes.length < format.bytes) {
      const fault = `${format.bytes} bytes are wanted, ${bytes.length} are there`;
      fields.push({ name: `data.${name}`, at: at + from, length: bytes.length, value: rawText(bytes), fault });
      return fields;
    }
    fields.push({ name: `data.${name}`, at: at + from, length: bytes.length, ...said(format, bytes) });
    from += format.bytes;
  }
  return fields;
}

/** Bytes that belong to no part; none, no field. */
export function restField(data: Uint8Array, at: number, name = 'rest', fault?: string): ExplainedField[] {
  if (data.length === 0) return [];
  const field = { name: `data.${name}`, at, length: data.length, value: rawText(data) };
  return [fault === undefined ? field : { ...field, fault }];
}

/** Text of a value with its unit, or why it has none. */
export function said(format: Notation, bytes: Uint8Array): { value: string; fault?: string } {
  try {
    return { value: withUnit(format.text(bytes), format.unit) };
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    return { value: rawText(bytes), fault: error.detail };
  }
}

export function withUnit(value: string | null, unit: string): string {
  return value === null ? 'no value (FF)' : [value, unit].filter((text) => text !== '').join(' ');
}

export function rawText(bytes: Uint8Array): string {
  return (Buffer.from(bytes).toString('hex').toUpperCase().match(/../g) ?? []).join(' ');
}
