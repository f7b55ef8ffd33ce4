import { describe, expect, it } from 'vitest';
import { ForwardLink } from '../../../collector/lines/forward-link.ts';
import { encodeRequest } from '../../../collector/protocols/dlt645/frame-encode.ts';
import { type Frame, findFrame } from '../../../collector/protocols/gdw376/frame.ts';
import type { SupplyEvent } from '../../../collector/protocols/supply-event.ts';
import { encodeReply } from '../../support/dlt645-reply.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { local } from '../protocols/dlt645/reader-support.ts';
import { anyFrame, forwardReply } from '../protocols/gdw376/any-frame.ts';
import { hex } from '../protocols/gdw376/vectors.ts';
import { StubLink } from './stub-link.ts';

const FORWARD = { terminal: '02001234', port: 31, baudRate: 2400, parity: 'even' } as const;
const TIMING = { replyTimeoutMs: 25_000, byteGapMs: 500 };
const METER = '151230011061';
const READ = encodeRequest({ address: METER, control: 0x11, data: Uint8Array.of(0, 0, 1, 0) });
const ANSWER = encodeReply({ address: METER, control: 0x91, data: Uint8Array.of(0, 0, 1, 0, 0x78, 6, 0, 0) });
/** Counters, pointers 4 to 5, ERC 14 without an end. */
const GASP = hex('05000405 0E0A 1510201126EEEEEEEEEE');

const AT = local('2026-11-20 10:15');

function bench() {
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
  const clock = new ManualClock(AT + 25_000);
  const link = new ForwardLink({ inner, forward: FORWARD, timing: TIMING, clock, logger, listener });
  const sent = (): Frame[] =>
    inner.written.flatMap((bytes) => {
      const found = findFrame(bytes);
      return found.kind === 'frame' ? [found.frame] : [];
    });
  const gasp = (seq: number, data = GASP): void =>
    inner.deliver(...anyFrame({ control: 0xc4, afn: 0x0e, seq, dt: 1, data }));
  /** A reply to a read, with these event counters. */
  const reply = (important: number): void => {
    link.write(READ);
    const request = sent().at(-1);
    if (!request) throw new Error('nothing was sent');
    const aux = { password: hex(''), events: Uint8Array.of(important, 0), tag: hex('') };
    inner.deliver(...forwardReply(request, ANSWER, { control: 0xa8, aux }));
  };
  const asked = (): number[][] => sent().flatMap(({ afn, data }) => (afn === 0x0e ? [[...data]] : []));
  return { clock, inner, link, told, disk, logger, sent, gasp, reply, asked };
}

describe('events that a terminal tells unasked', () => {
  it('are told, and confirmed with their number once they are on disk', async () => {
    const { told, disk, sent, gasp } = bench();
    gasp(0x75);
    await settle();
    expect(told).toMatchObject([{ meter: null, end: null }]);
    expect(sent()).toEqual([]);
    disk.resolve();
    await settle();
    expect(sent()).toMatchObject([{ afn: 0, control: 0x0b, seq: 0x65 }]);
  });

  it('are not confirmed when nobody asks for it, when the disk fails, or when the terminal has hung up', async () => {
    const quiet = bench();
    quiet.disk.resolve();
    quiet.gasp(0x65);
    const broken = bench();
    broken.disk.reject(new Error('no disk'));
    broken.gasp(0x75);
    const gone = bench();
    gone.gasp(0x75);
    gone.inner.drop('link_reset: no power');
    gone.disk.resolve();
    await settle();
    for (const { told, sent } of [quiet, broken, gone]) {
      expect(told).toHaveLength(1);
      expect(sent()).toEqual([]);
    }
  });

  it('that make no sense are dropped with a word, and not confirmed', async () => {
    const { told, disk, sent, gasp, logger } = bench();
    disk.resolve();
    gasp(0x75, hex('05000405 0E0A 1510201326EEEEEEEEEE'));
    await settle();
    expect(told).toEqual([]);
    expect(sent()).toEqual([]);
    expect(logger.lines.map(({ level }) => level)).toEqual(['info']);
  });

  it('between a request and its reply harm neither', async () => {
    const { inner, link, gasp, told, sent } = bench();
    const got: Uint8Array[] = [];
    link.onData((bytes) => got.push(bytes));
    link.write(READ);
    gasp(0x75);
    const [request] = sent();
    if (!request) throw new Error('nothing was sent');
    inner.deliver(...forwardReply(request, ANSWER));
    expect(told).toHaveLength(1);
    expect(got.map((bytes) => [...bytes])).toEqual([[...ANSWER]]);
  });
});

describe('the beginning of an interruption, of which a terminal names the minute', () => {
  const BOTH = hex('06000506 0E0A 15102011264210201126');
  const SHORT = hex('06000506 0E0A 15102011261510201126');
  const starts = ({ told }: { readonly told: readonly SupplyEvent[] }): number[] => told.map(({ start }) => start - AT);

  it('is when its last breath came, for good', async () => {
    const one = bench();
    one.gasp(0x65);
    await one.clock.advance(20_000);
    one.gasp(0x65);
    one.gasp(0x65, BOTH);
    expect(starts(one)).toEqual([25_000, 25_000, 25_000]);
    expect(one.told.map(({ end }) => end)).toEqual([null, null, AT + 27 * 60_000]);
  });

  it('is no later than its minute, nor than its end', async () => {
    const slow = bench();
    await slow.clock.advance(90_000);
    slow.gasp(0x65);
    expect(starts(slow)).toEqual([59_000]);
    slow.gasp(0x65, SHORT);
    expect(slow.told[1]).toMatchObject({ start: AT + 59_000, end: AT + 59_000 });
  });

  it('is that minute when the last breath did not come, or came at quite another time', async () => {
    const lost = bench();
    lost.gasp(0x65, BOTH);
    const late = bench();
    await late.clock.advance(600_000);
    late.gasp(0x65);
    expect([starts(lost), starts(late)]).toEqual([[0], [0]]);
  });
});

describe('events that a terminal says are waiting', () => {
  it('are asked for once with each new count, from what is known on', async () => {
    const { reply, asked, gasp, disk } = bench();
    disk.resolve();
    reply(3);
    reply(3);
    expect(asked()).toEqual([[0, 3]]);
    gasp(0x65);
    await settle();
    reply(5);
    expect(asked()).toHaveLength(1);
    reply(7);
    expect(asked()).toEqual([
      [0, 3],
      [5, 7],
    ]);
  });

  it('are asked for again over a new connection when they did not come', () => {
    const { reply, asked, inner } = bench();
    reply(3);
    inner.drop('link_reset: connection reset');
    inner.isOpen = true;
    reply(3);
    expect(asked()).toHaveLength(2);
  });
});
