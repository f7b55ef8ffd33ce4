import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Concentrator, type ConcentratorSite } from '../../../simulators/gdw376/concentrator.ts';
import { greet, isConfirmation } from '../../../simulators/gdw376/greeting.ts';
import { encodePacket, type Packet, PacketSplitter } from '../../../simulators/gdw376/packet.ts';
import type { TerminalSpec } from '../../../simulators/world/spec.ts';
import { at } from '../support/small-world.ts';

interface Vector {
  readonly name: string;
  readonly request_hex: string;
  readonly response_hex: string | null;
}
const vectors = JSON.parse(
  readFileSync(new URL('../vectors/gdw376.json', import.meta.url), 'utf8'),
) as readonly Vector[];
const bytes = (hex: string | null | undefined): Buffer => Buffer.from((hex ?? '').replaceAll(' ', ''), 'hex');
const vector = (name: string): { request: Buffer; response: Buffer } => {
  const found = vectors.find((one) => one.name.includes(name));
  if (!found) throw new Error(`no vector ${name}`);
  return { request: bytes(found.request_hex), response: bytes(found.response_hex) };
};
const all = vectors.flatMap(({ name, request_hex, response_hex }) =>
  [request_hex, response_hex].flatMap((hex) => (hex ? [[name, bytes(hex)] as const] : [])),
);
const only = (stream: Uint8Array): Packet => {
  const [packet, ...more] = new PacketSplitter().push(stream);
  if (!packet || more.length > 0) throw new Error('not one packet');
  return packet;
};
const hex = (data: Uint8Array | undefined): string => Buffer.from(data ?? []).toString('hex');

describe('a packet of Q/GDW 376.1', () => {
  it.each(all)('is found and made again byte by byte: %s', (_, packet) => {
    const noisy = Buffer.concat([bytes('FE 68 00'), packet]);
    expect(hex(encodePacket(only(noisy)))).toBe(hex(packet));
  });

  it('is found in a stream cut anywhere, and not with a bit wrong in what its sum covers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(7), (size, bit) => {
        const stream = Buffer.concat(all.map(([, packet]) => packet));
        const splitter = new PacketSplitter();
        let found = 0;
        for (let from = 0; from < stream.length; from += size) {
          found += splitter.push(stream.subarray(from, from + size)).length;
        }
        expect(found).toBe(all.length);
        const wrong = Buffer.from(all[0]?.[1] ?? []);
        wrong[9] = (wrong[9] ?? 0) ^ (1 << bit);
        expect(new PacketSplitter().push(wrong)).toEqual([]);
      }),
    );
  });

  it('greets as real terminals did, and takes both kinds of confirmation for the number sent', () => {
    expect(hex(greet('login', '02001234', 1))).toBe(hex(vector('login AFN02').request));
    expect(hex(greet('heartbeat', '44030004', 2))).toBe(hex(vector('heartbeat region 4403').request));
    const plain = only(vector('login AFN02').response);
    expect(isConfirmation(plain, '02001234', 1)).toBe(true);
    expect(isConfirmation(plain, '02001234', 2)).toBe(false);
    expect(isConfirmation(plain, '02001235', 1)).toBe(false);
    const each = only(vector('item-wise').response);
    expect(isConfirmation(each, each.terminal, 1)).toBe(true);
    expect(isConfirmation({ ...each, data: each.data.with(-1, 1) }, each.terminal, 1)).toBe(false);
    expect(isConfirmation(only(vector('login AFN02').request), '02001234', 1)).toBe(false);
  });
});

const TERMINAL: TerminalSpec = {
  address: '02001234',
  port: 31,
  heartbeatS: 60,
  confirmMs: 1_000,
  backOffMs: [10, 100],
  onSilence: 'deny',
  eventCounters: [0x4f, 0],
};

/** A terminal whose bus does what `bus` says; what it was given, and what it sent. */
function terminal(
  bus: ConcentratorSite['forward'],
  own: Partial<TerminalSpec> = {},
  clock = '2013-05-21T23:50:06',
  ignores = false,
) {
  const sent: Uint8Array[] = [];
  const concentrator = new Concentrator({
    terminal: { ...TERMINAL, ...own },
    now: () => at(clock),
    forward: bus,
    ignoresForwards: () => ignores,
  });
  const ask = (request: Uint8Array): void => {
    for (const packet of new PacketSplitter().push(request)) concentrator.receive(packet, (reply) => sent.push(reply));
  };
  return { sent, ask };
}
const forward = vector('DL/T645 energy read');
const INNER = bytes('68 61 10 01 30 12 15 68 91 08 33 33 34 33 AB 39 33 33 49 16');

describe('a Q/GDW 376.1 concentrator', () => {
  it('forwards a frame and answers byte by byte as a real one did, with event counters and its own time', () => {
    const given: unknown[] = [];
    const { sent, ask } = terminal((frame, waitMs, done) => {
      given.push([hex(frame), waitMs]);
      done(INNER);
    });
    ask(forward.request);
    expect(given).toEqual([['68611001301215681104333334337b16', 60_000]]);
    expect(sent.map(hex)).toEqual([hex(forward.response)]);
  });

  it.each([
    ['deny', '00', '00000200'],
    ['empty', '10', '000001001f0000'],
  ] as const)('says so when no meter answers: %s', (onSilence, afn, data) => {
    const { sent, ask } = terminal((_frame, _wait, done) => done(null), { onSilence, eventCounters: null });
    ask(forward.request);
    const packet = only(sent[0] ?? new Uint8Array());
    expect([packet.control, packet.afn, hex(packet.data.slice(0, -6))]).toEqual([
      onSilence === 'deny' ? 0x80 : 0x88,
      Number.parseInt(afn, 16),
      data,
    ]);
  });

  it('says nothing when it is made so, and when it ignores forwards', () => {
    const silent = terminal((_frame, _wait, done) => done(null), { onSilence: 'silent' });
    silent.ask(forward.request);
    expect(silent.sent).toEqual([]);
    const ignoring = terminal((_frame, _wait, done) => done(INNER), {}, undefined, true);
    ignoring.ask(forward.request);
    expect(ignoring.sent).toEqual([]);
  });

  it('forwards one frame after another and answers each under its own number', () => {
    const pending: ((reply: Uint8Array | null) => void)[] = [];
    const { sent, ask } = terminal((_frame, _wait, done) => pending.push(done));
    const numbered = (number: number) => {
      const packet = only(forward.request);
      return encodePacket({ ...packet, seq: packet.seq | number });
    };
    ask(numbered(1));
    ask(numbered(2));
    expect(pending).toHaveLength(1);
    pending[0]?.(INNER);
    expect(pending).toHaveLength(2);
    pending[1]?.(INNER);
    expect(sent.map((reply) => only(reply).seq & 0x0f)).toEqual([1, 2]);
  });

  it('denies another port, lengths that do not add up, and everything but a forward; a stranger gets no answer', () => {
    const { sent, ask } = terminal((_frame, _wait, done) => done(INNER));
    const packet = only(forward.request);
    ask(encodePacket({ ...packet, data: packet.data.with(4, 1) }));
    ask(encodePacket({ ...packet, data: packet.data.slice(0, -7) }));
    ask(vector('reset').request);
    ask(encodePacket({ ...packet, afn: 0x05 }));
    expect(sent.map((reply) => [only(reply).afn, only(reply).data[2]])).toEqual([
      [0, 2],
      [0, 2],
      [0, 2],
      [0, 2],
    ]);
    ask(encodePacket({ ...packet, terminal: '02001235' }));
    ask(vector('login AFN02').response);
    expect(sent).toHaveLength(4);
  });
});
