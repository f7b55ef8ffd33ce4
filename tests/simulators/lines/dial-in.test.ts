import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { encodePacket, type Packet, PacketSplitter } from '../../../simulators/gdw376/packet.ts';
import { type DialInLine, startDialIn } from '../../../simulators/lines/dial-in.ts';
import type { LineKind, TerminalSpec } from '../../../simulators/world/spec.ts';
import type { World } from '../../../simulators/world/world.ts';
import { parse } from '../support/read645.ts';
import { bytes, parse698, request698 } from '../support/read698.ts';
import { ID, oneLine } from '../support/small-world.ts';

const opened: { line?: DialInLine; server?: Server; sockets: Socket[] } = { sockets: [] };
afterEach(async () => {
  await opened.line?.close();
  for (const socket of opened.sockets.splice(0)) socket.destroy();
  opened.server?.close();
});

/** Waits for something that another process or the kernel decides. */
async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 500) throw new Error('did not come true');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

interface Caller {
  readonly socket: Socket;
  readonly packets: Packet[];
  readonly raw: Buffer[];
  closed: boolean;
}
type Confirm = (packet: Packet) => Uint8Array | undefined;
const confirmAll: Confirm = ({ terminal, seq }) =>
  encodePacket({
    control: 0x0b,
    terminal,
    master: 0,
    afn: 0,
    seq: 0x60 | (seq & 15),
    data: Uint8Array.of(0, 0, 1, 0),
  });

/** A collector that confirms what `confirm` says; who called, and what each of them sent. */
async function listen(confirm: Confirm = confirmAll, port = 0): Promise<{ port: number; callers: Caller[] }> {
  const callers: Caller[] = [];
  const server = createServer((socket) => {
    const caller: Caller = { socket, packets: [], raw: [], closed: false };
    callers.push(caller);
    opened.sockets.push(socket);
    const splitter = new PacketSplitter();
    socket.on('error', () => {});
    socket.on('close', () => {
      caller.closed = true;
    });
    socket.on('data', (data) => {
      caller.raw.push(data);
      for (const packet of splitter.push(data)) {
        caller.packets.push(packet);
        const answer = packet.afn === 2 ? confirm(packet) : undefined;
        if (answer) socket.write(answer);
      }
    });
  });
  opened.server = server;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, callers };
}

const QUICK: Partial<TerminalSpec> = { heartbeatS: 0.02, confirmMs: 50, backOffMs: [5, 40] };
function start(port: number, kind: LineKind = 'gdw376-dial-in', terminal: Partial<TerminalSpec> = {}) {
  const world: World = oneLine(kind, 2, undefined, {}, { terminal: { ...QUICK, ...terminal } });
  opened.line = startDialIn({ world, line: 'L1', port });
  return { world, line: opened.line };
}
const forward = (): Uint8Array => {
  const frame = bytes(`68 01 00 00 01 00 31 68 11 04 33 33 34 33 66 16`);
  const sum = frame.slice(0, -2).reduce((a, b) => a + b, 0) % 256;
  const inner = frame.with(-2, sum);
  const data = [0, 0, 1, 0, 31, 0x6b, 0x85, 10, inner.length, 0, ...inner, ...new Array<number>(16).fill(0)];
  return encodePacket({
    control: 0x4b,
    terminal: '31010001',
    master: 4,
    afn: 0x10,
    seq: 0x61,
    data: Uint8Array.from(data),
  });
};

