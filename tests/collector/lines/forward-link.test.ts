import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Forward } from '#contract/plan.ts';
import { Bus } from '../../../collector/lines/bus.ts';
import { ForwardLink } from '../../../collector/lines/forward-link.ts';
import { Dlt645Client } from '../../../collector/protocols/dlt645/client.ts';
import { findFrame as findMeterFrame } from '../../../collector/protocols/dlt645/frame.ts';
import { encodeRequest } from '../../../collector/protocols/dlt645/frame-encode.ts';
import { decodeForwardRequest } from '../../../collector/protocols/gdw376/forward.ts';
import { type Frame, findFrame } from '../../../collector/protocols/gdw376/frame.ts';
import { encodeReply } from '../../support/dlt645-reply.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { anyFrame, forwardReply, linkFrame } from '../protocols/gdw376/any-frame.ts';
import { requestNamed, responseNamed, toHex } from '../protocols/gdw376/vectors.ts';
import { StubLink } from './stub-link.ts';

const FORWARD: Forward = { terminal: '02001234', port: 31, baudRate: 2400, parity: 'even' };
const TIMING = { replyTimeoutMs: 25_000, byteGapMs: 500, pauseMs: 0, quietMs: 0 };
const METER = '151230011061';
const READ = encodeRequest({ address: METER, control: 0x11, data: Uint8Array.of(0, 0, 1, 0) });

function sentFrame(bytes: Uint8Array | undefined): Frame {
  const found = findFrame(bytes ?? new Uint8Array());
  if (found.kind !== 'frame') throw new Error('no frame was sent');
  return found.frame;
}

function bench(forward: Partial<Forward> = {}, timing = TIMING) {
  const clock = new ManualClock(0);
  const inner = new StubLink();
  const logger = quietLogger();
  const link = new ForwardLink({ inner, forward: { ...FORWARD, ...forward }, timing, clock, logger });
  const got: string[] = [];
  link.onData((bytes) => got.push(toHex(bytes)));
  /** The request as the terminal sees it. */
  const ask = (): Frame => {
    link.write(READ);
    return sentFrame(inner.written.at(-1));
  };
  return { clock, inner, logger, link, got, ask };
}

const ANSWER = encodeReply({ address: METER, control: 0x91, data: Uint8Array.of(0, 0, 1, 0, 0x78, 6, 0, 0) });

describe('a forwarded request', () => {
  it('is the recorded one but for the time tag and the times to wait', () => {
    const recorded = sentFrame(requestNamed('transparent forward AFN10 F1 of'));
    const sent = bench().ask();
    expect({ ...sent, seq: 0, data: 0, aux: 0 }).toEqual({ ...recorded, seq: 0, data: 0, aux: 0 });
    expect(sent.seq).toBe(0x61);
    expect(toHex(sent.aux.password)).toBe('00'.repeat(16));
    const now = decodeForwardRequest(sent.data);
    const then = decodeForwardRequest(recorded.data);
    expect(toHex(now?.inner ?? new Uint8Array())).toBe(toHex(then?.inner ?? new Uint8Array()));
    expect([now?.port, now?.comm]).toEqual([then?.port, then?.comm]);
  });

  it('tells the terminal to give up somewhat earlier than the line does, and after a minute at most', () => {
    const waits = [1000, 8000, 25_000, 120_000].map(
      (replyTimeoutMs) => decodeForwardRequest(bench({}, { ...TIMING, replyTimeoutMs }).ask().data)?.wait,
    );
    // 500 ms, 4 s, 20 s, 60 s.
    expect(waits).toEqual([0x32, 0x84, 0x94, 0xbc]);
    expect(decodeForwardRequest(bench().ask().data)?.byteTimeout).toBe(50);
  });

  it('keeps the FE bytes for the meters on a bus, and leaves them out for the carrier module', () => {
    const innerOf = (port: number): string =>
      toHex(decodeForwardRequest(bench({ port }).ask().data)?.inner ?? new Uint8Array());
    expect(innerOf(2)).toBe(toHex(READ));
    expect(innerOf(31)).toBe(toHex(READ.subarray(4)));
  });

  it('has a number of its own, of four bits', () => {
    const { ask } = bench();
    expect(Array.from({ length: 17 }, () => ask().seq & 0x0f)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1,
    ]);
  });

  it('is refused unless it is one read: nothing goes out', () => {
    const { link, inner } = bench();
    const trip = encodeReply({ address: METER, control: 0x1c, data: new Uint8Array(16) });
    for (const bytes of [trip, Uint8Array.of(...READ, ...trip), Uint8Array.of(0xfe), new Uint8Array()]) {
      expect(() => link.write(bytes)).toThrow(expect.objectContaining({ code: 'read_only' }));
    }
    expect(inner.written).toEqual([]);
  });

  it('cannot be written while the connection to the terminal is down', () => {
    const { link, inner } = bench();
    inner.drop('link_reset: connection reset');
    expect(() => link.write(READ)).toThrow(expect.objectContaining({ code: 'link_closed' }));
  });
});

