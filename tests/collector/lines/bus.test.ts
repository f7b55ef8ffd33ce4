import { beforeEach, describe, expect, it } from 'vitest';
import type { LineTiming } from '#contract/plan.ts';
import type { Bus } from '../../../collector/lines/bus.ts';
import { ReadError } from '../../../collector/lines/read-error.ts';
import type { ManualClock } from '../../support/manual-clock.ts';
import type { StubLink } from './stub-link.ts';
import { BROKEN, FOREIGN, failure, LATE, OURS, toyBus } from './toy-bus.ts';

let clock: ManualClock;
let link: StubLink;
let bus: Bus;
let ask: (request?: Uint8Array) => { outcome: unknown };

function start(timing: Partial<LineTiming> = {}, bitRate: number | null = null): void {
  ({ clock, link, bus, ask } = toyBus(timing, bitRate));
}

beforeEach(() => start());

describe('a reply', () => {
  it('resolves the exchange as soon as it is complete and leaves no timer behind', async () => {
    const asked = ask();
    link.deliver(2, OURS, 7);
    await clock.advance(0);
    expect(asked.outcome).toEqual([OURS, 7]);
    expect(clock.waiting).toEqual([]);
    expect(bus.counters).toMatchObject({ requests: 1, replies: 1, bytesOut: 1, bytesIn: 3, bytesDropped: 0 });
  });

  it('may come in pieces, each within the byte gap', async () => {
    const asked = ask();
    await clock.advance(999);
    for (const byte of [3, OURS, 5, 6]) {
      link.deliver(byte);
      await clock.advance(49);
    }
    expect(asked.outcome).toEqual([OURS, 5, 6]);
  });

  it('that breaks off ends as crc_error after the byte gap, with its bytes', async () => {
    const asked = ask();
    await clock.advance(10);
    link.deliver(3, OURS);
    await clock.advance(49);
    expect(asked.outcome).toBe('pending');
    await clock.advance(1);
    expect(asked.outcome).toEqual(failure('crc_error', 'retry'));
    expect(asked.outcome).toMatchObject({ lastBytes: '0301' });
    expect(bus.counters).toMatchObject({ damaged: 1, timeouts: 0 });
  });

  it('that never ends is cut off, however steadily its bytes come', async () => {
    const asked = ask();
    for (let i = 0; i < 100 && asked.outcome === 'pending'; i++) {
      link.deliver(255);
      await clock.advance(40);
    }
    expect(asked.outcome).toEqual(failure('crc_error', 'retry'));
    expect(clock.mono()).toBeLessThanOrEqual(2080);
  });

  it('of thousands of bytes without a frame is given up', async () => {
    const asked = bus.exchange(Uint8Array.of(1), () => ({ kind: 'more' }));
    const failed = expect(asked).rejects.toEqual(failure('malformed', 'retry'));
    link.deliver(...new Array<number>(4096).fill(0));
    expect(clock.waiting).toHaveLength(1);
    link.deliver(0);
    await failed;
    expect(clock.waiting).toEqual([]);
  });

  it('that is damaged ends the exchange at once, with what the protocol says should come next', async () => {
    const asked = ask();
    link.deliver(2, BROKEN, 0);
    await clock.advance(0);
    expect(asked.outcome).toEqual(failure('crc_error', 'reconnect'));
  });

  it.each([true, false])('that is damaged tells whether the meter has answered: %s', async (answered) => {
    const asked = bus.exchange(Uint8Array.of(1), () => ({
      kind: 'damaged',
      reason: 'malformed',
      detail: '',
      answered,
    }));
    const failed = expect(asked).rejects.toMatchObject({ answered, next: 'retry' });
    link.deliver(1);
    await failed;
  });

  it('followed by more bytes is taken and the rest is dropped', async () => {
    const asked = ask();
    link.deliver(1, OURS, 1, OURS);
    await clock.advance(0);
    expect(asked.outcome).toEqual([OURS]);
    expect(bus.counters.bytesDropped).toBe(2);
  });
});

describe('no reply', () => {
  it('ends as no_answer when the time is over', async () => {
    const asked = ask();
    await clock.advance(999);
    expect(asked.outcome).toBe('pending');
    await clock.advance(1);
    expect(asked.outcome).toEqual(failure('no_answer', 'retry'));
    expect(asked.outcome).toMatchObject({ detail: 'timeout 1000 ms', lastBytes: '' });
    expect(bus.counters.timeouts).toBe(1);
  });

  it('is judged from the end of the request on the wire', async () => {
    start({}, 2400);
    const asked = ask(new Uint8Array(240));
    await clock.advance(1000 + (240 * 11_000) / 2400 - 1);
    expect(asked.outcome).toBe('pending');
    await clock.advance(1);
    expect(asked.outcome).toEqual(failure('no_answer', 'retry'));
  });

  it('is not made later by strays, and only foreign strays make it wrong_address', async () => {
    const asked = ask();
    await clock.advance(900);
    link.deliver(2, FOREIGN, 8);
    await clock.advance(100);
    expect(asked.outcome).toEqual(failure('wrong_address', 'retry'));
    expect(asked.outcome).toMatchObject({ lastBytes: '020308' });
    await clock.advance(300);
    const again = ask();
    link.deliver(1, FOREIGN, 1, LATE);
    await clock.advance(1000);
    expect(again.outcome).toEqual(failure('no_answer', 'retry'));
    expect(bus.counters.strays).toBe(3);
  });

  it('is not what a stray in front of the reply means', async () => {
    const asked = ask();
    link.deliver(2, FOREIGN, 8, 1, LATE, 2, OURS);
    link.deliver(4);
    await clock.advance(0);
    expect(asked.outcome).toEqual([OURS, 4]);
  });
});

describe('misuse', () => {
  it('by two requests at a time is a bug, and the first one goes on', async () => {
    const first = ask();
    const second = ask();
    link.deliver(1, OURS);
    await clock.advance(0);
    expect(second.outcome).not.toBeInstanceOf(ReadError);
    expect(String(second.outcome)).toContain('BUG');
    expect(first.outcome).toEqual([OURS]);
  });

  it('by a scan that throws rejects the exchange and frees the line', async () => {
    const broken = bus.exchange(Uint8Array.of(1), () => {
      throw new RangeError('off by one');
    });
    link.deliver(1);
    await expect(broken).rejects.toThrow('off by one');
    await clock.advance(300);
    expect(ask().outcome).toBe('pending');
  });

  it('by a scan that takes no bytes for a stray does not loop', async () => {
    const broken = bus.exchange(Uint8Array.of(1), () => ({ kind: 'stray', used: 0, reason: 'malformed' }));
    link.deliver(1);
    await expect(broken).rejects.toThrow('BUG');
  });
});
