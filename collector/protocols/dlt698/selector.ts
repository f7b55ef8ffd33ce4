import { malformedContent } from '../../lines/read-error.ts';
import type { ByteReader } from './byte-reader.ts';
import { type Column, type Data, INTERVAL_UNITS, type Interval, type MeterSet, type Selector } from './data-types.ts';

/** How a value inside a selector is read: values and selectors may hold each other. */
type ReadValue = (reader: ByteReader) => Data;

const STAMP_BYTES = 7;

export function readOad(reader: ByteReader): string {
  return reader.hex(4, 'OAD');
}

export function readInterval(reader: ByteReader): Interval {
  const code = reader.u8('TI unit');
  const unit = INTERVAL_UNITS[code];
  if (unit === undefined) throw malformedContent(`TI unit ${code}`);
  return { unit, count: reader.u16('TI') };
}

export function readColumn(reader: ByteReader): Column {
  const choice = reader.u8('CSD');
  if (choice > 1) throw malformedContent(`CSD choice ${choice}`);
  return { oad: readOad(reader), parts: choice === 0 ? [] : reader.list('ROAD', () => readOad(reader)) };
}

/** TSA: length, flag byte, address; here as one hexadecimal text without the length. */
export function readServerAddress(reader: ByteReader): string {
  return reader.hex(reader.count('TSA'), 'TSA');
}

const RANGES = ['type ranges', 'address ranges', 'number ranges'] as const;

export function readMeterSet(reader: ByteReader, readValue: ReadValue): MeterSet {
  const choice = reader.u8('MS');
  switch (choice) {
    case 0:
      return { kind: 'none' };
    case 1:
      return { kind: 'all' };
    case 2:
      return { kind: 'types', values: reader.list('MS', () => reader.u8('MS type')) };
    case 3:
      return { kind: 'addresses', values: reader.list('MS', () => readServerAddress(reader)) };
    case 4:
      return { kind: 'numbers', values: reader.list('MS', () => reader.u16('MS number')) };
    default: {
      const kind = RANGES[choice - 5];
      if (kind === undefined) throw malformedContent(`MS choice ${choice}`);
      const region = () => ({ bounds: reader.u8('region'), from: readValue(reader), to: readValue(reader) });
      return { kind, values: reader.list('MS', region) };
    }
  }
}

/** RSD from its choice byte on. Throws ReadError `malformed` for a selector that the standard does not have. */
export function readSelector(reader: ByteReader, readValue: ReadValue): Selector {
  const kind = reader.u8('RSD');
  const range = () => ({
    oad: readOad(reader),
    from: readValue(reader),
    to: readValue(reader),
    step: readValue(reader),
  });
  const stamp = (): Uint8Array => reader.take(STAMP_BYTES, 'time of the RSD');
  const meters = (): MeterSet => readMeterSet(reader, readValue);
  switch (kind) {
    case 0:
      return { kind };
    case 1:
      return { kind, oad: readOad(reader), value: readValue(reader) };
    case 2:
      return { kind, ...range() };
    case 3:
      return { kind, ranges: reader.list('RSD', range) };
    case 4:
    case 5:
      return { kind, time: stamp(), meters: meters() };
    case 6:
    case 7:
    case 8:
      return { kind, from: stamp(), to: stamp(), step: readInterval(reader), meters: meters() };
    case 9:
      return { kind, n: reader.u8('RSD') };
    case 10:
      return { kind, n: reader.u8('RSD'), meters: meters() };
    default:
      throw malformedContent(`RSD selector ${kind}`);
  }
}
