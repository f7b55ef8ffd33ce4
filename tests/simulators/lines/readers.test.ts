import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameSplitter } from '../../../simulators/dlt645/frame.ts';
import type { FaultInput } from '../../../simulators/faults/parse-fault.ts';
import { dlt645Reader } from '../../../simulators/lines/dlt645-reader.ts';
import { FieldLine } from '../../../simulators/lines/field-line.ts';
import { modbusRtuReader, modbusTcpReader } from '../../../simulators/lines/modbus-reader.ts';
import { crc16 } from '../../../simulators/modbus/crc16.ts';
import { encodeMbap } from '../../../simulators/modbus/mbap-splitter.ts';
import { encodeRtu } from '../../../simulators/modbus/rtu-splitter.ts';
import type { LineKind } from '../../../simulators/world/spec.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { parse } from '../support/read645.ts';
import { ID, NOW, oneLine } from '../support/small-world.ts';

const READERS = { dlt645: dlt645Reader, rtu: modbusRtuReader, tcp: modbusTcpReader };
const KINDS: Readonly<Record<keyof typeof READERS, LineKind>> = {
  dlt645: 'dlt645-tcp',
  rtu: 'modbus-rtu-pty',
  tcp: 'modbus-tcp',
};
const PDU = Uint8Array.of(4, 0, 0x48, 0, 2);
const REQUESTS = {
  dlt645: encodeFrame({ address: ID, control: 0x11, data: Uint8Array.of(0, 0, 1, 0) }),
  rtu: encodeRtu(1, PDU),
  tcp: encodeMbap(0x1234, 1, PDU),
};

/** A line of two meters that answers at once, and the replies it sent. */
function talk(protocol: keyof typeof READERS, fault?: FaultInput) {
  const world = oneLine(KINDS[protocol], 2);
  const clock = new ManualClock(NOW);
  const line = new FieldLine({ world, line: 'L1', clock });
  if (fault) world.faults.put('f1', fault, NOW);
  const replies: Uint8Array[] = [];
  const reader = READERS[protocol](line, (bytes) => replies.push(bytes));
  const ask = (bytes: Uint8Array = REQUESTS[protocol]): boolean => reader.receive(bytes);
  return { world, clock, line, replies, ask };
}
const target = { meter: ID };
const all = Object.keys(READERS) as (keyof typeof READERS)[];

