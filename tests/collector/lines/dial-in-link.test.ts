import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '#platform/clock.ts';
import { Bus } from '../../../collector/lines/bus.ts';
import { DialInLink } from '../../../collector/lines/dial-in-link.ts';
import { DialIns } from '../../../collector/lines/dial-in-listeners.ts';
import { linkOf } from '../../../collector/lines/plan-link.ts';
import { Dlt645Client } from '../../../collector/protocols/dlt645/client.ts';
import { findFrame } from '../../../collector/protocols/dlt645/frame.ts';
import { encodeReply } from '../../support/dlt645-reply.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { responseNamed, toHex } from '../protocols/gdw376/vectors.ts';
import { dial, freePort, type Terminal } from './dial-in-terminal.ts';
import { linkSuite, never, until, type Wired } from './link-suite.ts';

const TERMINAL = '02001234';
const CONFIRM = responseNamed('login AFN02');
const open: DialIns[] = [];
const dialled: Terminal[] = [];

afterEach(async () => {
  for (const terminal of dialled.splice(0)) terminal.hangUp();
  await Promise.all(open.splice(0).map((dialIns) => dialIns.close()));
});

function listening(clock = systemClock()): { dialIns: DialIns; logger: ReturnType<typeof quietLogger> } {
  const logger = quietLogger();
  const dialIns = new DialIns({ clock, logger, zone: () => 'Asia/Shanghai' });
  open.push(dialIns);
  return { dialIns, logger };
}

async function callIn(...args: Parameters<typeof dial>): Promise<Terminal> {
  const terminal = await dial(...args);
  dialled.push(terminal);
  return terminal;
}

/** A link whose terminal is logged in; what was said about that is not among the bytes received. */
async function wired(): Promise<Wired> {
  const { dialIns } = listening();
  const port = await freePort();
  const link = new DialInLink({ port, terminal: TERMINAL }, dialIns, systemClock());
  await dialIns.place({ port, terminal: TERMINAL }).listening();
  const terminal = await callIn(port);
  terminal.login();
  await until('the login is confirmed', () => terminal.received.length === CONFIRM.length);
  expect(toHex(Uint8Array.from(terminal.received.splice(0)))).toBe(toHex(CONFIRM));
  return {
    link,
    send: terminal.send,
    received: terminal.received,
    hangUp: terminal.hangUp,
    end: async () => terminal.hangUp(),
  };
}

describe('the link of a terminal that dials in', () => {
  linkSuite(wired);

  it('opens as soon as the terminal logs in', async () => {
    const { dialIns } = listening();
    const port = await freePort();
    const link = new DialInLink({ port, terminal: TERMINAL }, dialIns, systemClock());
    expect(link.name).toBe(`dial-in 02001234 on port ${port}`);
    const opening = link.open(never);
    await dialIns.place({ port, terminal: TERMINAL }).listening();
    const terminal = await callIn(port);
    terminal.login();
    await opening;
    expect(link.isOpen).toBe(true);
  });

  it('says that the terminal is not there, where it was waited for and when it was seen last', async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 20, 2));
    const { dialIns } = listening(clock);
    const port = await freePort();
    const link = new DialInLink({ port, terminal: TERMINAL }, dialIns, clock);
    const absent = async (): Promise<unknown> => {
      const failed = link.open(never).then(
        () => null,
        (error: unknown) => error,
      );
      await dialIns.place({ port, terminal: TERMINAL }).listening();
      await clock.advance(3000);
      return failed;
    };
    const where = `cannot open dial-in 02001234 on port ${port}: the terminal is not logged in; `;
    expect(await absent()).toMatchObject({
      code: 'terminal_absent',
      next: 'reconnect',
      message: `${where}it has not been seen yet`,
    });
    const terminal = await callIn(port);
    terminal.login();
    await until('the login is confirmed', () => terminal.received.length > 0);
    await link.open(never);
    expect(link.isOpen).toBe(true);
    terminal.hangUp();
    await until('the loss is known', () => !link.isOpen);
    expect(await absent()).toMatchObject({ message: `${where}it was seen last at 2026-11-20T02:00:03.000Z` });
  });

  it('finds the terminal still there after it was closed: a new plan costs nobody the connection', async () => {
    const { dialIns } = listening();
    const port = await freePort();
    const endpoint = { port, terminal: TERMINAL };
    const first = new DialInLink(endpoint, dialIns, systemClock());
    await dialIns.place(endpoint).listening();
    const terminal = await callIn(port);
    terminal.login();
    await first.open(never);
    await first.close();
    const second = new DialInLink(endpoint, dialIns, systemClock());
    await second.open(never);
    const got: number[] = [];
    second.onData((bytes) => got.push(...bytes));
    terminal.send(Uint8Array.of(1, 2, 3));
    await until('the bytes are there', () => got.length === 3);
    expect(terminal.isClosed).toBe(false);
  });

  it('is refused to a second line while the first works over it', async () => {
    const { dialIns } = listening();
    const port = await freePort();
    const endpoint = { port, terminal: TERMINAL };
    const first = new DialInLink(endpoint, dialIns, systemClock());
    await dialIns.place(endpoint).listening();
    (await callIn(port)).login();
    await first.open(never);
    const second = new DialInLink(endpoint, dialIns, systemClock());
    await expect(second.open(never)).rejects.toMatchObject({ code: 'terminal_taken', next: 'reconnect' });
    expect(first.isOpen).toBe(true);
  });

  it('ends an opening that is still under way when it is closed', async () => {
    const { dialIns } = listening();
    const port = await freePort();
    const link = new DialInLink({ port, terminal: TERMINAL }, dialIns, systemClock());
    const opening = link.open(never);
    await link.close();
    await expect(opening).rejects.toMatchObject({ code: 'link_closed' });
  });

  it('reads a meter behind a terminal that dials in, in pieces and after a heartbeat', async () => {
    const { dialIns, logger } = listening();
    const port = await freePort();
    const clock = systemClock();
    const link = linkOf(
      {
        link: { dialIn: { port, terminal: TERMINAL } },
        forward: { terminal: TERMINAL, port: 31, baudRate: 2400, parity: 'even' },
        timing: { replyTimeoutMs: 2000, byteGapMs: 500, pauseMs: 0, quietMs: 0 },
      },
      clock,
      dialIns,
      logger,
    );
    const timing = { replyTimeoutMs: 2000, byteGapMs: 500, pauseMs: 0, quietMs: 0 };
    const bus = new Bus({ link, timing, clock, downReason: 'concentrator_offline' });
    const meters = new Dlt645Client(bus);
    const opening = link.open(never);
    await dialIns.place({ port, terminal: TERMINAL }).listening();
    const terminal = await callIn(port, TERMINAL, (request) => {
      const found = findFrame(request);
      if (found.kind !== 'frame') return null;
      const { address, data } = found.frame;
      terminal.heartbeat();
      return encodeReply({ address, control: 0x91, data: Uint8Array.of(...data, 0x78, 6, 0, 0) });
    });
    terminal.login();
    await opening;
    expect(toHex(await meters.readData('151230011061', '00010000'))).toBe('78060000');
    expect(toHex(await meters.readData('151230011062', '00010000'))).toBe('78060000');
    await link.close();
  });
});
