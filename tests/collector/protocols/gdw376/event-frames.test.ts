import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadError } from '../../../../collector/lines/read-error.ts';
import { decodeEvents, encodeEventRequest, isEventFrame } from '../../../../collector/protocols/gdw376/event-frames.ts';
import { type Frame, findFrame } from '../../../../collector/protocols/gdw376/frame.ts';
import { local } from '../dlt645/reader-support.ts';
import { anyFrame } from './any-frame.ts';
import { hex, toHex } from './vectors.ts';

const ZONE = 'Asia/Shanghai';
/** ERC 14: off 2026-11-20 10:15, on 10:42; the same as a last gasp; ERC 8, which is of no use here. */
const BOTH = '0E0A 1510201126 4210201126';
const GASP = '0E0A 1510201126 EEEEEEEEEE';
const OTHER = '0803 010203';

function frameOf(bytes: Uint8Array): Frame {
  const found = findFrame(bytes);
  if (found.kind !== 'frame') throw new Error('no frame');
  return found.frame;
}

/** Counters 5 and 0, pointers up to 5, then the records. */
function told(count: number, records: string, over: Partial<Frame> = {}): Uint8Array {
  const data = Uint8Array.of(5, 0, 5 - count, 5, ...hex(records.replaceAll(' ', '')));
  return anyFrame({ control: 0xc4, afn: 0x0e, seq: 0x71, dt: 1, data, ...over });
}

function eventsOf(bytes: Uint8Array): unknown {
  return decodeEvents(frameOf(bytes), ZONE).events;
}

const AT = local('2026-11-20 10:15');

describe('events of a terminal', () => {
  it('give both times of an interruption, and no end of a last gasp', () => {
    expect(eventsOf(told(1, BOTH))).toEqual([{ meter: null, start: AT, end: AT + 27 * 60_000 }]);
    expect(eventsOf(told(1, GASP))).toEqual([{ meter: null, start: AT, end: null }]);
    expect(eventsOf(told(1, '0E0A 1510201126 0000000000'))).toEqual([{ meter: null, start: AT, end: null }]);
  });

  it('leave out events of other kinds, and an interruption that began nobody knows when', () => {
    expect(eventsOf(told(3, `${OTHER} ${GASP} ${OTHER}`))).toEqual([{ meter: null, start: AT, end: null }]);
    expect(eventsOf(told(1, '0E0A EEEEEEEEEE 4210201126'))).toEqual([]);
    expect(eventsOf(told(0, ''))).toEqual([]);
  });

  it('are told from general and from important ones, with counters and time tag behind them', () => {
    const aux = { password: hex(''), events: hex('0500'), tag: hex('000650232105') };
    expect(eventsOf(told(1, GASP, { dt: 2, control: 0xe4, seq: 0xf1, aux }))).toHaveLength(1);
    expect(decodeEvents(frameOf(told(1, GASP)), ZONE).important).toBe(5);
  });

  it.each([
    ['a record that breaks off', told(1, '0E0A 1510201126')],
    ['a record without its length', told(2, `${OTHER} 0E`)],
    ['an ERC 14 of another length', told(1, '0E0B 00 1510201126 4210201126')],
    ['a month 13', told(1, '0E0A 1510201326 EEEEEEEEEE')],
    ['a time that is not decimal', told(1, '0E0A 1A10201126 EEEEEEEEEE')],
    ['supply that came back before it went', told(1, '0E0A 4210201126 1510201126')],
    ['more pointers than records', told(2, GASP)],
    ['another function', told(1, GASP, { dt: 4 })],
    ['a measuring point', told(1, GASP, { da: 0x0101 })],
    ['the first of several frames', told(1, GASP, { seq: 0x51 })],
    ['no counters', anyFrame({ control: 0xc4, afn: 0x0e, seq: 0x71, dt: 1, data: hex('0500') })],
  ])('are refused with %s', (_, bytes) => {
    expect(() => eventsOf(bytes)).toThrow(expect.objectContaining({ reason: 'malformed' }));
  });

  it('never come to another meaning when one byte of the frame has changed', () => {
    const records = fc.constantFrom(BOTH, GASP, `${OTHER} ${BOTH}`);
    const flips = fc.record({ at: fc.nat(), flip: fc.integer({ min: 1, max: 255 }) });
    fc.assert(
      fc.property(records, flips, (text, { at, flip }) => {
        const bytes = told(text.startsWith(OTHER) ? 2 : 1, text);
        const place = at % bytes.length;
        const found = findFrame(bytes.with(place, (bytes[place] ?? 0) ^ flip));
        expect(found.kind).not.toBe('frame');
      }),
    );
  });

  it('of any content are decoded or refused, and nothing else happens', () => {
    const data = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(data, (content) => {
        const frame = frameOf(anyFrame({ control: 0xc4, afn: 0x0e, seq: 0x71, dt: 1, data: content }));
        try {
          for (const { start, end } of decodeEvents(frame, ZONE).events)
            expect(end ?? start).toBeGreaterThanOrEqual(start);
        } catch (error) {
          expect(error).toBeInstanceOf(ReadError);
        }
      }),
    );
  });

  it('come from terminals only', () => {
    expect(isEventFrame(frameOf(told(1, GASP)))).toBe(true);
    expect(isEventFrame(frameOf(anyFrame({ control: 0x4b, afn: 0x0e, data: hex('0005') })))).toBe(false);
  });
});

describe('a request for events', () => {
  const to = { terminal: '02001234', station: 4 };
  const pointers = (known: number | null, important: number): string =>
    toHex(frameOf(encodeEventRequest(to, { known, important, number: 3 })).data);

  it('asks for those between what is known and the counter, and else for the last few', () => {
    expect(pointers(250, 2)).toBe('FA02');
    expect(pointers(null, 79)).toBe('474F');
    expect(pointers(null, 3)).toBe('0003');
  });

  it('is AFN 0E F1 of the terminal, with the number of its caller', () => {
    const frame = frameOf(encodeEventRequest(to, { known: 1, important: 2, number: 0x13 }));
    expect(frame).toMatchObject({ control: 0x4b, afn: 0x0e, seq: 0x63, da: 0, dt: 1, ...to });
  });
});
