import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LineTiming } from '#contract/plan.ts';
import type { Bus } from '../../../collector/lines/bus.ts';
import type { ManualClock } from '../../support/manual-clock.ts';
import type { StubLink } from './stub-link.ts';
import { BROKEN, failure, OURS, toyBus } from './toy-bus.ts';

let clock: ManualClock;
let link: StubLink;
let bus: Bus;
let ask: (request?: Uint8Array) => { outcome: unknown };

function start(timing: Partial<LineTiming> = {}, bitRate: number | null = null): void {
  ({ clock, link, bus, ask } = toyBus(timing, bitRate));
}

beforeEach(() => start());

describe('silence before a request', () => {
  it('lasts pauseMs since the last byte either way', async () => {
    start({ pauseMs: 30 }, 9600);
    ask();
    expect(link.written).toHaveLength(1);
    await clock.advance(10);
    link.deliver(1, OURS);
    await clock.advance(5);
    const second = ask();
    await clock.advance(24);
    expect(link.written).toHaveLength(1);
    await clock.advance(1);
    expect(link.written).toHaveLength(2);
    expect(second.outcome).toBe('pending');
  });

  it('lasts pauseMs since the end of a request that nobody answered', async () => {
    start({ pauseMs: 3000 }, 9600);
    ask();
    await clock.advance(1100);
    ask();
    const oneByteMs = 11_000 / 9600;
    await clock.advance(1900 + oneByteMs - 0.01);
    expect(link.written).toHaveLength(1);
    await clock.advance(0.01);
    expect(link.written).toHaveLength(2);
  });

  it('lasts quietMs after a time-out, and late bytes are dropped and prolong it', async () => {
    ask();
    await clock.advance(1000);
    const next = ask();
    await clock.advance(200);
    link.deliver(1, OURS);
    await clock.advance(299);
    expect(link.written).toHaveLength(1);
    await clock.advance(1);
    expect(link.written).toHaveLength(2);
    expect(next.outcome).toBe('pending');
    link.deliver(2, OURS, 9);
    await clock.advance(0);
    expect(next.outcome).toEqual([OURS, 9]);
    expect(bus.counters).toMatchObject({ strays: 1, bytesDropped: 2 });
  });

  it('lasts quietMs after a damaged reply, but not after a good one', async () => {
    ask();
    link.deliver(1, BROKEN);
    ask();
    expect(link.written).toHaveLength(1);
    await clock.advance(300);
    expect(link.written).toHaveLength(2);
    link.deliver(1, OURS);
    await clock.advance(0);
    ask();
    expect(link.written).toHaveLength(3);
  });

  it('that never comes ends the exchange and asks for a new link', async () => {
    ask();
    await clock.advance(1000);
    const asked = ask();
    for (let i = 0; i < 100 && asked.outcome === 'pending'; i++) {
      link.deliver(0);
      await clock.advance(100);
    }
    expect(asked.outcome).toEqual(failure('crc_error', 'reconnect'));
    expect(clock.mono()).toBeLessThan(6000);
    expect(link.written).toHaveLength(1);
  });
});

describe('the loss of the link', () => {
  it('ends an open exchange with the reason of the line', async () => {
    const asked = ask();
    link.drop('link_reset: connection reset');
    await clock.advance(0);
    expect(asked.outcome).toEqual(failure('concentrator_offline', 'reconnect'));
    expect(asked.outcome).toMatchObject({ detail: 'link_reset: connection reset' });
    expect(clock.waiting).toEqual([]);
  });

  it('ends an exchange that still waits for silence', async () => {
    ask();
    await clock.advance(1000);
    const asked = ask();
    link.drop('gone');
    await clock.advance(0);
    expect(asked.outcome).toEqual(failure('concentrator_offline', 'reconnect'));
  });

  it('makes every further exchange fail at once, and the reopened link serves again', async () => {
    link.drop('gone');
    const asked = ask();
    await clock.advance(0);
    expect(asked.outcome).toEqual(failure('concentrator_offline', 'reconnect'));
    await link.open();
    const again = ask();
    await clock.advance(300);
    link.deliver(1, OURS);
    await clock.advance(0);
    expect(again.outcome).toEqual([OURS]);
  });

  it.each(['a bus', 'a link'])('is a disturbance, and so is %s that is new: others may have asked', async (what) => {
    ask();
    link.deliver(1, OURS);
    await clock.advance(0);
    link.drop('gone');
    if (what === 'a bus') ({ clock, link, ask } = toyBus({}, null, false));
    else link.written.length = 0;
    await link.open();
    const asked = ask();
    await clock.advance(100);
    link.deliver(1, OURS);
    await clock.advance(299);
    expect(link.written).toEqual([]);
    await clock.advance(1);
    expect(link.written).toHaveLength(1);
    expect(asked.outcome).toBe('pending');
  });

  it('noticed by the write alone ends the exchange too', async () => {
    link.onWrite = () => {
      throw new Error('EPIPE');
    };
    const asked = ask();
    await clock.advance(0);
    expect(asked.outcome).toEqual(failure('concentrator_offline', 'reconnect'));
  });
});

it('every exchange settles in bounded time, whatever comes in and whenever the link goes', async () => {
  const event = fc.oneof(
    { weight: 8, arbitrary: fc.array(fc.nat(5), { minLength: 1, maxLength: 6 }) },
    { weight: 1, arbitrary: fc.constant('drop' as const) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(400), event), { maxLength: 20 }), async (events) => {
      start({ pauseMs: 10 });
      let asked = ask();
      for (const [wait, what] of events) {
        await clock.advance(wait);
        if (asked.outcome !== 'pending') {
          await link.open();
          asked = ask();
        }
        if (what === 'drop') link.drop('gone');
        else link.deliver(...what);
      }
      await clock.advance(10_000);
      expect(asked.outcome).not.toBe('pending');
      expect(clock.waiting).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
