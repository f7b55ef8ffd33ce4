import { once } from 'node:events';
import { closeSync, constants, existsSync, mkdtempSync, openSync, readlinkSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SerialPort } from 'serialport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrame } from '../../../simulators/dlt645/frame.ts';
import { startPtyBus } from '../../../simulators/lines/pty-bus.ts';
import { openRawPty } from '../../../simulators/lines/raw-pty.ts';
import { encodeRtu } from '../../../simulators/modbus/rtu-splitter.ts';
import { number, parse } from '../support/read645.ts';
import { ID, oneLine } from '../support/small-world.ts';

let folder: string;
const closing: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pty-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

async function openPort(path: string): Promise<SerialPort> {
  const port = new SerialPort({ path, baudRate: 9_600, parity: 'none', autoOpen: false });
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
  closing.push(() => new Promise((resolve) => (port.isOpen ? port.close(() => resolve()) : resolve())));
  return port;
}

async function collect(port: SerialPort, count: number): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < count) {
    const [chunk] = (await once(port, 'data')) as [Buffer];
    bytes = Buffer.concat([bytes, chunk]);
  }
  return bytes;
}
const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte);

describe('a pseudo-terminal', () => {
  it('passes all 256 byte values both ways unchanged', async () => {
    const received: number[] = [];
    const pty = await openRawPty(folder, 'bus', (bytes) => received.push(...bytes));
    closing.push(pty.close);
    const port = await openPort(pty.path);
    pty.write(EVERY_BYTE);
    expect(await collect(port, 256)).toEqual(Buffer.from(EVERY_BYTE));
    port.write(Buffer.from(EVERY_BYTE));
    await expect.poll(() => received).toEqual([...EVERY_BYTE]);
  });

  it('is raw for whoever opens it, even without settings of its own, and sends nothing back by itself', async () => {
    const received: number[] = [];
    const pty = await openRawPty(folder, 'bus', (bytes) => received.push(...bytes));
    closing.push(pty.close);
    pty.write(EVERY_BYTE);
    const slave = openSync(pty.path, constants.O_RDWR | constants.O_NOCTTY);
    writeSync(slave, EVERY_BYTE);
    await expect.poll(() => received.length).toBeGreaterThanOrEqual(256);
    expect(received).toEqual([...EVERY_BYTE]);
    closeSync(slave);
  });

  it('has the same path after a restart, and none after it was closed', async () => {
    const first = await openRawPty(folder, 'bus', () => {});
    const held = await openRawPty(folder, 'bus', () => {});
    expect(held.path).toBe(first.path);
    expect(readlinkSync(held.path)).toMatch(/^\/dev\//);
    await first.close();
    await held.close();
    expect(existsSync(held.path)).toBe(false);
  });
});

describe('an RS-485 bus on a pseudo-terminal', () => {
  it('answers DL/T 645 after the wire time, again after the port was closed and opened', async () => {
    const world = oneLine('dlt645-pty', 2, { baudRate: 9_600, replyDelayMs: [20, 30] });
    const bus = await startPtyBus({ world, line: 'L1', folder });
    closing.push(bus.close);
    const request = encodeFrame({ address: ID, control: 0x11, data: Uint8Array.of(0, 0, 1, 0) }, 4);
    for (let round = 0; round < 2; round++) {
      const port = await openPort(bus.path);
      const before = Date.now();
      port.write(Buffer.from(request));
      const reply = await collect(port, 20 + (world.meter(ID).seed % 3) * 2);
      const tookMs = Date.now() - before;
      const candidates = [before, Date.now()].map((at) => world.meter(ID).registers(at).importWh / 1000);
      expect(candidates).toContain(number(parse(reply).data.slice(4), 2));
      expect(tookMs).toBeGreaterThanOrEqual(20 + Math.floor((40 * 11_000) / 9_600) - 1);
      await new Promise<void>((resolve) => port.close(() => resolve()));
    }
    expect(bus.stats).toMatchObject({ requests: 2, replies: 2, overlaps: 0 });
  });

  it('answers Modbus RTU', async () => {
    const world = oneLine('modbus-rtu-pty', 2);
    const bus = await startPtyBus({ world, line: 'L1', folder });
    closing.push(bus.close);
    const port = await openPort(bus.path);
    const before = Date.now();
    port.write(Buffer.from(encodeRtu(2, Uint8Array.of(4, 0, 0, 0, 2))));
    const reply = await collect(port, 9);
    const candidates = [before, Date.now()].map((at) => world.meter('310001000002').registers(at).voltagesV[0]);
    expect(candidates).toContain(reply.readFloatBE(3));
  });
});
