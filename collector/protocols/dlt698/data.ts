import { malformedContent } from '../../lines/read-error.ts';
import type { ByteReader } from './byte-reader.ts';
import { dataText } from './data-text.ts';
import type { Data, IntegerType, TimeKind } from './data-types.ts';
import { readColumn, readInterval, readMeterSet, readOad, readSelector, readServerAddress } from './selector.ts';

/** Arrays and structures inside each other: a record of records needs four. */
const MOST_DEPTH = 8;

const INTEGERS: ReadonlyMap<number, readonly [IntegerType, bytes: number]> = new Map([
  [0x05, ['int32', 4]],
  [0x06, ['uint32', 4]],
  [0x0f, ['int8', 1]],
  [0x10, ['int16', 2]],
  [0x11, ['uint8', 1]],
  [0x12, ['uint16', 2]],
  [0x14, ['int64', 8]],
  [0x15, ['uint64', 8]],
]);

const TIMES: ReadonlyMap<number, readonly [TimeKind, bytes: number]> = new Map([
  [0x19, ['date_time', 10]],
  [0x1a, ['date', 5]],
  [0x1b, ['time', 3]],
  [0x1c, ['date_time_s', 7]],
]);

type ReadPlain = (reader: ByteReader) => Data;

const PLAIN: ReadonlyMap<number, ReadPlain> = new Map<number, ReadPlain>([
  [0x00, () => ({ kind: 'null' })],
  [0x03, (reader) => ({ kind: 'bool', value: reader.u8('bool') !== 0 })],
  [0x04, readBits],
  [0x09, (reader) => ({ kind: 'octets', bytes: reader.take(reader.count('octet-string'), 'octet-string') })],
  [0x0a, (reader) => text(reader, 'latin1')],
  [0x0c, (reader) => text(reader, 'utf8')],
  [0x16, (reader) => ({ kind: 'enum', value: reader.u8('enum') })],
  [0x17, (reader) => ({ kind: 'float', value: Buffer.from(reader.take(4, 'float32')).readFloatBE() })],
  [0x18, (reader) => ({ kind: 'float', value: Buffer.from(reader.take(8, 'float64')).readDoubleBE() })],
  [0x50, (reader) => ({ kind: 'oi', value: reader.hex(2, 'OI') })],
  [0x51, (reader) => ({ kind: 'oad', value: readOad(reader) })],
  [0x54, (reader) => ({ kind: 'ti', value: readInterval(reader) })],
  [0x55, (reader) => ({ kind: 'tsa', value: readServerAddress(reader) })],
  [0x5b, (reader) => ({ kind: 'csd', value: readColumn(reader) })],
  [0x60, (reader) => ({ kind: 'rcsd', value: reader.list('RCSD', () => readColumn(reader)) })],
]);

/**
 * The value that comes next, tag and content (DL/T 698.45, data types). Told to the reader's listener as `name`, and
 * its parts as `name.1`, `name.2`. Throws ReadError `malformed` for a tag that is not in the table, content that breaks
 * off, and nesting without end.
 */
export function readData(reader: ByteReader, name = 'data', depth = 0): Data {
  return reader.peek('data type') === 0x01 || reader.peek('data type') === 0x02
    ? readGroup(reader, name, depth)
    : reader.field(name, () => readLeaf(reader, depth), dataText);
}

function readGroup(reader: ByteReader, name: string, depth: number): Data {
  if (depth >= MOST_DEPTH) throw malformedContent(`data nested deeper than ${MOST_DEPTH}`);
  const head = () => ({
    kind: reader.u8('data type') === 0x01 ? ('array' as const) : ('structure' as const),
    count: reader.count('count'),
  });
  const { kind, count } = reader.field(name, head, (group) => `${group.kind} of ${group.count}`);
  return { kind, items: Array.from({ length: count }, (_, i) => readData(reader, `${name}.${i + 1}`, depth + 1)) };
}

function readLeaf(reader: ByteReader, depth: number): Data {
  const nested = (inside: ByteReader): Data => {
    if (depth >= MOST_DEPTH) throw malformedContent(`data nested deeper than ${MOST_DEPTH}`);
    return readData(inside, 'value', depth + 1);
  };
  const tag = reader.u8('data type');
  const integer = INTEGERS.get(tag);
  if (integer) return readInteger(reader, ...integer);
  const time = TIMES.get(tag);
  if (time) return { kind: time[0], bytes: reader.take(time[1], time[0]) };
  if (tag === 0x5a) return { kind: 'rsd', value: readSelector(reader, nested) };
  if (tag === 0x5c) return { kind: 'ms', value: readMeterSet(reader, nested) };
  const plain = PLAIN.get(tag);
  if (!plain) throw malformedContent(`data type ${tag.toString(16).toUpperCase().padStart(2, '0')}`);
  return plain(reader);
}

function readInteger(reader: ByteReader, type: IntegerType, bytes: number): Data {
  const raw = BigInt(`0x${reader.hex(bytes, type)}`);
  return { kind: 'integer', type, value: type.startsWith('u') ? raw : BigInt.asIntN(bytes * 8, raw) };
}

function readBits(reader: ByteReader): Data {
  const count = reader.count('bit-string');
  return { kind: 'bits', count, bytes: reader.take(Math.ceil(count / 8), 'bit-string') };
}

function text(reader: ByteReader, encoding: 'latin1' | 'utf8'): Data {
  return { kind: 'text', value: Buffer.from(reader.take(reader.count('string'), 'string')).toString(encoding) };
}
