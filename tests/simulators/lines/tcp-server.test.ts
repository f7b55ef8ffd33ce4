import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeFrame } from '../../../simulators/dlt645/frame.ts';
import { startDlt645TcpServer, startModbusTcpServer, type TcpLine } from '../../../simulators/lines/tcp-server.ts';
import { encodeMbap } from '../../../simulators/modbus/mbap-splitter.ts';
import { number, parse } from '../support/read645.ts';
import { ID, oneLine } from '../support/small-world.ts';

const open: { line?: TcpLine; sockets: Socket[] } = { sockets: [] };
afterEach(async () => {
  for (const socket of open.sockets.splice(0)) socket.destroy();
  await open.line?.close();
});

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  open.sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** How a new connection ends: `connect`, or the code of the error. */
function dialResult(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  open.sockets.push(socket);
  return new Promise((resolve) => {
    socket.once('connect', () => resolve('connect'));
    socket.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  });
}

/** Also by a reset, which `once` of node:events would take for a failure of the test. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** Waits for something that another process or the kernel decides. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 200) throw new Error('did not come true');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a line on TCP', () => {
  it('answers Modbus TCP with the values of the oracle', async () => {
    const world = oneLine('modbus-tcp', 3);
    open.line = await startModbusTcpServer({ world, line: 'L1' });
    const socket = await dial(open.line.port);
    const before = Date.now();
    socket.write(encodeMbap(9, 2, Uint8Array.of(4, 0, 0x48, 0, 2)));
    const [reply] = (await once(socket, 'data')) as [Buffer];
    expect([...reply.subarray(0, 9)]).toEqual([0, 9, 0, 0, 0, 7, 2, 4, 4]);
    const candidates = [before, Date.now()].map((at) => world.meter('310001000002').registers(at).importWh);
    expect(candidates).toContain(Math.round(reply.readFloatBE(9) * 1000));
    expect(open.line.stats).toMatchObject({ requests: 1, replies: 1 });
  });

  it('passes DL/T 645 frames through a concentrator, to several masters', async () => {
    const world = oneLine('dlt645-tcp', 3);
    open.line = await startDlt645TcpServer({ world, line: 'L1' });
    const [one, two] = [await dial(open.line.port), await dial(open.line.port)];
    for (const socket of [one, two]) {
      const before = Date.now();
      socket.write(encodeFrame({ address: ID, control: 0x11, data: Uint8Array.of(0, 0, 1, 0) }, 4));
      const [reply] = (await once(socket, 'data')) as [Buffer];
      const candidates = [before, Date.now()].map((at) => world.meter(ID).registers(at).importWh / 1000);
      expect(candidates).toContain(number(parse(reply).data.slice(4), 2));
    }
  });

  it('cuts connections and refuses new ones while the concentrator is offline, then listens on the same port', async () => {
    const world = oneLine('dlt645-tcp', 1);
    open.line = await startDlt645TcpServer({ world, line: 'L1' });
    const { port } = open.line;
    const socket = await dial(port);
    const cut = closed(socket);
    world.faults.put('f1', { kind: 'concentrator-offline', target: { line: 'L1' } }, Date.now());
    await cut;
    await until(async () => (await dialResult(port)) === 'ECONNREFUSED');
    world.faults.end('f1', Date.now());
    await until(async () => (await dialResult(port)) === 'connect');
    expect(open.line.port).toBe(port);
  });

  it('goes offline and comes back by itself at the instants of the fault', async () => {
    const world = oneLine('dlt645-tcp', 1);
    const now = Date.now();
    const times = { from: now + 150, until: now + 400 };
    world.faults.put('f1', { kind: 'concentrator-offline', target: { line: 'L1' }, ...times }, now);
    open.line = await startDlt645TcpServer({ world, line: 'L1' });
    const { port } = open.line;
    expect(await dialResult(port)).toBe('connect');
    await until(async () => (await dialResult(port)) === 'ECONNREFUSED');
    await until(async () => (await dialResult(port)) === 'connect');
    expect(Date.now()).toBeGreaterThanOrEqual(times.until - 5);
  });

  it('starts offline when the fault is there already, with its port known', async () => {
    const world = oneLine('dlt645-tcp', 1);
    world.faults.put('f1', { kind: 'concentrator-offline', target: { line: 'L1' } }, Date.now());
    open.line = await startDlt645TcpServer({ world, line: 'L1' });
    expect(open.line.port).toBeGreaterThan(0);
    expect(await dialResult(open.line.port)).toBe('ECONNREFUSED');
  });

  it('says which line cannot have its port', async () => {
    const world = oneLine('dlt645-tcp', 1);
    open.line = await startDlt645TcpServer({ world, line: 'L1' });
    await expect(startDlt645TcpServer({ world, line: 'L1', port: open.line.port })).rejects.toThrow(
      `cannot listen for line L1 on 127.0.0.1:${open.line.port}`,
    );
  });

  it('ends every connection when it is closed', async () => {
    const world = oneLine('modbus-tcp', 1);
    open.line = await startModbusTcpServer({ world, line: 'L1' });
    const socket = await dial(open.line.port);
    const cut = closed(socket);
    await open.line.close();
    await cut;
    expect(await dialResult(open.line.port)).toBe('ECONNREFUSED');
  });
});