describe('a line', () => {
  it.each(all)('answers what was asked, in pieces or all at once: %s', (protocol) => {
    const { replies, ask } = talk(protocol);
    ask();
    for (const byte of REQUESTS[protocol]) ask(Uint8Array.of(byte));
    ask(Buffer.concat([REQUESTS[protocol], REQUESTS[protocol]]));
    expect(replies).toHaveLength(4);
    expect(new Set(replies.map(String)).size).toBe(1);
  });

  it('forgets the beginning of a frame after a silence, however long it would have become', () => {
    const begun = {
      dlt645: Uint8Array.of(...REQUESTS.dlt645.subarray(0, 9), 200),
      rtu: Uint8Array.of(1, 0x10, 0, 0, 0, 1, 255),
    };
    for (const protocol of ['dlt645', 'rtu'] as const) {
      const { clock, replies, ask } = talk(protocol);
      ask(begun[protocol]);
      ask();
      expect(replies).toEqual([]);
      clock.advance(1_500);
      ask();
      expect(replies).toHaveLength(1);
    }
  });

  it.each(all)('stays silent for a dead meter, but not for its neighbour: %s', (protocol) => {
    const { world, replies, ask, line } = talk(protocol, { kind: 'dead', target });
    ask();
    expect(replies).toEqual([]);
    world.faults.end('f1', NOW);
    ask();
    expect(replies).toHaveLength(1);
    expect(line.stats).toMatchObject({ requests: 2, replies: 1, unanswered: 1 });
  });

  it.each(all)('is silent as a whole when the line is dead: %s', (protocol) => {
    const { replies, ask } = talk(protocol, { kind: 'dead', target: { line: 'L1' } });
    ask();
    expect(replies).toEqual([]);
  });

  it.each(all)('answers slowly where that is asked for: %s', (protocol) => {
    const { clock, replies, ask } = talk(protocol, { kind: 'slow', target, delayMs: 350 });
    ask();
    clock.advance(349);
    expect(replies).toEqual([]);
    clock.advance(1);
    expect(replies).toHaveLength(1);
  });

  it.each(all)('lets another request pass a reply that comes too late: %s', (protocol) => {
    const { world, clock, replies, ask } = talk(protocol, { kind: 'late-reply', target, delayMs: 8_000 });
    ask();
    clock.advance(1_000);
    expect(replies).toEqual([]);
    world.faults.end('f1', clock.now());
    ask();
    expect(replies).toHaveLength(1);
    clock.advance(7_000);
    expect(replies).toHaveLength(2);
  });

  it('answers with another address', () => {
    const wrong = { kind: 'wrong-reply', target, as: 'address' } as const;
    const dlt645 = talk('dlt645', wrong);
    dlt645.ask();
    expect(parse(dlt645.replies[0] ?? new Uint8Array()).address).toBe('310001000002');
    const rtu = talk('rtu', wrong);
    rtu.ask();
    expect(rtu.replies[0]?.[0]).toBe(2);
    expect(crc16(rtu.replies[0] ?? new Uint8Array())).toBe(0);
    const tcp = talk('tcp', wrong);
    tcp.ask();
    expect([...(tcp.replies[0] ?? [])].slice(0, 8)).toEqual([0x12, 0x34, 0, 0, 0, 7, 2, 4]);
  });

  it('answers with another item', () => {
    const wrong = { kind: 'wrong-reply', target, as: 'item' } as const;
    const dlt645 = talk('dlt645', wrong);
    dlt645.ask();
    expect(parse(dlt645.replies[0] ?? new Uint8Array()).data.slice(0, 4)).toEqual([0, 1, 1, 0]);
    const rtu = talk('rtu', wrong);
    rtu.ask();
    expect(rtu.replies[0]?.[2]).toBe(2);
    expect(rtu.replies[0]).toHaveLength(7);
  });

  it('damages every fourth reply so that its checksum shows it', () => {
    for (const protocol of ['dlt645', 'rtu'] as const) {
      const { replies, ask } = talk(protocol, { kind: 'noise', target, every: 4 });
      for (let i = 0; i < 12; i++) ask();
      const intact = replies.map((bytes) =>
        protocol === 'rtu' ? crc16(bytes) === 0 : new FrameSplitter().push(bytes).length === 1,
      );
      expect(intact).toEqual(Array.from({ length: 12 }, (_, i) => i % 4 !== 3));
    }
  });

  it('has a TCP gateway report noise on the bus behind it as exception 0B', () => {
    const { replies, ask } = talk('tcp', { kind: 'noise', target, every: 2 });
    ask();
    ask();
    expect([...(replies[1] ?? [])]).toEqual([0x12, 0x34, 0, 0, 0, 3, 1, 0x84, 0x0b]);
  });

  it('bends a reply in several ways at once', () => {
    const { world, clock, replies, ask } = talk('rtu', { kind: 'wrong-reply', target });
    world.faults.put('f2', { kind: 'slow', target, delayMs: 100 }, NOW);
    world.faults.put('f3', { kind: 'slow', target: { line: 'L1' }, delayMs: 100 }, NOW);
    ask();
    clock.advance(199);
    expect(replies).toEqual([]);
    clock.advance(1);
    expect(replies[0]?.[0]).toBe(2);
  });

  it('ends a connection that does not speak Modbus TCP', () => {
    expect(talk('tcp').ask(Buffer.from('GET / HTTP/1.1\r\n'))).toBe(false);
  });
});
