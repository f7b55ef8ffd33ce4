import { mkdtempSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '#platform/clock.ts';
import { SerialLink } from '../../../collector/lines/serial-link.ts';
import { linkSuite, never, until, type Wired } from './link-suite.ts';
import { openPty } from './raw-pty.ts';

const settings = (path: string) => ({ path, baudRate: 9600, parity: 'none', dataBits: 8, stopBits: 1 }) as const;

/** The slave side of a pseudo terminal is the port, the master side is the device. */
async function wired(): Promise<Wired & { readonly path: string }> {
  const pty = openPty();
  const received: number[] = [];
  pty.onBytes((bytes) => received.push(...bytes));
  return {
    link: new SerialLink(settings(pty.path), systemClock()),
    send: pty.send,
    received,
    hangUp: pty.hangUp,
    end: async () => pty.hangUp(),
    path: pty.path,
  };
}

describe('a serial link', () => {
  linkSuite(wired);

  it('is called by port and settings, and knows its speed', () => {
    const link = new SerialLink({ ...settings('/dev/ttyUSB0'), baudRate: 2400, parity: 'even' }, systemClock());
    expect(link.name).toBe('serial /dev/ttyUSB0 2400 8E1');
    expect(link.bitRate).toBe(2400);
  });

  it('delivers bytes within milliseconds although nothing else happens in the process', async () => {
    const { link, send, end } = await wired();
    const arrived = new Promise<number>((resolve) => link.onData(() => resolve(performance.now())));
    await link.open(never);
    // Wait until the port rests: a binding that needs other callbacks to make progress shows it only then.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const sentAt = performance.now();
    send(Uint8Array.of(1, 2, 3));
    expect((await arrived) - sentAt).toBeLessThan(500);
    await link.close();
    await end();
  });

  it('says that the device hung up', async () => {
    const { link, hangUp } = await wired();
    const downs: string[] = [];
    link.onDown((why) => downs.push(why));
    await link.open(never);
    hangUp();
    await until('the loss is known', () => downs.length > 0);
    expect(downs[0]).toMatch(/^port_(unplugged|io): /);
  });

  it('lets go of a port that opens after it was called off, before it is opened again', async () => {
    const { link, end } = await wired();
    for (let turns = 0; turns < 6; turns++) {
      const stop = new AbortController();
      const opening = link.open(stop.signal);
      for (let i = 0; i < turns; i++) await null;
      stop.abort();
      await expect(opening).rejects.toMatchObject({ code: 'link_aborted' });
      await link.open(never);
      await link.close();
    }
    await end();
  });

  it('says that the driver does not answer', async () => {
    const { path, end } = await wired();
    const atOnce = {
      ...systemClock(),
      after: (_name: string, _ms: number, run: () => void) => {
        queueMicrotask(run);
        return () => {};
      },
    };
    const link = new SerialLink(settings(path), atOnce);
    await expect(link.open(never)).rejects.toMatchObject({ code: 'port_stuck', next: 'reconnect' });
    expect(link.isOpen).toBe(false);
    await end();
  });

  it('says that there is no such port', async () => {
    const link = new SerialLink(settings('/dev/ttyNOSUCH'), systemClock());
    await expect(link.open(never)).rejects.toMatchObject({
      message: 'cannot open serial /dev/ttyNOSUCH 9600 8N1: no such port',
      code: 'port_missing',
      next: 'reconnect',
    });
  });

  it('says that another program holds the port, and gets it when that lets go', async () => {
    const { link, path, end } = await wired();
    await link.open(never);
    const second = new SerialLink(settings(path), systemClock());
    await expect(second.open(never)).rejects.toMatchObject({ code: 'port_locked' });
    await link.close();
    await second.open(never);
    expect(second.isOpen).toBe(true);
    await second.close();
    await end();
  });

  it('finds its adapter again by its stable name when it was unplugged and plugged in elsewhere', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'by-id-'));
    const name = join(folder, 'usb-adapter');
    const first = openPty();
    symlinkSync(first.path, name);
    const link = new SerialLink(settings(name), systemClock());
    const why: string[] = [];
    link.onDown((text) => why.push(text));
    await link.open(never);
    first.hangUp();
    await until('the loss is known', () => why.length > 0);
    expect(why[0]).toMatch(/^port_(unplugged|io): /);
    unlinkSync(name);
    await expect(link.open(never)).rejects.toMatchObject({ code: 'port_missing' });
    const second = openPty();
    symlinkSync(second.path, name);
    const got: number[] = [];
    link.onData((bytes) => got.push(...bytes));
    await link.open(never);
    second.send(Uint8Array.of(0x68, 0x16));
    await until('the bytes are there', () => got.length === 2);
    expect(got).toEqual([0x68, 0x16]);
    await link.close();
    second.hangUp();
    rmSync(folder, { recursive: true });
  });
});
