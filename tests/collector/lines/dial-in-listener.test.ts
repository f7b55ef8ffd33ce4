import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { DialInLink } from '../../../collector/lines/dial-in-link.ts';
import { DialIns } from '../../../collector/lines/dial-in-listeners.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { linkFrame } from '../protocols/gdw376/any-frame.ts';
import { dial, freePort, type Terminal } from './dial-in-terminal.ts';
import { never, until } from './link-suite.ts';

const A = '02001234';
const B = '02001235';

const ends: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function bench(...terminals: string[]) {
  const clock = new ManualClock(Date.UTC(2026, 10, 20, 2));
  const logger = quietLogger();
  const dialIns = new DialIns({ clock, logger, zone: () => 'Asia/Shanghai' });
  ends.push(() => dialIns.close());
  const port = await freePort();
  const links = new Map(terminals.map((terminal) => [terminal, new DialInLink({ port, terminal }, dialIns, clock)]));
  for (const terminal of terminals) await dialIns.place({ port, terminal }).listening();
  const call = async (address = A): Promise<Terminal> => {
    const terminal = await dial(port, address);
    ends.push(terminal.hangUp);
    return terminal;
  };
  const linkTo = (terminal: string): DialInLink => {
    const link = links.get(terminal);
    if (!link) throw new Error(`no link to ${terminal}`);
    return link;
  };
  const answered = (terminal: Terminal): Promise<void> =>
    until('the terminal is answered', () => terminal.received.length >= 20);
  const closed = (terminal: Terminal): Promise<void> => until('the connection is closed', () => terminal.isClosed);
  return { clock, logger, dialIns, port, call, linkTo, answered, closed };
}

