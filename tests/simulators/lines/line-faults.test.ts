import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameSplitter } from '../../../simulators/dlt645/frame.ts';
import type { FaultInput } from '../../../simulators/faults/parse-fault.ts';
import { encodePacket, PacketSplitter } from '../../../simulators/gdw376/packet.ts';
import { dlt645Reader } from '../../../simulators/lines/dlt645-reader.ts';
import { droppable, FieldLine, type StreamReader } from '../../../simulators/lines/field-line.ts';
import { gdw376Reader } from '../../../simulators/lines/gdw376-reader.ts';
import { modbusRtuReader } from '../../../simulators/lines/modbus-reader.ts';
import { crc16 } from '../../../simulators/modbus/crc16.ts';
import { encodeRtu } from '../../../simulators/modbus/rtu-splitter.ts';
import type { LineKind } from '../../../simulators/world/spec.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { number, parse } from '../support/read645.ts';
import { bytes, parse698, request698, Values } from '../support/read698.ts';
import { ID, NOW, oneLine } from '../support/small-world.ts';

type Open = (line: FieldLine, send: (bytes: Uint8Array) => void) => StreamReader;
const ENERGY = encodeFrame({ address: ID, control: 0x11, data: Uint8Array.of(0, 0, 1, 0) });

/** A line of two meters that answers at once, and the replies it sent. */
function talk(kind: LineKind, open: Open, ...faults: FaultInput[]) {
  const world = oneLine(kind, 2);
  const clock = new ManualClock(NOW);
  const line = new FieldLine({ world, line: 'L1', clock });
  faults.forEach((fault, i) => {
    world.faults.put(`f${i}`, fault, NOW);
  });
  const replies: Uint8Array[] = [];
  const reader = open(line, (sent) => replies.push(sent));
  return { world, clock, replies, ask: (sent: Uint8Array) => reader.receive(sent) };
}
const target = { meter: ID };

describe('a meter that disagrees with itself', () => {
  it('shows 5 kWh too much every second time it is asked the same, in any protocol', () => {
    const kwh645 = talk('dlt645-tcp', dlt645Reader, { kind: 'disagree', target });
    for (let i = 0; i < 4; i++) kwh645.ask(ENERGY);
    const values645 = kwh645.replies.map((reply) => number(parse(reply).data.slice(4), 2) ?? 0);
    const kwh698 = talk('dlt698-tcp', dlt645Reader, { kind: 'disagree', target });
    for (let i = 0; i < 4; i++) kwh698.ask(request698(ID, [5, 1, i, ...bytes('00100201'), 0]));
    const values698 = kwh698.replies.map((reply) => Number(new Values(parse698(reply).apdu, 8).next()) / 100);
    const rtu = talk('modbus-rtu-pty', modbusRtuReader, { kind: 'disagree', target });
    for (let i = 0; i < 4; i++) rtu.ask(encodeRtu(1, Uint8Array.of(4, 0, 0x48, 0, 2)));
    const valuesRtu = rtu.replies.map((reply) => Buffer.from(reply).readFloatBE(3));
    for (const values of [values645, values698, valuesRtu]) {
      const [first = 0] = values;
      expect(values.map((value) => Math.round((value - first) * 100) / 100)).toEqual([0, 5, 0, 5]);
    }
    expect(values645[0]).toBe(kwh645.world.meter(ID).registers(NOW).importWh / 1000);
  });

  it('is believed when it is asked for something else in between, and lies to nobody afterwards', () => {
    const { world, replies, ask } = talk('dlt645-tcp', dlt645Reader, { kind: 'disagree', target });
    const before = world.meter(ID).registers(NOW);
    ask(ENERGY);
    ask(encodeFrame({ address: ID, control: 0x11, data: Uint8Array.of(0, 1, 1, 0) }));
    ask(ENERGY);
    expect(world.meter(ID).registers(NOW)).toEqual(before);
    world.faults.end('f0', NOW + 1000);
    expect(replies).toHaveLength(3);
  });
});

describe('noise before a reply', () => {
  it('is followed by the whole reply, whatever the noise looks like', () => {
    const { replies, ask } = talk('dlt645-tcp', dlt645Reader, { kind: 'junk', target, bytes: 7 });
    for (let i = 0; i < 6; i++) ask(ENERGY);
    for (const reply of replies) expect(parse(reply.slice(7)).control).toBe(0x91);
    expect(replies.map((reply) => reply[0] === 0x68).filter(Boolean).length).toBeGreaterThanOrEqual(3);
    expect(replies.every((reply) => new FrameSplitter().push(reply).length <= 1)).toBe(true);
    const rtu = talk('modbus-rtu-pty', modbusRtuReader, { kind: 'junk', target, bytes: 3 });
    rtu.ask(encodeRtu(1, Uint8Array.of(4, 0, 0, 0, 2)));
    expect(crc16(rtu.replies[0]?.slice(3) ?? new Uint8Array())).toBe(0);
  });
});

