import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '#platform/clock.ts';
import { Bus } from '../../../collector/lines/bus.ts';
import type { Scan } from '../../../collector/lines/exchange.ts';
import { settle } from '../../support/manual-clock.ts';
import { StubLink } from './stub-link.ts';

const TIMING = { replyTimeoutMs: 1000, byteGapMs: 50, pauseMs: 0, quietMs: 0 };
const scan: Scan<number> = (received) => ({ kind: 'frame', value: received[0] ?? 0, used: 1 });

/** The clock of a process that may be held up: its timer runs out when the test says so, however late. */
class HeldUpClock implements Clock {
  time = 0;
  #timer: (() => void) | null = null;

  now(): number {
    return this.time;
  }

  mono(): number {
    return this.time;
  }

  after(_name: string, _ms: number, run: () => void): () => void {
    this.#timer = run;
    return () => {
      this.#timer = null;
    };
  }

  sleep(): Promise<void> {
    return Promise.reject(new Error('nobody sleeps here'));
  }

  runOutAt(time: number): void {
    this.time = time;
    const run = this.#timer;
    this.#timer = null;
    run?.();
  }
}

describe('in a process that was held up past the time-out', () => {
  let clock: HeldUpClock;
  let link: StubLink;
  let outcome: unknown;

  beforeEach(() => {
    clock = new HeldUpClock();
    link = new StubLink(null);
    link.isOpen = true;
    outcome = 'pending';
    const bus = new Bus({ link, timing: TIMING, clock, downReason: 'line_down' });
    const end = (found: unknown): void => {
      outcome = found;
    };
    bus.exchange(Uint8Array.of(9), scan).then(end, end);
  });

  it('a reply that came meanwhile is taken, although the timer is handled before it', async () => {
    clock.runOutAt(4000);
    await settle();
    expect(outcome).toBe('pending');
    link.deliver(7);
    await settle();
    expect(outcome).toBe(7);
  });

  it('a meter that is silent has not answered, however often the process is held up', async () => {
    clock.runOutAt(4000);
    clock.runOutAt(8000);
    await settle();
    expect(outcome).toMatchObject({ reason: 'no_answer' });
  });

  it('a timer that runs out in time ends the exchange at once', async () => {
    clock.runOutAt(1001);
    await settle();
    expect(outcome).toMatchObject({ reason: 'no_answer' });
  });
});
