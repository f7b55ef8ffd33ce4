import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '#platform/clock.ts';
import { Bus } from '../../../../collector/lines/bus.ts';
import { TcpLink } from '../../../../collector/lines/tcp-link.ts';
import { ModbusReader } from '../../../../collector/protocols/modbus/reader.ts';
import { planMeter, task } from '../../../support/plan.ts';
import { rtu, rtuReply } from './rtu-wire.ts';
import { floatWords } from './scripted-line.ts';

let close: () => Promise<void> = async () => {};
afterEach(() => close());

/** A converter that passes RTU frames through: CRC and all, no header of Modbus TCP. */
async function converter(answer: (request: Buffer) => readonly Uint8Array[]): Promise<ModbusReader> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.setNoDelay(true);
    socket.on('data', (request) => {
      for (const piece of answer(request)) socket.write(piece);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const clock = systemClock();
  const link = new TcpLink({ host: '127.0.0.1', port: address.port }, clock);
  close = async () => {
    await link.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  const timing = { replyTimeoutMs: 1000, byteGapMs: 200, pauseMs: 0, quietMs: 10 };
  const bus = new Bus({ link, timing, clock, downReason: 'line_down' });
  await link.open(new AbortController().signal);
  return new ModbusReader({ exchanger: bus, protocol: 'modbus-rtu', clock, tries: () => 3 });
}

const meter = planMeter('M1', { address: '3', model: 'sdm120' });

it('a meter behind a converter that passes RTU frames over TCP is read, noise and echoes or not', async () => {
  const requests: string[] = [];
  const reader = await converter((request) => {
    requests.push(request.toString('hex'));
    const [unit = 0, functionCode = 0, , , , quantity = 0] = request;
    const reply = rtuReply(unit, functionCode, floatWords(1.5, 0.25, 0, 0).slice(0, quantity));
    return [request, reply.subarray(0, 3), reply.subarray(3)];
  });
  expect([...(await reader.read(meter, task('freeze-day'), 0)).values]).toEqual([
    ['energy_import_wh', 1500],
    ['energy_export_wh', 250],
  ]);
  // CRC at the end of each request; the first is the probe that finds the step of the unit.
  expect(requests.at(-1)).toBe(Buffer.from(rtu(3, 4, 0, 0x48, 0, 4)).toString('hex'));
  expect(requests).toHaveLength(2);
});

it('a damaged reply over such a converter is asked for again', async () => {
  let damaged = 1;
  const reader = await converter((request) => {
    const [unit = 0, functionCode = 0, , , , quantity = 0] = request;
    const reply = rtuReply(unit, functionCode, floatWords(1.5, 0.25, 0, 0).slice(0, quantity));
    if (quantity === 4 && damaged-- > 0) reply[5] = (reply[5] ?? 0) ^ 0x10;
    return [reply];
  });
  expect((await reader.read(meter, task('freeze-day'), 0)).values.get('energy_import_wh')).toBe(1500);
});
