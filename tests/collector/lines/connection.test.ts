import { beforeEach, describe, expect, it } from 'vitest';
import { Connection } from '../../../collector/lines/connection.ts';
import { LineHealth } from '../../../collector/lines/health.ts';
import { HandLink, planLine } from '../../support/line-bench.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

const never = new AbortController().signal;
const NO_COUNTS = { requests: 0, replies: 0, timeouts: 0, damaged: 0, strays: 0 };
const SERIAL = { serial: { path: '/dev/x', baudRate: 2400, parity: 'even', dataBits: 8, stopBits: 1 } } as const;

let link: HandLink;
const FACTS = { waiting: 0, breakersOpen: 0, nextDueAt: null, leftAlone: () => false };
let health: LineHealth;
let logger: ReturnType<typeof quietLogger>;
let connection: Connection;
let clock: ManualClock;
let counts: { -readonly [name in keyof typeof NO_COUNTS]: number };
let calls: string[];

function connect(overrides: Parameters<typeof planLine>[0] = {}): void {
  link = new HandLink();
  clock = new ManualClock(0);
  counts = { ...NO_COUNTS };
  health = new LineHealth('L1', () => counts, clock);
  logger = quietLogger();
  calls = [];
  connection = new Connection({
    line: planLine(overrides),
    link,
    health,
    clock,
    logger,
    onBack: () => void calls.push('back'),
    onLost: () => void calls.push('lost'),
  });
}

beforeEach(() => connect());

const state = (): string => health.status(FACTS).state;
const said = (): string[] => logger.lines.map((line) => line.message);

describe('a connection', () => {
  it('is opened once and then simply there', async () => {
    expect(state()).toBe('idle');
    expect(await connection.open(never)).toBe(true);
    expect(await connection.open(never)).toBe(true);
    expect(link.opened).toBe(1);
    expect(said()).toEqual(['the line is up']);
    expect(calls).toEqual([]);
  });

  it('tells of each change of its state once, however often it tries', async () => {
    link.refuses = 'connection refused';
    for (let i = 0; i < 5; i++) expect(await connection.open(never)).toBe(false);
    expect(said()).toEqual(['the line is down']);
    expect(health.status(FACTS)).toMatchObject({
      state: 'down',
      reason: 'line_down',
      detail: 'cannot open hand: connection refused',
    });
    link.refuses = null;
    expect(await connection.open(never)).toBe(true);
    expect(calls).toEqual(['back']);
    expect(said()).toEqual(['the line is down', 'the line is up']);
  });

  it('says nothing of an opening that was called off', async () => {
    const stop = new AbortController();
    stop.abort();
    link.refuses = 'stopped';
    expect(await connection.open(stop.signal)).toBe(false);
    expect(said()).toEqual([]);
    expect(state()).toBe('idle');
  });

  it('that was lost says so at once; one that was closed here was not lost', async () => {
    await connection.open(never);
    await connection.close();
    expect(calls).toEqual([]);
    expect(state()).toBe('up');
    await connection.open(never);
    connection.answered(1);
    link.lose('link_reset: connection reset');
    expect(calls).toEqual(['lost']);
    expect(state()).toBe('down');
    await connection.open(never);
    expect(calls).toEqual(['lost', 'back']);
    link.lose('link_closed: closed by the other side');
    expect(calls).toEqual(['lost', 'back', 'lost']);
  });

  it('behind a concentrator means by its loss that the concentrator is offline', () => {
    expect(connection.downReason).toBe('line_down');
    connect({ concentrator: 'J1' });
    expect(connection.downReason).toBe('concentrator_offline');
  });
});

describe('a connection lost under a read', () => {
  it('rests once before it is opened again when nobody had answered', async () => {
    await connection.open(never);
    link.lose('link_reset: connection reset');
    connection.lostRead();
    expect(await connection.open(never)).toBe(false);
    expect(link.opened).toBe(1);
    expect(await connection.open(never)).toBe(true);
    expect(link.opened).toBe(2);
  });

  it('is opened again at once when somebody had answered over it', async () => {
    await connection.open(never);
    connection.answered(1);
    expect(connection.isProven).toBe(true);
    link.lose('link_reset: connection reset');
    connection.lostRead();
    expect(await connection.open(never)).toBe(true);
    expect(connection.isProven).toBe(false);
  });
});

describe('a connection that is closed again and again before anybody answers', () => {
  it('rests before each opening, read or no read, and is told of once', async () => {
    for (let i = 0; i < 5; i++) {
      expect(await connection.open(never)).toBe(true);
      await clock.advance(4999);
      link.lose('link_closed: closed by the other side');
      expect(await connection.open(never)).toBe(false);
    }
    expect(said()).toEqual(['the line is up', 'the line was lost']);
    await connection.open(never);
    connection.answered(1);
    connection.answered(2);
    expect(said()).toEqual(['the line is up', 'the line was lost', 'the line is up']);
  });

  it('but stays for a while is only idle: it is opened again at once', async () => {
    for (let i = 0; i < 3; i++) {
      expect(await connection.open(never)).toBe(true);
      await clock.advance(5000);
      link.lose('link_closed: closed by the other side');
    }
    expect(link.opened).toBe(3);
  });
});

describe('silent reads in a row', () => {
  async function silentReadsUntilClosed(): Promise<number> {
    await connection.open(never);
    for (let reads = 1; reads <= 100; reads++) {
      await connection.failed('no_answer', false);
      if (!link.isOpen) return reads;
    }
    return Number.POSITIVE_INFINITY;
  }

  it('have a TCP connection opened anew, each time after twice as many, up to 48', async () => {
    expect(await silentReadsUntilClosed()).toBe(6);
    expect(await silentReadsUntilClosed()).toBe(12);
    expect(await silentReadsUntilClosed()).toBe(24);
    expect(await silentReadsUntilClosed()).toBe(48);
    expect(await silentReadsUntilClosed()).toBe(48);
    connection.answered(1);
    expect(await silentReadsUntilClosed()).toBe(6);
  });

  it('count from the last sign of life, be it an answer or a damaged one', async () => {
    await connection.open(never);
    for (let i = 0; i < 40; i++) {
      await connection.failed('no_answer', false);
      if (i % 5 === 4) connection.answered(i);
    }
    for (let i = 0; i < 40; i++) await connection.failed(i % 6 === 5 ? 'crc_error' : 'no_answer', false);
    expect(link.isOpen).toBe(true);
  });

  it('are none when the gateway replied that the meter does not answer', async () => {
    await connection.open(never);
    for (let i = 0; i < 40; i++) {
      counts.replies++;
      await connection.failed('no_answer', false);
    }
    expect(link.isOpen).toBe(true);
  });

  it('never close a serial port', async () => {
    connect({ link: SERIAL });
    expect(await silentReadsUntilClosed()).toBe(Number.POSITIVE_INFINITY);
  });

  it('need not be waited for when the failure itself asks for a new connection', async () => {
    connect({ link: SERIAL });
    await connection.open(never);
    await connection.failed('malformed', true);
    expect(link.isOpen).toBe(false);
  });
});