describe('what a terminal says', () => {
  it('is delivered when it is the reply to the last request, without what is around it', () => {
    const { ask, inner, got } = bench();
    inner.deliver(...forwardReply(ask(), ANSWER));
    expect(got).toEqual([toHex(ANSWER)]);
  });

  it('is delivered from a reply with event counters and time tag, as recorded', () => {
    const { ask, inner, got } = bench();
    for (let i = 0; i < 16; i++) ask();
    inner.deliver(...responseNamed('transparent forward AFN10 F1 of'));
    expect(got).toEqual(['68611001301215689108' + '33333433AB393333' + '4916']);
  });

  it('is put together from any pieces, with rubbish and frames of the link between', () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });
    const noise = fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.filter((byte) => byte !== 0x68));
    fc.assert(
      fc.property(pieces, noise, fc.boolean(), (sizes, rubbish, beats) => {
        const { ask, inner, got } = bench();
        const stream = [...rubbish, ...(beats ? linkFrame(3) : []), ...forwardReply(ask(), ANSWER)];
        for (let i = 0; stream.length > 0; i++) inner.deliver(...stream.splice(0, sizes[i % sizes.length]));
        expect(got).toEqual([toHex(ANSWER)]);
      }),
    );
  });

  it('of the link is answered: login, heartbeat and logout', () => {
    const { inner, got, link } = bench();
    for (const fn of [1, 3, 2] as const) inner.deliver(...linkFrame(fn, '02001234', 0x70 | fn));
    expect(inner.written.map(toHex)).toEqual(
      [1, 3, 2].map((number) => toHex(anyFrame({ control: 0x0b, afn: 0, seq: 0x60 | number }))),
    );
    expect(got).toEqual([]);
    expect(link.isOpen).toBe(true);
  });

  it('is dropped when it answers another request, or comes from another port or terminal', () => {
    const { ask, inner, got, logger } = bench();
    const first = ask();
    const second = ask();
    inner.deliver(...forwardReply(first, ANSWER));
    inner.deliver(...forwardReply(second, ANSWER, { port: 1 }));
    inner.deliver(...forwardReply(second, ANSWER, { terminal: '02001235' }));
    inner.deliver(...linkFrame(1, '02001235'));
    expect(got).toEqual([]);
    expect(inner.written).toHaveLength(2);
    expect(logger.lines.map(({ level, fields }) => [level, (fields as { why: string }).why])).toEqual([
      ['info', 'it answers another request than the last'],
      ['info', 'it comes from another port'],
      ['info', 'it comes from another terminal'],
      ['debug', 'it comes from another terminal'],
    ]);
    inner.deliver(...forwardReply(second, ANSWER));
    expect(got).toHaveLength(1);
  });

  it('is dropped when it denies, is empty, in parts, going down, or something that nobody asked for', () => {
    const { ask, inner, got, logger } = bench();
    const asked = ask();
    const { seq } = asked;
    const frames = [
      anyFrame({ control: 0x88, afn: 0, seq, dt: 2 }),
      anyFrame({ control: 0x80, afn: 0, seq, dt: 4, data: Uint8Array.of(0x10, 0, 0, 1, 0, 1) }),
      forwardReply(asked, new Uint8Array()),
      forwardReply(asked, ANSWER, { seq: seq & ~0x20 }),
      forwardReply(asked, ANSWER, { dt: 2 }),
      forwardReply(asked, ANSWER, { data: Uint8Array.of(31, 200, 0, ...ANSWER) }),
      forwardReply(asked, ANSWER, {
        control: 0x08,
        aux: { password: new Uint8Array(16), events: new Uint8Array(), tag: new Uint8Array() },
      }),
      anyFrame({ control: 0xc4, afn: 0x0e, seq: 0x75, data: new Uint8Array(30) }),
    ];
    for (const frame of frames) inner.deliver(...frame);
    expect(got).toEqual([]);
    expect(inner.written).toHaveLength(1);
    const told = logger.lines.map(({ fields }) => (fields as { why: string }).why);
    expect(told).toHaveLength(frames.length);
    expect(new Set(told)).toEqual(
      new Set([
        'the terminal denies',
        'the meter did not answer the terminal',
        'it is no whole reply of AFN 10 F1',
        'it is no reply to a forward',
      ]),
    );
  });

  it('of the link in the name of a group is dropped: the confirmation would go to the group', () => {
    const { inner, got, logger } = bench();
    for (const fn of [1, 2, 4]) inner.deliver(...anyFrame({ control: 0xc9, afn: 0x02, station: 1, seq: 0x71, dt: fn }));
    expect([inner.written, got]).toEqual([[], []]);
    expect(logger.lines[0]?.fields).toMatchObject({ why: 'it comes from a group' });
  });

  it('makes nothing go out but confirmations of the link, whatever it is', () => {
    const byte = fc.integer({ min: 0, max: 0xff });
    const word = fc.constantFrom(0, 0, 0, 1, 1, 4, 0x0101);
    const frame = fc
      .record({
        control: fc.oneof(byte, fc.constantFrom(0xc9, 0x88)),
        afn: fc.constantFrom(0, 1, 2, 2, 2, 4, 5, 0x10),
        station: fc.constantFrom(0, 1, 4, 0xff),
        seq: byte,
        da: word,
        dt: word,
        terminal: fc.constantFrom('02001234', '02001234', '02001235', '0200FFFF'),
        data: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(Uint8Array.of(31, 4, 0, 0x68, 1, 2, 0x16))),
      })
      .map(anyFrame);
    const talk = fc.array(fc.oneof(frame, fc.uint8Array({ maxLength: 30 })), { maxLength: 6 });
    fc.assert(
      fc.property(talk, (pieces) => {
        const { inner } = bench();
        for (const piece of pieces) inner.deliver(...piece);
        for (const bytes of inner.written) {
          const { control, afn, dt, data } = sentFrame(bytes);
          expect([control, afn, dt, data.length]).toEqual([0x0b, 0, 1, 0]);
        }
      }),
    );
  });

  it('is never delivered altered when one byte of it has changed', () => {
    const { ask, inner, got } = bench();
    const reply = forwardReply(ask(), ANSWER);
    for (const at of reply.keys()) {
      for (const flip of [0x01, 0x10, 0x80, 0xff]) inner.deliver(...reply.with(at, (reply[at] ?? 0) ^ flip));
    }
    expect(got.filter((bytes) => bytes !== toHex(ANSWER))).toEqual([]);
  });

  it('on one connection does not end what began on the one before', () => {
    const { ask, inner, got } = bench();
    const reply = forwardReply(ask(), ANSWER);
    inner.deliver(...reply.subarray(0, 30));
    inner.drop('link_reset: connection reset');
    inner.isOpen = true;
    inner.deliver(...reply.subarray(30));
    expect(got).toEqual([]);
  });
});

