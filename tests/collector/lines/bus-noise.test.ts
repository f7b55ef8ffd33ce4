import { beforeEach, describe, expect, it } from 'vitest';
import { Bus } from '../../../collector/lines/bus.ts';
import { Dlt645Client } from '../../../collector/protocols/dlt645/client.ts';
import type { RegisterRequest } from '../../../collector/protocols/modbus/register-request.ts';
import { scanRtu } from '../../../collector/protocols/modbus/rtu-frame.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { rtuReply } from '../protocols/modbus/rtu-wire.ts';
import { StubLink } from './stub-link.ts';

const ADDRESS = '000000000001';
const REQUEST: RegisterRequest = { unit: 7, functionCode: 4, address: 0, quantity: 2 };

/** Reply to a read of 00010000 by hand: address and data low byte first, 33h added to the data. */
function dlt645Reply(): number[] {
  const data = [0x00, 0x00, 0x01, 0x00, 0x78, 0x56, 0x34, 0x12].map((byte) => byte + 0x33);
  const frame = [0x68, 0x01, 0, 0, 0, 0, 0, 0x68, 0x91, data.length, ...data];
  return [...frame, frame.reduce((sum, byte) => (sum + byte) & 0xff), 0x16];
}

let clock: ManualClock;
let link: StubLink;
let bus: Bus;

beforeEach(() => {
  clock = new ManualClock(0);
  link = new StubLink();
  const timing = { replyTimeoutMs: 1000, byteGapMs: 50, pauseMs: 0, quietMs: 0 };
  bus = new Bus({ link, timing, clock, downReason: 'line_down' });
});

/** How an exchange ends, undefined until it has. */
function ending(asked: Promise<Uint8Array>): { value?: number[]; reason?: string } {
  const end: { value?: number[]; reason?: string } = {};
  asked.then(
    (value) => {
      end.value = [...value];
    },
    (error: { reason: string }) => {
      end.reason = error.reason;
    },
  );
  return end;
}

const PROTOCOLS = [
  {
    name: 'Modbus RTU',
    ask: () => ending(bus.exchange(Uint8Array.of(1), scanRtu(REQUEST))),
    reply: [...rtuReply(7, 4, [0x1234, 0x5678])],
    value: [...rtuReply(7, 4, [0x1234, 0x5678])],
  },
  {
    name: 'DL/T 645',
    ask: () => ending(new Dlt645Client(bus).readData(ADDRESS, '00010000')),
    reply: dlt645Reply(),
    value: [0x78, 0x56, 0x34, 0x12],
  },
];

describe.each(PROTOCOLS)('on a line of $name', ({ ask, reply, value }) => {
  it.each([[[0x00]], [[0x10]], [[0xff]], [[0xfe]], [[0xff, 0x00, 0xfe]], [new Array<number>(30).fill(0xff)]])(
    'a glitch %j long before the reply does not end the wait for it',
    async (glitch) => {
      const end = ask();
      await clock.advance(12);
      link.deliver(...glitch);
      await clock.advance(150);
      link.deliver(...reply);
      await clock.advance(0);
      expect(end.value).toEqual(value);
      expect(clock.waiting).toEqual([]);
    },
  );

  it('a reply behind a glitch may come in pieces, each within the byte gap', async () => {
    const end = ask();
    link.deliver(0xff);
    await clock.advance(900);
    for (const byte of [0x00, ...reply]) {
      link.deliver(byte);
      await clock.advance(49);
    }
    expect(end.value).toEqual(value);
  });

  it('a reply that breaks off behind a glitch ends after the byte gap', async () => {
    for (let length = 1; length < reply.length; length++) {
      const end = ask();
      link.deliver(0xff);
      await clock.advance(200);
      link.deliver(...reply.slice(0, length));
      await clock.advance(49);
      expect(end).toEqual({});
      await clock.advance(1);
      expect(end.reason).toBe('crc_error');
    }
  });

  it('bytes that can begin no frame are no answer, and do not put off the time-out', async () => {
    const end = ask();
    for (let i = 0; i < 19; i++) {
      await clock.advance(50);
      link.deliver(0xff, 0x00);
    }
    await clock.advance(49);
    expect(end).toEqual({});
    await clock.advance(1);
    expect(end.reason).toBe('no_answer');
    expect(bus.counters).toMatchObject({ timeouts: 1, damaged: 0, strays: 0, bytesDropped: 38 });
  });
});
