import { malformedContent } from '../../lines/read-error.ts';
import type { ByteReader } from './byte-reader.ts';
import { darText } from './dar.ts';
import { readData } from './data.ts';
import { columnText } from './data-text.ts';
import type { Column, Data } from './data-types.ts';
import { LIST, NEXT, NORMAL, RECORD, RECORD_LIST } from './get-request.ts';
import { oadText } from './oad-names.ts';
import { readColumn, readOad } from './selector.ts';
import { readFollowReport, readTimeTag } from './time-tag.ts';

export const GET_RESPONSE = 0x85;

/** One attribute: its value, or the DAR that says why there is none. */
export interface ResultNormal {
  readonly oad: string;
  readonly result: { readonly data: Data } | { readonly dar: number };
}

/** Rows of a record; each has one value per column. */
export interface ResultRecord {
  readonly oad: string;
  readonly columns: readonly Column[];
  readonly result: { readonly rows: readonly (readonly Data[])[] } | { readonly dar: number };
}

export interface GetResponse {
  readonly service: number;
  readonly piid: number;
  readonly results: readonly ResultNormal[];
  readonly records: readonly ResultRecord[];
  /** Of an answer in several blocks (service 5): its number, whether it is the last, and the DAR if that is all. */
  readonly block: { readonly number: number; readonly isLast: boolean; readonly dar: number | null } | null;
}

/**
 * A GET-Response APDU, from its first byte on. Throws ReadError `malformed` for another APDU, a service or data type
 * that is not in the standard, content that breaks off and bytes behind the end.
 */
export function readGetResponse(reader: ByteReader): GetResponse {
  const tag = reader.field(
    'APDU',
    () => reader.u8('APDU'),
    () => '85 GET-Response',
  );
  if (tag !== GET_RESPONSE) throw malformedContent(`APDU ${tag.toString(16)} instead of a GET-Response`);
  const service = reader.field('service', () => reader.u8('service'), serviceText);
  const piid = reader.field('PIID-ACD', () => reader.u8('PIID-ACD'), String);
  const body = readBody(reader, service);
  readFollowReport(
    reader,
    (inside) => {
      readResults(inside, 'report');
    },
    (inside) => {
      readRecords(inside, 'report');
    },
  );
  readTimeTag(reader);
  if (reader.left > 0) throw malformedContent(`${reader.left} bytes behind the APDU`);
  return { service, piid, results: [], records: [], block: null, ...body };
}

function serviceText(service: number): string {
  const names = ['normal', 'normal list', 'record', 'record list', 'next block'];
  return `${service} ${names[service - 1] ?? 'unknown'}`;
}

type Body = Partial<Pick<GetResponse, 'results' | 'records' | 'block'>>;

function readBody(reader: ByteReader, service: number): Body {
  switch (service) {
    case NORMAL:
      return { results: [readResult(reader, 'result 1')] };
    case LIST:
      return { results: readResults(reader, 'result') };
    case RECORD:
      return { records: [readRecord(reader, 'record 1')] };
    case RECORD_LIST:
      return { records: readRecords(reader, 'record') };
    case NEXT:
      return readBlock(reader);
    default:
      throw malformedContent(`GET-Response service ${service}`);
  }
}

function readBlock(reader: ByteReader): Body {
  const isLast = reader.field('last block', () => reader.u8('last block') !== 0, String);
  const number = reader.field('block number', () => reader.u16('block number'), String);
  const choice = reader.field('block content', () => reader.u8('block content'), String);
  if (choice === 0) return { block: { number, isLast, dar: readDar(reader, 'DAR') } };
  const block = { number, isLast, dar: null };
  if (choice === 1) return { block, results: readResults(reader, 'result') };
  if (choice === 2) return { block, records: readRecords(reader, 'record') };
  throw malformedContent(`block content ${choice}`);
}

/** As many attributes as the count before them says. Throws as `readGetResponse`; so does `readRecords`. */
export function readResults(reader: ByteReader, name: string): ResultNormal[] {
  return reader.list(name, (i) => readResult(reader, `${name} ${i + 1}`));
}

export function readRecords(reader: ByteReader, name: string): ResultRecord[] {
  return reader.list(name, (i) => readRecord(reader, `${name} ${i + 1}`));
}

function readResult(reader: ByteReader, name: string): ResultNormal {
  const oad = reader.field(`${name}.OAD`, () => readOad(reader), oadText);
  const hasData = readChoice(reader, name);
  if (!hasData) return { oad, result: { dar: readDar(reader, `${name}.DAR`) } };
  return { oad, result: { data: readData(reader, `${name}.data`) } };
}

function readRecord(reader: ByteReader, name: string): ResultRecord {
  const oad = reader.field(`${name}.OAD`, () => readOad(reader), oadText);
  const columns = reader.list(`${name}.column`, (i) =>
    reader.field(`${name}.column ${i + 1}`, () => readColumn(reader), namedColumn),
  );
  if (!readChoice(reader, name)) return { oad, columns, result: { dar: readDar(reader, `${name}.DAR`) } };
  if (columns.length === 0) throw malformedContent('record without columns');
  const rows = reader.list(`${name}.row`, (row) =>
    columns.map((_, i) => readData(reader, `${name}.row ${row + 1}.value ${i + 1}`)),
  );
  return { oad, columns, result: { rows } };
}

function namedColumn(column: Column): string {
  return column.parts.length === 0 ? oadText(column.oad) : columnText(column);
}

/** 1: data, 0: DAR. */
function readChoice(reader: ByteReader, name: string): boolean {
  const choice = reader.field(
    `${name}.choice`,
    () => reader.u8('result'),
    (value) => (value === 0 ? '0 DAR' : '1 data'),
  );
  if (choice > 1) throw malformedContent(`result choice ${choice}`);
  return choice === 1;
}

function readDar(reader: ByteReader, name: string): number {
  return reader.field(name, () => reader.u8('DAR'), darText);
}