describe('a link through a terminal', () => {
  it('opens, closes and is lost with the connection to the terminal', async () => {
    const { link, inner } = bench();
    const downs: string[] = [];
    link.onDown((why) => downs.push(why));
    expect([link.name, link.bitRate, link.isOpen]).toEqual(['stub, port 31 of terminal 02001234', null, true]);
    inner.drop('link_reset: connection reset');
    expect(link.isOpen).toBe(false);
    await link.open(new AbortController().signal);
    expect(inner.isOpen).toBe(true);
    await link.close();
    expect(downs).toEqual(['link_reset: connection reset', 'link_closed: closed here']);
  });

  function client(): ReturnType<typeof bench> & { client: Dlt645Client; bus: Bus } {
    const parts = bench();
    const bus = new Bus({ link: parts.link, timing: TIMING, clock: parts.clock, downReason: 'concentrator_offline' });
    return { ...parts, bus, client: new Dlt645Client(bus) };
  }

  it('reads a meter, with a heartbeat and a late reply of another meter between', async () => {
    const { client: meters, inner } = client();
    inner.onWrite = (bytes) => {
      const frame = sentFrame(bytes);
      if (frame.afn !== 0x10) return;
      const asked = findMeterFrame(decodeForwardRequest(frame.data)?.inner ?? new Uint8Array());
      if (asked.kind !== 'frame') throw new Error('no meter was asked');
      const other = encodeReply({ address: '1', control: 0x91, data: Uint8Array.of(...asked.frame.data, 9, 9, 9, 9) });
      const data = Uint8Array.of(...asked.frame.data, 0x78, 6, 0, 0);
      inner.deliver(...linkFrame(3), ...forwardReply(frame, other));
      inner.deliver(...forwardReply(frame, encodeReply({ address: METER, control: 0x91, data }, 4)));
    };
    expect(toHex(await meters.readData(METER, '00010000'))).toBe('78060000');
  });

  it('gives a meter up after the reply time when the terminal denies, and reads the next', async () => {
    const { client: meters, inner, clock } = client();
    inner.onWrite = (bytes) => inner.deliver(...anyFrame({ control: 0x88, afn: 0, seq: sentFrame(bytes).seq, dt: 2 }));
    const denied = expect(meters.readData(METER, '00010000')).rejects.toMatchObject({ reason: 'no_answer' });
    await clock.advance(25_000);
    await denied;
    // The error reply of the first meter comes late: it must not be taken for an answer of the second request.
    const first = sentFrame(inner.written[0]);
    const failed = encodeReply({ address: METER, control: 0xd1, data: Uint8Array.of(2) });
    inner.onWrite = (bytes) => {
      inner.deliver(...forwardReply(first, failed));
      inner.deliver(...forwardReply(sentFrame(bytes), ANSWER));
    };
    const answered = meters.readData(METER, '00010000');
    await settle();
    expect(toHex(await answered)).toBe('78060000');
  });
});