describe('a port that terminals dial in to', () => {
  it('serves several terminals, each with a line of its own', async () => {
    const { call, linkTo, answered } = await bench(A, B);
    const got = { [A]: [] as number[], [B]: [] as number[] };
    const terminals = { [A]: await call(A), [B]: await call(B) };
    for (const address of [A, B] as const) {
      terminals[address].login();
      linkTo(address).onData((bytes) => got[address].push(...bytes));
    }
    for (const address of [A, B] as const) {
      await answered(terminals[address]);
      await linkTo(address).open(never);
    }
    terminals[A].send(Uint8Array.of(1));
    terminals[B].send(Uint8Array.of(2));
    linkTo(B).write(Uint8Array.of(3));
    await until('the bytes are there', () => terminals[B].received.includes(3) && got[A].length === 1);
    await until('the bytes are there', () => got[B].length === 1);
    expect(got).toEqual({ [A]: [1], [B]: [2] });
    expect(terminals[A].received).not.toContain(3);
  });

  it('knows a terminal by its heartbeat too, with rubbish before it and in pieces', async () => {
    const { call, linkTo, answered } = await bench(A);
    const terminal = await call();
    terminal.send(Uint8Array.of(0x00, 0x68, 0x32, 0xff, 0x68, 0x68));
    const beat = linkFrame(3);
    terminal.send(beat.subarray(0, 7));
    await settle();
    terminal.send(beat.subarray(7));
    await answered(terminal);
    await linkTo(A).open(never);
    expect(linkTo(A).isOpen).toBe(true);
  });

  it('gives the line to a terminal that dials in again without having hung up', async () => {
    const { call, linkTo, answered, closed } = await bench(A);
    const link = linkTo(A);
    const downs: string[] = [];
    link.onDown((why) => downs.push(why));
    const first = await call();
    first.login();
    await answered(first);
    await link.open(never);
    const second = await call();
    second.login();
    await answered(second);
    await closed(first);
    expect(downs).toEqual([
      expect.stringMatching(/^link_closed: the terminal logged in again from .*127\.0\.0\.1:\d+$/),
    ]);
    await link.open(never);
    link.write(Uint8Array.of(9));
    await until('the new connection carries bytes', () => second.received.includes(9));
  });

  it('goes on with a terminal that logs in twice over one connection', async () => {
    const { call, linkTo, answered } = await bench(A);
    const terminal = await call();
    terminal.login();
    await answered(terminal);
    await linkTo(A).open(never);
    terminal.login();
    await until('the second login is confirmed', () => terminal.received.length === 40);
    expect(linkTo(A).isOpen).toBe(true);
  });

  it('does not answer a terminal that no line waits for, and tells of it once', async () => {
    const { call, logger, closed } = await bench(A);
    for (let i = 0; i < 3; i++) {
      const stranger = await call('99990001');
      stranger.login();
      await closed(stranger);
      expect(stranger.received).toEqual([]);
    }
    expect(logger.lines.map(({ level, message }) => [level, message])).toEqual([
      ['warn', 'a terminal dialled in that no line waits for; it is not answered'],
    ]);
    expect(logger.lines[0]?.fields).toMatchObject({ terminal: '99990001' });
  });

  it('does not answer for another terminal over the same connection', async () => {
    const { call, linkTo, answered, logger } = await bench(A, B);
    const terminal = await call();
    terminal.login();
    await answered(terminal);
    await linkTo(A).open(never);
    terminal.send(linkFrame(1, B));
    terminal.heartbeat();
    await until('the heartbeat is confirmed', () => terminal.received.length === 40);
    expect(logger.lines).toHaveLength(1);
    expect(linkTo(A).isOpen).toBe(true);
  });

  it('ends a connection that does not log in, and one that says too much else', async () => {
    const { call, clock, closed, linkTo, answered } = await bench(A);
    const mute = await call();
    const talker = await call();
    const terminal = await call();
    terminal.login();
    await answered(terminal);
    talker.send(new Uint8Array(1025));
    await closed(talker);
    expect(mute.isClosed).toBe(false);
    await clock.advance(29_999);
    await settle();
    expect(mute.isClosed).toBe(false);
    await clock.advance(1);
    await closed(mute);
    expect(terminal.isClosed).toBe(false);
    await linkTo(A).open(never);
  });

  it('makes room for new connections when too many do not log in', async () => {
    const { call, answered, closed, logger } = await bench(A);
    const idle: Terminal[] = [];
    for (let i = 0; i < 64; i++) idle.push(await call());
    await settle();
    const terminal = await call();
    terminal.login();
    await answered(terminal);
    const [oldest, next] = idle;
    if (!oldest || !next) throw new Error('nobody has dialled in');
    await closed(oldest);
    expect(next.isClosed).toBe(false);
    expect(logger.lines.map(({ message }) => message)).toEqual(['too many connections that do not log in']);
  });

  it('ends the connection of a terminal that has been silent for three heartbeats', async () => {
    const { call, clock, linkTo, answered, closed } = await bench(A);
    const downs: string[] = [];
    const terminal = await call();
    terminal.login();
    await answered(terminal);
    await linkTo(A).open(never);
    linkTo(A).onDown((why) => downs.push(why));
    await clock.advance(800_000);
    terminal.heartbeat();
    await until('the heartbeat is confirmed', () => terminal.received.length === 40);
    await clock.advance(899_999);
    expect(downs).toEqual([]);
    await clock.advance(1);
    await closed(terminal);
    expect(downs).toEqual(['link_timeout: nothing heard for 900 s']);
  });

  it('confirms a logout and hangs up', async () => {
    const { call, linkTo, answered, closed } = await bench(A);
    const downs: string[] = [];
    const terminal = await call();
    terminal.login();
    await answered(terminal);
    await linkTo(A).open(never);
    linkTo(A).onDown((why) => downs.push(why));
    terminal.logout();
    await closed(terminal);
    expect(terminal.received).toHaveLength(40);
    expect(downs).toEqual(['link_closed: the terminal has logged out']);
  });

  it('answers heartbeats while no line is at work, and keeps what else comes for the line, up to a limit', async () => {
    const { call, answered, linkTo } = await bench(A);
    const terminal = await call();
    terminal.login();
    await answered(terminal);
    terminal.send(Uint8Array.of(1, 2, 3));
    terminal.heartbeat();
    await until('the heartbeat is confirmed', () => terminal.received.length === 40);
    terminal.send(new Uint8Array(5000).fill(4));
    terminal.heartbeat();
    await until('the next one is confirmed', () => terminal.received.length === 60);
    const got: number[] = [];
    linkTo(A).onData((bytes) => got.push(...bytes));
    await linkTo(A).open(never);
    await settle();
    expect(got.slice(0, 4)).toEqual([1, 2, 3, 4]);
    expect(got).toHaveLength(4096);
  });

  it('hangs up and frees the port some time after the last line has left', async () => {
    const { call, clock, linkTo, answered, closed, port } = await bench(A);
    const terminal = await call();
    terminal.login();
    await answered(terminal);
    await linkTo(A).open(never);
    await linkTo(A).close();
    await clock.advance(9999);
    expect(terminal.isClosed).toBe(false);
    await clock.advance(1);
    await closed(terminal);
    await expect(dial(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(clock.waiting).toEqual([]);
  });

  it('is freed at once, with every connection, when the process ends', async () => {
    const { call, dialIns, closed, port, clock } = await bench(A, B);
    const terminal = await call();
    terminal.login();
    const unknown = await call();
    await settle();
    await dialIns.close();
    await closed(terminal);
    await closed(unknown);
    await expect(dial(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(clock.waiting).toEqual([]);
  });

  it('stays free when a line that has not noticed the end opens once more', async () => {
    const { dialIns, linkTo, port, clock } = await bench(A);
    const stop = new AbortController();
    const opening = linkTo(A).open(stop.signal);
    stop.abort();
    await expect(opening).rejects.toMatchObject({ code: 'link_aborted' });
    await dialIns.close();
    await expect(linkTo(A).open(never)).rejects.toMatchObject({ code: 'link_closed' });
    await linkTo(A).close();
    expect(clock.waiting).toEqual([]);
    await expect(dial(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('that is taken says so to its own lines only, and is tried again', async () => {
    const { dialIns, clock, call, linkTo, answered } = await bench(A);
    const other = createServer();
    const taken = await freePort();
    await new Promise<void>((resolve) => other.listen(taken, resolve));
    ends.push(() => void other.close());
    const link = new DialInLink({ port: taken, terminal: B }, dialIns, clock);
    for (let i = 0; i < 2; i++) {
      await expect(link.open(never)).rejects.toMatchObject({
        code: 'port_locked',
        next: 'reconnect',
        message: `cannot listen on port ${taken} for terminals to dial in: port is in use by another program`,
      });
    }
    const terminal = await call();
    terminal.login();
    await answered(terminal);
    await linkTo(A).open(never);
    await new Promise((resolve) => other.close(resolve));
    const opening = link.open(never);
    await dialIns.place({ port: taken, terminal: B }).listening();
    const late = await dial(taken, B);
    ends.push(late.hangUp);
    late.login();
    await opening;
    expect(link.isOpen).toBe(true);
  });
});