describe('a terminal that drops its connection', () => {
  it('does so at every n-th request', () => {
    const fault: FaultInput = { kind: 'drops-connection', target: { line: 'L1' }, every: 3 };
    const open: Open = (line, send) => droppable(line, dlt645Reader(line, send));
    const { ask } = talk('dlt645-tcp', open, fault);
    expect(Array.from({ length: 7 }, () => ask(ENERGY))).toEqual([true, true, false, true, true, false, true]);
  });
});

describe('a bus of meters of all three DL/T protocols', () => {
  it('has each meter answer the frames of its own', () => {
    const models = { models: ['dlt645-1ph', 'dlt698-1ph', 'dlt645-1997-1ph'] } as const;
    const world = oneLine('dlt645-tcp', 3, undefined, {}, models);
    const line = new FieldLine({ world, line: 'L1', clock: new ManualClock(NOW) });
    const replies: Uint8Array[] = [];
    const reader = dlt645Reader(line, (sent) => replies.push(sent));
    const address = (n: number) => `31000100000${n}`;
    for (const n of [1, 2, 3]) {
      reader.receive(encodeFrame({ address: address(n), control: 0x11, data: Uint8Array.of(0, 0, 1, 0) }));
      reader.receive(request698(address(n), bytes('0501000010020100')));
      reader.receive(encodeFrame({ address: address(n), control: 0x01, data: Uint8Array.of(0x10, 0x90) }));
    }
    expect(replies).toHaveLength(3);
    expect(parse(replies[0] ?? new Uint8Array())).toMatchObject({ address: address(1), control: 0x91 });
    expect(parse698(replies[1] ?? new Uint8Array())).toMatchObject({ address: address(2), control: 0xc3 });
    expect(parse(replies[2] ?? new Uint8Array())).toMatchObject({ address: address(3), control: 0x81 });
  });
});

/** A forward of a frame to port 31, written from the layout alone; it waits for two seconds. */
function forward(frame: Uint8Array): Uint8Array {
  const data = [0, 0, 1, 0, 31, 0x6b, 0x82, 10, frame.length, 0, ...frame, ...new Array<number>(16).fill(0)];
  return encodePacket({
    control: 0x4b,
    terminal: '31010001',
    master: 4,
    afn: 0x10,
    seq: 0x60,
    data: Uint8Array.from(data),
  });
}

describe('a line behind a Q/GDW 376.1 concentrator', () => {
  const open: Open = (line, send) => gdw376Reader(line, send);

  it('reads a meter through it', () => {
    const { world, replies, ask } = talk('gdw376-tcp', open);
    ask(forward(ENERGY));
    const [packet] = new PacketSplitter().push(replies[0] ?? new Uint8Array());
    expect([packet?.control, packet?.afn, packet?.data[4]]).toEqual([0x88, 0x10, 31]);
    const inner = packet?.data.slice(7) ?? new Uint8Array();
    expect(packet?.data[5]).toBe(inner.length);
    expect(number(parse(inner).data.slice(4), 2)).toBe(world.meter(ID).registers(NOW).importWh / 1000);
  });

  it('denies when the meter has not answered in the time that was given, and drops what comes later', () => {
    const { clock, replies, ask } = talk('gdw376-tcp', open, { kind: 'slow', target, delayMs: 5_000 });
    ask(forward(ENERGY));
    clock.advance(1_999);
    expect(replies).toEqual([]);
    clock.advance(1);
    expect(new PacketSplitter().push(replies[0] ?? new Uint8Array())[0]).toMatchObject({ control: 0x80, afn: 0 });
    clock.advance(10_000);
    expect(replies).toHaveLength(1);
  });

  it('ignores forwards while that fault lasts', () => {
    const { world, replies, ask } = talk('gdw376-tcp', open, { kind: 'ignores-forwards', target: { line: 'L1' } });
    ask(forward(ENERGY));
    expect(replies).toEqual([]);
    world.faults.end('f0', NOW);
    ask(forward(ENERGY));
    expect(replies).toHaveLength(1);
  });
});
