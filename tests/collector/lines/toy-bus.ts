import { expect } from 'vitest';
import type { LineTiming } from '#contract/plan.ts';
import { Bus } from '../../../collector/lines/bus.ts';
import type { Scan } from '../../../collector/lines/exchange.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { StubLink } from './stub-link.ts';

const TIMING: LineTiming = { replyTimeoutMs: 1000, byteGapMs: 50, pauseMs: 0, quietMs: 300 };

/** Toy protocol: a length, then so many bytes; the first of them says what the frame is. */
export const OURS = 1;
export const LATE = 2;
export const FOREIGN = 3;
export const BROKEN = 4;
const scan: Scan<number[]> = (received) => {
  const size = received[0] ?? 0;
  if (received.length <= size) return { kind: 'more' };
  const used = size + 1;
  if (received[1] === OURS) return { kind: 'frame', value: [...received.subarray(1, used)], used };
  if (received[1] === LATE) return { kind: 'stray', used, reason: 'malformed' };
  if (received[1] === FOREIGN) return { kind: 'stray', used, reason: 'wrong_address' };
  return { kind: 'damaged', reason: 'crc_error', detail: 'broken', next: 'reconnect' };
};

interface ToyBus {
  readonly clock: ManualClock;
  readonly link: StubLink;
  readonly bus: Bus;
  /** Begins an exchange and tells how it ends; `pending` until it has. */
  ask(request?: Uint8Array): { outcome: unknown };
}

/** A bus that speaks the toy protocol over a link in the hands of the test. */
export function toyBus(timing: Partial<LineTiming> = {}, bitRate: number | null = null, isOpen = true): ToyBus {
  const clock = new ManualClock(0);
  const link = new StubLink(bitRate);
  link.isOpen = isOpen;
  const bus = new Bus({ link, timing: { ...TIMING, ...timing }, clock, downReason: 'concentrator_offline' });
  const ask = (request = Uint8Array.of(9)): { outcome: unknown } => {
    const result: { outcome: unknown } = { outcome: 'pending' };
    const end = (outcome: unknown): void => {
      result.outcome = outcome;
    };
    bus.exchange(request, scan).then(end, end);
    return result;
  };
  return { clock, link, bus, ask };
}

export const failure = (reason: string, next: string): unknown =>
  expect.objectContaining({ reason, next, name: 'ReadError' });
