import { DAY_S, midnightBefore } from '../clock/local-time.ts';
import type { FaultInput } from '../faults/parse-fault.ts';
import { meterId } from './build.ts';

export interface NamedFault {
  readonly id: string;
  readonly fault: FaultInput;
}

const MINUTE_MS = 60_000;
const DAY_MS = DAY_S * 1000;

/**
 * One of each interesting fault in the default district. Instants hang on the anchor, the moment the district was
 * started for the first time: an area has been without power for 25 minutes then and gets it back after ten more.
 */
export function defaultFaults(anchorMs: number): readonly NamedFault[] {
  const today = midnightBefore(Math.floor(anchorMs / 1000)) * 1000;
  const meter = (area: number, seq: number): { meter: string } => ({ meter: meterId(area, seq) });
  return [
    { id: 'a1-wrong-reply', fault: { kind: 'wrong-reply', target: meter(1, 14), as: 'address' } },
    { id: 'a1-relay-open', fault: { kind: 'relay-open', target: meter(1, 21), from: anchorMs - 12 * DAY_MS } },
    { id: 'a1-stopped', fault: { kind: 'stopped', target: meter(1, 27), from: anchorMs - 3 * DAY_MS } },
    { id: 'a1-rollover', fault: { kind: 'rollover', target: meter(1, 33), at: today - DAY_MS / 2 } },
    {
      id: 'a1-under-counting',
      fault: { kind: 'under-counting', target: meter(1, 42), factor: 0.4, from: anchorMs - 20 * DAY_MS },
    },
    { id: 'a2-late-reply', fault: { kind: 'late-reply', target: meter(2, 6), delayMs: 8_000 } },
    { id: 'a2-wrong-clock', fault: { kind: 'wrong-clock', target: meter(2, 11), offsetS: -93_600 } },
    {
      id: 'a2-stale-freeze',
      fault: {
        kind: 'stale-freeze',
        target: meter(2, 18),
        from: today - DAY_MS - MINUTE_MS,
        until: today + MINUTE_MS,
      },
    },
    { id: 'a2-phase-lost', fault: { kind: 'phase-lost', target: meter(2, 20), from: anchorMs - 180 * MINUTE_MS } },
    { id: 'a2-reversed', fault: { kind: 'reversed', target: meter(2, 25), from: anchorMs - 4 * DAY_MS } },
    {
      id: 'a3-no-power',
      fault: {
        kind: 'no-power',
        target: { area: 'A3' },
        from: anchorMs - 25 * MINUTE_MS,
        until: anchorMs + 10 * MINUTE_MS,
      },
    },
    { id: 'a4-dead', fault: { kind: 'dead', target: meter(4, 8) } },
    { id: 'a4-noise', fault: { kind: 'noise', target: meter(4, 19), every: 4 } },
    { id: 'a4-slow', fault: { kind: 'slow', target: meter(4, 31), delayMs: 350 } },
    { id: 'a5-dead', fault: { kind: 'dead', target: meter(5, 11) } },
    { id: 'a6-offline', fault: { kind: 'concentrator-offline', target: { line: 'J-0106' } } },
  ];
}
