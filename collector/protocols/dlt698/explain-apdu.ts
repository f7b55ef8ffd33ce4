import { quantity } from '#contract/quantities.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { ExplainedField } from '../explanation.ts';
import { ByteReader } from './byte-reader.ts';
import { darText } from './dar.ts';
import { readData } from './data.ts';
import { columnText, dataText, hexText, selectorText } from './data-text.ts';
import type { Data } from './data-types.ts';
import { GET_REQUEST, LIST, NEXT, NORMAL, RECORD, RECORD_LIST } from './get-request.ts';
import { GET_RESPONSE, type GetResponse, readGetResponse } from './get-response.ts';
import { LINK_REQUEST, readLinkRequest } from './link-request.ts';
import { timeText } from './local-time.ts';
import { decodeItem, oadItem } from './oad-items.ts';
import { oadName, oadText } from './oad-names.ts';
import { readColumn, readOad, readSelector } from './selector.ts';
import { readTimeTag } from './time-tag.ts';

/** APDUs by their first byte (DL/T 698.45, choices of the client's and the server's APDU). */
const APDUS: ReadonlyMap<number, string> = new Map([
  [0x01, 'LINK-Request'],
  [0x81, 'LINK-Response'],
  [0x02, 'CONNECT-Request'],
  [0x82, 'CONNECT-Response'],
  [0x05, 'GET-Request'],
  [0x85, 'GET-Response'],
  [0x06, 'SET-Request'],
  [0x86, 'SET-Response'],
  [0x07, 'ACTION-Request'],
  [0x87, 'ACTION-Response'],
  [0x08, 'REPORT-Response'],
  [0x88, 'REPORT-Notification'],
  [0x09, 'PROXY-Request'],
  [0x89, 'PROXY-Response'],
  [0x10, 'SECURITY-Request'],
  [0x90, 'SECURITY-Response'],
]);

interface ExplainedApdu {
  readonly fields: readonly ExplainedField[];
  /** `GET-Response: 正向有功电能 active energy import = 1234560 Wh`. */
  readonly summary: string;
}

/** What an APDU says, field by field; `at` is its place in the frame. What cannot be read carries the fault. */
export function explainApdu(apdu: Uint8Array, at: number, zone: string): ExplainedApdu {
  const fields: ExplainedField[] = [];
  const reader = new ByteReader(apdu, (field) => fields.push({ ...field, at: at + field.at }));
  try {
    return { fields, summary: read(reader, apdu, zone) };
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    const read = fields.reduce((end, field) => Math.max(end, field.at + field.length), at);
    const rest = apdu.subarray(read - at);
    fields.push({ name: 'rest', at: read, length: rest.length, value: hexText(rest), fault: error.detail });
    return { fields, summary: `${apduName(apdu)} that cannot be read: ${error.detail}` };
  }
}

function read(reader: ByteReader, apdu: Uint8Array, zone: string): string {
  switch (apdu[0]) {
    case GET_REQUEST:
      return `GET-Request: ${readGetRequest(reader)}`;
    case GET_RESPONSE:
      return `GET-Response: ${responseText(readGetResponse(reader), zone)}`;
    case LINK_REQUEST:
      return readLink(reader, apdu);
    default:
      reader.field(
        'APDU',
        () => reader.u8('APDU'),
        () => apduName(apdu),
      );
      reader.field('content', () => reader.take(reader.left, 'content'), hexText);
      return apduName(apdu);
  }
}

function apduName(apdu: Uint8Array): string {
  const tag = apdu[0] ?? 0;
  return `${hexText(Uint8Array.of(tag))} ${APDUS.get(tag) ?? 'unknown APDU'}`;
}

function readLink(reader: ByteReader, apdu: Uint8Array): string {
  const { type, heartbeatS } = reader.field(
    'LINK-Request',
    () => readLinkRequest(reader),
    (link) =>
      `PIID-ACD ${link.piid}, ${link.type}, heartbeat every ${link.heartbeatS} s, sent ${timeText('date_time', link.requestTime)}`,
  );
  return `${apduName(apdu)}: ${type}, heartbeat every ${heartbeatS} s`;
}

function readGetRequest(reader: ByteReader): string {
  reader.field(
    'APDU',
    () => reader.u8('APDU'),
    () => '05 GET-Request',
  );
  const service = reader.field('service', () => reader.u8('service'), String);
  reader.field('PIID', () => reader.u8('PIID'), String);
  const summary = readGetBody(reader, service);
  readTimeTag(reader);
  if (reader.left > 0) throw new ReadError('malformed', `${reader.left} bytes behind the APDU`);
  return summary;
}

function readGetBody(reader: ByteReader, service: number): string {
  const named = (name: string): string => oadName(reader.field(name, () => readOad(reader), oadText));
  switch (service) {
    case NORMAL:
      return named('OAD');
    case LIST:
      return reader.list('OAD', (i) => named(`OAD ${i + 1}`)).join(', ');
    case RECORD:
      return readRecordRequest(reader, 'record 1');
    case RECORD_LIST:
      return reader.list('record', (i) => readRecordRequest(reader, `record ${i + 1}`)).join('; ');
    case NEXT:
      return `block behind ${reader.field('block number', () => reader.u16('block number'), String)}`;
    default:
      throw new ReadError('malformed', `GET-Request service ${service}`);
  }
}

function readRecordRequest(reader: ByteReader, name: string): string {
  const oad = reader.field(`${name}.OAD`, () => readOad(reader), oadText);
  const selector = reader.field(`${name}.selector`, () => readSelector(reader, readData), selectorText);
  reader.list(`${name}.column`, (i) =>
    reader.field(
      `${name}.column ${i + 1}`,
      () => readColumn(reader),
      (column) => (column.parts.length === 0 ? oadText(column.oad) : columnText(column)),
    ),
  );
  return `${oadName(oad)}, rows ${selectorText(selector)}`;
}

function responseText({ results, records, block }: GetResponse, zone: string): string {
  const parts = results.map(({ oad, result }) =>
    'dar' in result ? `${oadName(oad)}: DAR ${darText(result.dar)}` : valueText(oad, result.data, zone),
  );
  for (const { oad, columns, result } of records) {
    if ('dar' in result) parts.push(`${oadName(oad)}: DAR ${darText(result.dar)}`);
    else {
      const rows = result.rows.map((row) =>
        row.map((data, i) => valueText(columns[i]?.oad ?? '', data, zone)).join(', '),
      );
      parts.push(`${oadName(oad)}: ${rows.length === 0 ? 'no row' : rows.join('; ')}`);
    }
  }
  if (block !== null) parts.unshift(`block ${block.number}${block.isLast ? ' (last)' : ''}`);
  if (block?.dar != null) parts.push(`DAR ${darText(block.dar)}`);
  return parts.join(', ');
}

/** The quantities in a value with their units, else the value as it is written. */
function valueText(oad: string, data: Data, zone: string): string {
  const item = oadItem(oad);
  if (!item || item.fields.some(({ quantity: name }) => quantity(name).kind === 'time' || name === 'clock_offset_s')) {
    return `${oadName(oad)} = ${dataText(data)}`;
  }
  const values = [...decodeItem(item, data, zone)].map(([name, value]) => {
    const { zh, en, unit } = quantity(name);
    return `${zh} ${en} ${value === null ? 'none' : `${value} ${unit}`.trim()}`;
  });
  return values.length === 0 ? `${oadName(oad)} = ${dataText(data)}` : values.join(', ');
}
