import { malformedContent } from '../../lines/read-error.ts';
import type { ByteReader } from './byte-reader.ts';
import { timeText } from './local-time.ts';
import { readInterval } from './selector.ts';

type ReadPart = (reader: ByteReader) => void;

/** The end of each request and answer: 00, or 01 with the time of sending and the delay that is allowed. */
export function readTimeTag(reader: ByteReader): void {
  if (!readFlag(reader, 'time tag')) return;
  reader.field(
    'time tag.sent',
    () => reader.take(7, 'time tag'),
    (bytes) => timeText('date_time_s', bytes),
  );
  reader.field(
    'time tag.delay',
    () => readInterval(reader),
    ({ unit, count }) => `${count} ${unit}`,
  );
}

/** Events that the server sends along: 00, or 01 with attributes (1) or records (2). */
export function readFollowReport(reader: ByteReader, readAttributes: ReadPart, readRecords: ReadPart): void {
  if (!readFlag(reader, 'follow report')) return;
  const choice = reader.field('follow report.choice', () => reader.u8('follow report'), String);
  if (choice === 1) readAttributes(reader);
  else if (choice === 2) readRecords(reader);
  else throw malformedContent(`follow report choice ${choice}`);
}

function readFlag(reader: ByteReader, name: string): boolean {
  const flag = reader.field(
    name,
    () => reader.u8(name),
    (value) => (value === 0 ? '00 none' : '01 present'),
  );
  if (flag > 1) throw malformedContent(`${name} flag ${flag}`);
  return flag === 1;
}