describe('a Q/GDW 376.1 terminal that dials in', () => {
  it('logs in, greets again and again, and forwards to its meters', async () => {
    const { port, callers } = await listen();
    const { line } = start(port);
    await until(() => line.calls.confirmations >= 3);
    const [caller] = callers;
    expect(callers).toHaveLength(1);
    expect(caller?.packets.slice(0, 3).map(({ terminal, data }) => [terminal, data[2]])).toEqual([
      ['31010001', 1],
      ['31010001', 4],
      ['31010001', 4],
    ]);
    expect(new Set(caller?.packets.slice(0, 3).map(({ seq }) => seq)).size).toBe(3);
    caller?.socket.write(forward());
    await until(() => caller?.packets.some(({ afn }) => afn === 0x10) ?? false);
    const reply = caller?.packets.find(({ afn }) => afn === 0x10);
    expect(parse(reply?.data.slice(7) ?? new Uint8Array())).toMatchObject({ address: ID, control: 0x91 });
  });

  it('does not answer before its login is confirmed, hangs up without a confirmation, and calls again', async () => {
    let willing = false;
    const { port, callers } = await listen((packet) => (willing ? confirmAll(packet) : undefined));
    const { line } = start(port);
    await until(() => (callers[0]?.packets.length ?? 0) > 0);
    callers[0]?.socket.write(forward());
    await until(() => callers.length >= 2);
    expect(callers[0]?.closed).toBe(true);
    expect(callers[0]?.packets.every(({ afn }) => afn === 2)).toBe(true);
    expect(line.isKnown).toBe(false);
    willing = true;
    await until(() => line.isKnown);
  });

  it('keeps calling while nobody listens, and is there when somebody does', async () => {
    const { port } = await listen();
    opened.server?.close();
    await once(opened.server as Server, 'close');
    const { line } = start(port);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(line.calls.connections).toBe(0);
    await listen(confirmAll, port);
    await until(() => line.isKnown);
  });

  it('calls again when the collector hangs up', async () => {
    const { port, callers } = await listen();
    const { line } = start(port);
    await until(() => line.isKnown);
    callers[0]?.socket.destroy();
    await until(() => callers.length === 2 && line.isKnown);
  });

  it('is gone while it is offline, and returns', async () => {
    const { port, callers } = await listen();
    const { line, world } = start(port);
    await until(() => line.isKnown);
    world.faults.put('off', { kind: 'concentrator-offline', target: { line: 'L1' } }, Date.now());
    await until(() => callers[0]?.closed ?? false);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(callers).toHaveLength(1);
    world.faults.end('off', Date.now());
    await until(() => line.isKnown);
  });

  it('logs in a second time without closing the first connection, which then says nothing', async () => {
    const { port, callers } = await listen();
    const { line, world } = start(port);
    await until(() => line.isKnown);
    world.faults.put('twice', { kind: 'double-login', target: { line: 'L1' } }, Date.now());
    await until(() => callers.length === 2 && line.isKnown);
    const heard = callers[0]?.packets.length;
    callers[0]?.socket.write(forward());
    callers[1]?.socket.write(forward());
    await until(() => callers[1]?.packets.some(({ afn }) => afn === 0x10) ?? false);
    expect([callers[0]?.packets.length, callers[0]?.closed, callers.length]).toEqual([heard, false, 2]);
    world.faults.end('twice', Date.now());
    await until(() => callers[0]?.closed ?? false);
    expect(line.isKnown).toBe(true);
  });

  it('drops its connection at a request and calls again', async () => {
    const { port, callers } = await listen();
    const { line, world } = start(port);
    world.faults.put('drop', { kind: 'drops-connection', target: { line: 'L1' }, every: 1 }, Date.now());
    await until(() => line.isKnown);
    callers[0]?.socket.write(forward());
    await until(() => callers.length === 2 && line.isKnown);
    expect(callers[0]?.packets.some(({ afn }) => afn === 0x10)).toBe(false);
  });
});

describe('a DL/T 698.45 terminal that dials in', () => {
  it('logs in with LINK-Request, waits for the response, and passes frames to its meters', async () => {
    const { port, callers } = await listen();
    const { line } = start(port, 'dlt698-dial-in', { heartbeatS: 60, confirmMs: 5_000 });
    await until(() => (callers[0]?.raw.length ?? 0) > 0);
    const [caller] = callers;
    const login = parse698(caller?.raw[0] ?? new Uint8Array());
    expect([login.control, login.address, ...login.apdu.slice(0, 5)]).toEqual([0x81, '310100000001', 1, 1, 0, 0, 60]);
    const read = request698(ID, bytes('0501000010020100'));
    caller?.socket.write(read);
    const time = login.apdu.slice(5, 15);
    caller?.socket.write(request698('310100000001', [0x81, 2, 0x80, ...time, ...time, ...time], 0x01));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(line.isKnown).toBe(false);
    caller?.socket.write(request698('310100000001', [0x81, 1, 0x80, ...time, ...time, ...time], 0x01));
    await until(() => line.isKnown);
    expect(caller?.raw).toHaveLength(1);
    caller?.socket.write(read);
    await until(() => (caller?.raw.length ?? 0) > 1);
    expect(parse698(caller?.raw[1] ?? new Uint8Array())).toMatchObject({ address: ID, control: 0xc3 });
  });
});
