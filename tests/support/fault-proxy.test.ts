import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FaultProxy } from './fault-proxy.ts';

let server: Server;
let served: Socket[];
let proxy: FaultProxy;
let clients: Socket[];

beforeEach(async () => {
  served = [];
  clients = [];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    served.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => socket.write(bytes));
    socket.on('end', () => socket.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = await FaultProxy.start((server.address() as AddressInfo).port);
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await proxy.stop();
  for (const socket of served) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** A client of an echo, with what has come back and how the connection ended. */
async function client() {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  clients.push(socket);
  const seen = { socket, echo: Buffer.alloc(0), end: null as 'fin' | 'rst' | null };
  socket.on('data', (bytes: Buffer) => {
    seen.echo = Buffer.concat([seen.echo, bytes]);
  });
  socket.on('end', () => {
    seen.end ??= 'fin';
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') seen.end = 'rst';
  });
  // Also when it is turned away at once.
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  return seen;
}

function becomes(holds: () => boolean): Promise<void> {
  return expect.poll(holds, { timeout: 5000, interval: 5 }).toBe(true);
}

it('passes everything on in fair weather, both ways, and both ends of a connection', async () => {
  const { socket, ...seen } = await client();
  const sent = Buffer.alloc(3_000_000, 'abcdefgh');
  let got = 0;
  socket.on('data', (bytes: Buffer) => {
    got += bytes.length;
  });
  socket.end(sent);
  await once(socket, 'end');
  expect(got).toBe(sent.length);
  expect(seen.end).toBeNull();
  expect(proxy.passed).toEqual({ up: sent.length, down: sent.length });
});

it('lets bytes through slowly, and fast again', async () => {
  const seen = await client();
  proxy.set('down', { pace: { bytes: 1, everyMs: 20 } });
  seen.socket.write('0123456789');
  await becomes(() => seen.echo.length > 0);
  expect(seen.echo.length).toBeLessThan(10);
  proxy.heal();
  await becomes(() => seen.echo.toString() === '0123456789');
});

it('holds what comes, and loses none of it', async () => {
  const seen = await client();
  proxy.set('up', { hold: true });
  seen.socket.write('held');
  await sleep(80);
  expect(seen.echo.length).toBe(0);
  proxy.set('up', { delayMs: 10 });
  await becomes(() => seen.echo.toString() === 'held');
});

it('takes no more than it can pass on', async () => {
  const { socket } = await client();
  proxy.set('up', { hold: true });
  const block = Buffer.alloc(1_000_000);
  for (let i = 0; i < 64; i++) socket.write(block);
  await sleep(200);
  // The rest still waits in the sender.
  expect(socket.writableLength).toBeGreaterThan(16_000_000);
});

it.each(['up', 'down'] as const)('swallows what goes %s without a word to either end, for good', async (direction) => {
  const seen = await client();
  proxy.swallow(direction);
  seen.socket.write('gone');
  await sleep(80);
  expect(seen).toMatchObject({ echo: Buffer.alloc(0), end: null });
  expect(proxy.passed).toEqual({ up: direction === 'up' ? 0 : 4, down: 0 });
  const other = await client();
  other.socket.write('here');
  await becomes(() => other.echo.toString() === 'here');
  proxy.heal();
  await becomes(() => seen.end === 'rst');
});

it('resets every connection, and turns new ones away', async () => {
  const seen = [await client(), await client()];
  await becomes(() => served.length === 2);
  expect(proxy.reset()).toBe(2);
  await becomes(() => seen.every(({ end }) => end === 'rst'));
  await becomes(() => proxy.connections === 0);
  proxy.turnAway('reset');
  const refused = await client();
  await becomes(() => refused.end === 'rst');
  proxy.turnAway('silent');
  const ignored = await client();
  ignored.socket.write('hello');
  await sleep(80);
  expect(ignored).toMatchObject({ echo: Buffer.alloc(0), end: null });
});

it('closes one half', async () => {
  const seen = await client();
  await becomes(() => served.length === 1);
  proxy.halfClose('down');
  await becomes(() => seen.end === 'fin');
  seen.socket.write('still up');
  await becomes(() => proxy.passed.up === 8);
});

it('resets the connection in place of a byte', async () => {
  const seen = await client();
  proxy.resetAt('down', 4);
  seen.socket.write('12345678');
  await becomes(() => seen.end === 'rst');
  expect('123'.startsWith(seen.echo.toString())).toBe(true);
  const next = await client();
  next.socket.write('12345678');
  await becomes(() => next.echo.length === 8);
});

it('turns one bit of one byte', async () => {
  const seen = await client();
  proxy.corruptAt('up', 2);
  seen.socket.write('aaaa');
  await becomes(() => seen.echo.length === 4);
  expect(seen.echo.toString()).toBe('aqaa');
});

it('ends the connection of a client whose server is not there', async () => {
  const lost = await FaultProxy.start(1);
  const socket = connect(lost.port, '127.0.0.1');
  clients.push(socket);
  await new Promise((resolve) => socket.once('error', resolve).once('close', resolve));
  await lost.stop();
});
