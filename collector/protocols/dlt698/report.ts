import { malformedContent } from '../../lines/read-error.ts';
import type { SupplyEvent } from '../supply-event.ts';
import { ByteReader } from './byte-reader.ts';
import type { Data } from './data-types.ts';
import { CLIENT_BEGAN_BIT, DATA_FUNCTION, FROM_SERVER_BIT, type Frame, FUNCTION_BITS, SPLIT_BIT } from './frame.ts';
import { encodeReportResponse } from './frame-encode.ts';
import { type ResultNormal, type ResultRecord, readRecords, readResults } from './get-response.ts';
import { instantOfData } from './local-time.ts';
import { EVENT_END, EVENT_START } from './oad-items.ts';
import { readFollowReport, readTimeTag } from './time-tag.ts';

/**
 * REPORT-Notification, APDU 88: a server speaks unasked. Service 1 brings attributes, 2 records laid as in a GET-Response
 * (DL/T 698.45, REPORT). The client confirms with REPORT-Response, APDU 08, which repeats the OADs.
 */
const REPORT = 0x88;
const RESPONSE = 0x08;
const LIST = 1;
const RECORD_LIST = 2;

/** Interruptions: of a meter, of a terminal. */
const METER_POWER_DOWN = '30110200';
const TERMINAL_POWER_DOWN = '31060200';
/** Column that names the meter that the terminal speaks for. */
const TARGET = '202A0200';

/** Bits of the control byte that tell a report from everything else. */
export const REPORT_BITS = FROM_SERVER_BIT | CLIENT_BEGAN_BIT | SPLIT_BIT | FUNCTION_BITS;
export const REPORT_CONTROL = FROM_SERVER_BIT | DATA_FUNCTION;

export interface Report {
  readonly service: number;
  readonly piid: number;
  readonly results: readonly ResultNormal[];
  readonly records: readonly ResultRecord[];
}

/** Whether the frame is a report, sound or not. */
export function isReportFrame({ control }: Frame): boolean {
  return (control & REPORT_BITS) === REPORT_CONTROL;
}

/**
 * The report in an APDU. Throws ReadError `malformed` for another APDU, content that breaks off and bytes behind the end.
 * Some servers leave out the optional end of the APDU.
 */
export function readReport(apdu: Uint8Array): Report {
  const reader = new ByteReader(apdu);
  if (reader.u8('APDU') !== REPORT) throw malformedContent('no REPORT-Notification');
  const service = reader.u8('service');
  const piid = reader.u8('PIID-ACD');
  if (service !== LIST && service !== RECORD_LIST) throw malformedContent(`REPORT service ${service}`);
  const results = service === LIST ? readResults(reader, 'result') : [];
  const records = service === RECORD_LIST ? readRecords(reader, 'record') : [];
  if (reader.left > 0) readFollowReport(reader, readSome(readResults), readSome(readRecords));
  if (reader.left > 0) readTimeTag(reader);
  if (reader.left > 0) throw malformedContent(`${reader.left} bytes behind the report`);
  return { service, piid, results, records };
}

function readSome(read: (reader: ByteReader, name: string) => unknown): (reader: ByteReader) => void {
  return (reader) => void read(reader, 'follow report');
}

/**
 * Interruptions that a report tells of, times in `zone`; what else it brings is left out. `sender` is who sent the frame:
 * a record of a meter without a column that names it is the sender's own. A record without a beginning says nothing.
 * Throws ReadError `malformed` for times that cannot be.
 */
export function supplyEventsOf({ records }: Report, sender: string, zone: string): SupplyEvent[] {
  return records.flatMap(({ oad, columns, result }) => {
    if ((oad !== METER_POWER_DOWN && oad !== TERMINAL_POWER_DOWN) || 'dar' in result) return [];
    const at = (wanted: string): number => columns.findIndex(({ oad: named }) => named === wanted);
    const [startAt, endAt, targetAt] = [at(EVENT_START), at(EVENT_END), at(TARGET)];
    return result.rows.flatMap((row) => {
      const start = instantOfData(row[startAt] ?? NONE, zone);
      const end = instantOfData(row[endAt] ?? NONE, zone);
      if (start === null) return [];
      if (end !== null && end < start) throw malformedContent('supply came back before it went');
      return [{ meter: oad === TERMINAL_POWER_DOWN ? null : meterOf(row[targetAt] ?? NONE, sender), start, end }];
    });
  });
}

const NONE: Data = { kind: 'null' };
/** TSA as text: the flag byte, then the digits. */
const FLAG_DIGITS = 2;

function meterOf(target: Data, sender: string): string {
  if (target.kind === 'null') return sender;
  const digits = target.kind === 'tsa' ? target.value.slice(FLAG_DIGITS) : '';
  if (!/^[0-9]{1,32}$/.test(digits)) throw malformedContent('the report names no meter');
  return digits;
}

/** Frame of the REPORT-Response that confirms a report. Throws as `encodeReportResponse`. */
export function encodeReportConfirm({ address, client }: Frame, report: Report): Uint8Array {
  const oads = [...report.results, ...report.records].map(({ oad }) => oad);
  const list = [...Buffer.from(oads.join(''), 'hex')];
  const apdu = Uint8Array.of(RESPONSE, report.service, report.piid, oads.length, ...list, 0);
  return encodeReportResponse({ address, client }, apdu);
}
