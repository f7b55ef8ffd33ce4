import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReportLink } from '../../../collector/lines/report-link.ts';
import { findFrame } from '../../../collector/protocols/dlt698/frame.ts';
import type { SupplyEvent } from '../../../collector/protocols/supply-event.ts';
import { encodeReply } from '../../support/dlt645-reply.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { frameOf, ON_WIRE } from '../protocols/dlt698/meter-frames.ts';
import { meterReport, terminalReport } from '../protocols/dlt698/reports.ts';
import { hex, toHex } from '../protocols/dlt698/vectors.ts';
import { StubLink } from './stub-link.ts';

const TERMINAL = '000012345678';
const START = '2026-11-20 10:15:07';

function bench(terminal: string | null = TERMINAL) {
  const inner = new StubLink();
  const told: SupplyEvent[] = [];
  const logger = quietLogger();
  const disk = Promise.withResolvers<void>();
  const listener = {
    zone: 'Asia/Shanghai',
    tell: (events: readonly SupplyEvent[]): Promise<void> => {
      told.push(...events);
      return disk.promise;
    },
  };
  const clock = new ManualClock(0);
  const link = new ReportLink({ inner, terminal, listener, clock, logger });
  const got: number[] = [];
  link.onData((bytes) => got.push(...bytes));
  return { inner, told, disk, logger, got, clock };
}

const reportFrame = (apdu: string, address = ON_WIRE): Uint8Array =>
  frameOf({ apdu: hex(apdu), control: 0x83, address });
const GASP = reportFrame(terminalReport(START, null));
/** Replies of meters of both protocols; some hold what looks like the beginning of a report. */
const REPLIES = [
  frameOf({ apdu: hex('8501010010020101060001E2400000') }),
  frameOf({ apdu: hex('850101001002010109086810008305785634120000') }),
  frameOf({ apdu: hex('850101001002010109056810008305') }),
  encodeReply({ address: '050505836810', control: 0x91, data: Uint8Array.of(0, 0, 1, 0, 0x78, 6, 0, 0) }),
  encodeReply({ address: '000005831068', control: 0xd1, data: Uint8Array.of(2) }),
];

describe('a report', () => {
  it('is told, and confirmed once it is on disk', async () => {
    const { inner, told, disk, got } = bench();
    inner.deliver(...GASP);
    await settle();
    expect(told).toMatchObject([{ meter: null, end: null }]);
    expect(inner.written).toEqual([]);
    disk.resolve();
    await settle();
    const [confirm] = inner.written.map((bytes) => findFrame(bytes));
    expect(confirm).toMatchObject({ kind: 'frame', frame: { control: 0x03, address: { text: TERMINAL } } });
    expect(got).toEqual([]);
  });

  it('of a meter is told with its address, whoever sent it', () => {
    const { inner, told } = bench();
    inner.deliver(...reportFrame(meterReport(START, null, '000000000042')));
    expect(told).toMatchObject([{ meter: '000000000042' }]);
  });

  it.each([
    ['speaks for another terminal', reportFrame(terminalReport(START, null), '05010000000000')],
    ['cannot be read', reportFrame('880305000000')],
    ['is damaged behind its head', GASP.with(-4, 0x55)],
    ['comes from a group', reportFrame(terminalReport(START, null), '85785634120000')],
  ])('that %s is dropped with a word, and not confirmed', async (_, bytes) => {
    const { inner, told, disk, logger, got } = bench();
    disk.resolve();
    inner.deliver(...bytes);
    await settle();
    expect(told).toEqual([]);
    expect(inner.written).toEqual([]);
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn']);
    expect(got).toEqual([]);
  });

  it('anywhere among replies and in any pieces is told, and the replies go on unchanged', async () => {
    const part = fc.oneof(fc.constant(GASP), fc.constantFrom(...REPLIES));
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), sizes, async (parts, pieces) => {
        const { inner, told, got, clock } = bench();
        const stream = parts.flatMap((bytes) => [...bytes]);
        for (let i = 0; stream.length > 0; i++) inner.deliver(...stream.splice(0, pieces[i % pieces.length]));
        await clock.advance(100);
        expect(told).toHaveLength(parts.filter((bytes) => bytes === GASP).length);
        expect(toHex(Uint8Array.from(got))).toBe(
          parts
            .filter((bytes) => bytes !== GASP)
            .map(toHex)
            .join(''),
        );
      }),
    );
  });
});

describe('the reply of a meter', () => {
  it.each(REPLIES.map((bytes) => [toHex(bytes), bytes] as const))('goes on at once: %s', (_, bytes) => {
    const { inner, got } = bench();
    inner.deliver(...bytes);
    expect(toHex(Uint8Array.from(got))).toBe(toHex(bytes));
  });

  it('goes on at once whatever its value and its sum', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (value) => {
        for (const bytes of [
          encodeReply({ address: '123456789012', control: 0x91, data: value }),
          frameOf({ apdu: Uint8Array.of(0x85, 1, 1, ...value) }),
        ]) {
          const { inner, got } = bench();
          inner.deliver(...bytes);
          expect(got).toHaveLength(bytes.length);
        }
      }),
    );
  });

  it.each([
    ['68 16', [0x68, 0x16]],
    ['68 05 16', [0x68, 0x05, 0x16]],
  ])('goes on at once when its end comes by itself and is %s', (_, end) => {
    const { inner, got } = bench();
    inner.deliver(...(REPLIES[0]?.subarray(0, 20) ?? []));
    inner.deliver(...end);
    expect(got.slice(-end.length)).toEqual(end);
  });

  it('whose end looks like the beginning of a report goes on when nothing follows', async () => {
    const { inner, got, clock } = bench();
    inner.deliver(...[1, 2, 0x68, 0x10, 0x00]);
    expect(got).toEqual([1, 2]);
    await clock.advance(100);
    expect(got).toEqual([1, 2, 0x68, 0x10, 0x00]);
  });

  it('after half a report that never went on is not lost with it', () => {
    const { inner, got } = bench();
    inner.deliver(...GASP.subarray(0, 30));
    inner.drop('link_reset: connection reset');
    inner.isOpen = true;
    const [reply] = REPLIES;
    inner.deliver(...(reply ?? []));
    expect(got).toEqual([...(reply ?? [])]);
  });
});
