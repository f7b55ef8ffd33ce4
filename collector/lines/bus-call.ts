import type { Reason } from '#contract/reasons.ts';
import type { ExchangeEnd } from './address-health.ts';
import type { Scan } from './exchange.ts';

export const NOTHING = new Uint8Array(0);

/** One request on its way, with what has come of it so far. Times are monotonic ms. */
export interface Call {
  readonly request: Uint8Array;
  readonly scan: Scan<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly startedAt: number;
  sent: boolean;
  /** A late timer has been forgiven. */
  wasHeldUp: boolean;
  /** When the request has left the wire, and when the first byte after it came; 0 = not yet. */
  onWireUntil: number;
  heardAt: number;
  /** Until when the first byte must come, and the last one. */
  firstBy: number;
  lastBy: number;
  strays: number;
  foreign: number;
  /** What was taken off last and was no part of the reply. */
  lastDropped: Uint8Array;
}

export function newCall(
  request: Uint8Array,
  scan: Scan<unknown>,
  startedAt: number,
  resolve: Call['resolve'],
  reject: Call['reject'],
): Call {
  return {
    request,
    scan,
    resolve,
    reject,
    startedAt,
    sent: false,
    wasHeldUp: false,
    onWireUntil: 0,
    heardAt: 0,
    firstBy: 0,
    lastBy: 0,
    strays: 0,
    foreign: 0,
    lastDropped: NOTHING,
  };
}

const END_OF: Partial<Readonly<Record<Reason, ExchangeEnd['kind']>>> = {
  no_answer: 'timeout',
  wrong_address: 'timeout',
  crc_error: 'damaged',
  malformed: 'damaged',
};

/** What a failed exchange was to the line; for a reason that is not of the reply, a lost link. */
export function endOf(reason: Reason): ExchangeEnd['kind'] {
  return END_OF[reason] ?? 'lost';
}
