import { describe, expect, it } from 'vitest';
import { Bus } from '../../../simulators/lines/bus.ts';
import { ManualClock } from '../support/manual-clock.ts';

const reply = (length: number, delayMs = 0, late = false) => ({ bytes: new Uint8Array(length), delayMs, late });

function started(baudRate: number | null, delay: readonly [number, number]) {
  const clock = new ManualClock(0);
  const bus = new Bus({ baudRate, replyDelayMs: delay }, clock, 7);
  const sent: number[] = [];
  const submit = (answer: ReturnType<typeof reply> | null): void => {
    bus.submit({ requestBytes: 16, answer: () => answer, send: () => sent.push(clock.now()) });
  };
  return { clock, bus, sent, submit };
}

describe('a bus', () => {
  it('takes the wire time of request and reply at 11 bits a byte, and the delay of the meter', () => {
    const { clock, sent, submit } = started(9_600, [20, 20]);
    submit(reply(24));
    clock.advance(1_000);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toBeCloseTo(20 + ((16 + 24) * 11_000) / 9_600, 6);
  });

  it('draws each delay from its range, the same again for the same seed', () => {
    const draw = (): number[] => {
      const { clock, sent, submit } = started(null, [20, 60]);
      for (let i = 0; i < 20; i++) {
        submit(reply(1));
        clock.advance(100);
      }
      return sent.map((at, i) => at - i * 100);
    };
    expect(draw()).toEqual(draw());
    expect(Math.min(...draw())).toBeGreaterThanOrEqual(20);
    expect(Math.max(...draw())).toBeLessThanOrEqual(60);
    expect(new Set(draw()).size).toBeGreaterThan(10);
  });

  it('has one request in flight: the next waits and is counted as an overlap', () => {
    const { clock, bus, sent, submit } = started(null, [30, 30]);
    submit(reply(1));
    submit(reply(1));
    clock.advance(45);
    expect(sent).toEqual([30]);
    clock.advance(45);
    expect(sent).toEqual([30, 60]);
    expect(bus.stats).toMatchObject({ requests: 2, replies: 2, overlaps: 1, bytesIn: 32, bytesOut: 2 });
  });

  it('is free again at once when nobody answers, and while a late reply is waited for', () => {
    const { clock, bus, sent, submit } = started(null, [10, 10]);
    submit(null);
    submit(reply(1, 5_000, true));
    submit(reply(1));
    clock.advance(100);
    expect(sent).toEqual([10]);
    clock.advance(10_000);
    expect(sent).toEqual([10, 5_010]);
    expect(bus.stats).toMatchObject({ unanswered: 1, overlaps: 0 });
  });

  it('answers at once where nothing takes time', () => {
    const { sent, submit, clock } = started(null, [0, 0]);
    submit(reply(1));
    expect(sent).toEqual([0]);
    expect(clock.waiting).toBe(0);
  });

  it('sends nothing more once it is closed', () => {
    const { clock, bus, sent, submit } = started(null, [30, 30]);
    submit(reply(1));
    submit(reply(1));
    bus.close();
    submit(reply(1));
    clock.advance(1_000);
    expect(sent).toEqual([]);
    expect(clock.waiting).toBe(0);
  });
});
