import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadError } from '../../../../collector/lines/read-error.ts';
import { type Frame, findFrame } from '../../../../collector/protocols/dlt698/frame.ts';
import { encodeReportResponse } from '../../../../collector/protocols/dlt698/frame-encode.ts';
import {
  encodeReportConfirm,
  isReportFrame,
  readReport,
  supplyEventsOf,
} from '../../../../collector/protocols/dlt698/report.ts';
import { local } from '../dlt645/reader-support.ts';
import { frameOf, stampHex } from './meter-frames.ts';
import { meterReport, reportApdu, terminalReport } from './reports.ts';
import { hex, toHex } from './vectors.ts';

const ZONE = 'Asia/Shanghai';
const START = '2026-11-20 10:15:07';
const END = '2026-11-20 10:42:30';
const AT = local('2026-11-20 10:15') + 7000;

function decoded(bytes: Uint8Array): Frame {
  const found = findFrame(bytes);
  if (found.kind !== 'frame') throw new Error('no frame');
  return found.frame;
}

const eventsOf = (apdu: string, sender = '000012345678'): unknown =>
  supplyEventsOf(readReport(hex(apdu)), sender, ZONE);

describe('a report', () => {
  it('of a terminal gives its interruption, with an end or as a last gasp', () => {
    expect(eventsOf(terminalReport(START, END))).toEqual([{ meter: null, start: AT, end: AT + 27 * 60_000 + 23_000 }]);
    expect(eventsOf(terminalReport(START, null))).toEqual([{ meter: null, start: AT, end: null }]);
  });

  it('of a meter names it, or means the sender', () => {
    expect(eventsOf(meterReport(START, null, '000000000042'))).toEqual([
      { meter: '000000000042', start: AT, end: null },
    ]);
    expect(eventsOf(meterReport(START, null, null))).toEqual([{ meter: '000012345678', start: AT, end: null }]);
  });

  it('of something else, with a DAR, or without a beginning says nothing of supply', () => {
    expect(eventsOf(reportApdu([`30000200 01 00201E0200 01 01 ${stampHex(START)}`]))).toEqual([]);
    expect(eventsOf(reportApdu(['31060200 01 00201E0200 00 06']))).toEqual([]);
    expect(eventsOf(reportApdu(['31060200 01 00201E0200 01 01 00']))).toEqual([]);
    expect(eventsOf('8801 05 01 40000200 01 1100 00 00')).toEqual([]);
  });

  it('may come without the optional end of its APDU', () => {
    expect(eventsOf(terminalReport(START, null).slice(0, -2))).toHaveLength(1);
    expect(eventsOf(terminalReport(START, null).slice(0, -4))).toHaveLength(1);
  });

  it.each([
    ['another APDU', '8502 05 00 0000'],
    ['another service', '8803 05 00 0000'],
    ['a record that breaks off', terminalReport(START, null).slice(0, -12)],
    ['bytes behind its end', `${terminalReport(START, null)}00`],
    ['an impossible time', terminalReport('2026-13-20 10:15:07', null)],
    ['an end before its start', terminalReport(END, START)],
    ['a meter that is no address', meterReport(START, null, '00000000000A')],
  ])('is refused with %s', (_, apdu) => {
    expect(() => eventsOf(apdu)).toThrow(expect.objectContaining({ reason: 'malformed' }));
  });

  it('is confirmed with its service, number and objects', () => {
    const frame = decoded(frameOf({ apdu: hex(terminalReport(START, null)), control: 0x83, client: 0x10 }));
    expect(isReportFrame(frame)).toBe(true);
    const confirm = decoded(encodeReportConfirm(frame, readReport(frame.apdu)));
    expect(confirm).toMatchObject({ control: 0x03, client: 0x10, address: frame.address });
    expect(toHex(confirm.apdu)).toBe('080205013106020000');
  });

  it('of any bytes is read or refused, and nothing else happens', () => {
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Uint8Array.of(0x88, 2, 5, ...bytes)),
      fc.record({ at: fc.nat(), byte: fc.nat(255) }).map(({ at, byte }) => {
        const apdu = hex(meterReport(START, END, '000000000042'));
        return apdu.with(at % apdu.length, byte);
      }),
    );
    fc.assert(
      fc.property(bodies, (apdu) => {
        try {
          supplyEventsOf(readReport(apdu), '1', ZONE);
        } catch (error) {
          expect(error).toBeInstanceOf(ReadError);
        }
      }),
    );
  });

  it('never comes to another meaning when one byte of the frame has changed', () => {
    const bytes = frameOf({ apdu: hex(meterReport(START, END, '000000000042')), control: 0x83 });
    for (const [at, byte] of bytes.entries()) {
      for (let flip = 1; flip < 256; flip++) expect(findFrame(bytes.with(at, byte ^ flip)).kind).not.toBe('frame');
    }
  });
});

describe('the encoder of confirmations', () => {
  const to = { address: { kind: 'single', logical: 0, text: '000012345678' }, client: 0 } as const;

  it.each(['0701050000', '0601050000', '0803050000', '0801050100', '0801050001', '0801', ''])('refuses %s', (apdu) => {
    expect(() => encodeReportResponse(to, hex(apdu))).toThrow(expect.objectContaining({ code: 'read_only' }));
  });

  it('refuses a group', () => {
    const group = { ...to, address: { ...to.address, kind: 'group' } } as const;
    expect(() => encodeReportResponse(group, hex('0801050000'))).toThrow(
      expect.objectContaining({ code: 'read_only' }),
    );
  });
});
