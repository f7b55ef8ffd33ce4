import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#platform/clock.ts';
import { Bus } from '../../../../collector/lines/bus.ts';
import { TcpLink } from '../../../../collector/lines/tcp-link.ts';
import { ModbusReader } from '../../../../collector/protocols/modbus/reader.ts';
import { planMeter, task } from '../../../support/plan.ts';
import { floatWords } from './scripted-line.ts';

const meter = planMeter('M1', { address: '3', model: 'sdm120' });
const wanted = task('freeze-day');

/** TCP frame of a reply to a request, with its transaction id and unit. */
function answerTo(request: Buffer, ...pdu: number[]): Buffer {
  const length = pdu.length + 1;
  return Buffer.from([request[0] ?? 0, request[1] ?? 0, 0, 0, length >> 8, length & 0xff, request[6] ?? 0, ...pdu]);
}

const energies = floatWords(1.5, 0.25).flatMap((word) => [word >> 8, word & 0xff]);

let server: Server;
let answer: (request: Buffer, socket: Socket) => void;
let link: TcpLink;
let bus: Bus;
let reader: ModbusReader;

beforeEach(async () => {
  const sockets = new Set<Socket>();
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (request) => answer(request, socket));
  });
  server.on('close', () => {
    for (const socket of sockets) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const clock = systemClock();
  link = new TcpLink({ host: '127.0.0.1', port: address.port }, clock);
  const timing = { replyTimeoutMs: 1000, byteGapMs: 500, pauseMs: 0, quietMs: 0 };
  bus = new Bus({ link, timing, clock, downReason: 'concentrator_offline' });
  reader = new ModbusReader({ exchanger: bus, protocol: 'modbus-tcp', clock });
  await link.open(new AbortController().signal);
});

afterEach(async () => {
  await link.close();
  server.close();
});

describe('a meter behind a Modbus TCP endpoint', () => {
  it('is read, whatever pieces its reply comes in and whatever stale replies come before it', async () => {
    const requests: string[] = [];
    answer = (request, socket) => {
      requests.push(request.toString('hex'));
      const stale = answerTo(Buffer.from([0xff, 0xfe, 0, 0, 0, 6, 3]), 4, 8, 9, 9, 9, 9, 9, 9, 9, 9);
      const reply = answerTo(request, 4, 8, ...energies);
      socket.write(Buffer.concat([stale, reply.subarray(0, 9)]));
      setImmediate(() => socket.write(reply.subarray(9)));
    };
    const { values } = await reader.read(meter, wanted, 0);
    expect([...values]).toEqual([
      ['energy_import_wh', 1500],
      ['energy_export_wh', 250],
    ]);
    await reader.read(meter, wanted, 0);
    expect(requests).toEqual(['000100000006030400480004', '000200000006030400480004']);
    expect(bus.counters).toMatchObject({ replies: 2, strays: 2 });
  });

  it('that is silent behind its gateway leaves the connection open', async () => {
    answer = (request, socket) => socket.write(answerTo(request, 0x84, 0x0b));
    await expect(reader.read(meter, wanted, 0)).rejects.toMatchObject({ reason: 'no_answer', next: 'retry' });
    expect(link.isOpen).toBe(true);
  });

  it('whose gateway loses its place in the stream asks for a new connection', async () => {
    answer = (_request, socket) => socket.write(Buffer.from('0001ffff0006', 'hex'));
    await expect(reader.read(meter, wanted, 0)).rejects.toMatchObject({ reason: 'malformed', next: 'reconnect' });
  });

  it.each([
    ['ends', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
  ])('whose gateway %s the connection over a request is offline at once', async (_what, drop) => {
    answer = (_request, socket) => drop(socket);
    await expect(reader.read(meter, wanted, 0)).rejects.toMatchObject({
      reason: 'concentrator_offline',
      next: 'reconnect',
    });
    expect(link.isOpen).toBe(false);
    answer = (request, socket) => socket.write(answerTo(request, 4, 8, ...energies));
    await link.open(new AbortController().signal);
    expect((await reader.read(meter, wanted, 0)).values.size).toBe(2);
  });
});
