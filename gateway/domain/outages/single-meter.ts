import { askedInVain, neighbourLit } from './asked-in-vain.ts';
import type { DarkRun } from './dark-run.ts';
import { firstSeen } from './derive-incident.ts';
import type { Derived, View } from './derive-types.ts';
import { NONE } from './topology.ts';

/**
 * The interruption of one meter alone. One that it recorded whole is believed, with low confidence. Of one that lasts,
 * or was only seen, something more must be known: that the meter was dark for a minute, or twice did not answer
 * while a neighbour had supply; until then it is unconfirmed, and when it is over without that, it was none (null).
 */
export function singleMeter(view: View, run: DarkRun, parent: Derived | null = null): Derived | null {
  const { clockMs, minDownMs } = view.settings;
  const end = run.end ?? Number.POSITIVE_INFINITY;
  const neighbour = neighbourLit(view, run.meter, run.start + clockMs, end);
  const proven = run.until - run.start >= minDownMs || askedInVain(view, run.meter, run.until, end) !== null;
  if (run.end !== null && !run.exactEnd && !proven) return null;
  const over = run.end !== null;
  const recorded = over && run.exactEnd;
  return {
    kind: 'outage',
    state: over ? 'restored' : proven ? 'open' : 'unconfirmed',
    node: NONE,
    meter: run.meter,
    phase: null,
    start: run.start,
    end: run.end,
    firstSeen: firstSeen([run]),
    confidence: proven && !recorded ? 'medium' : 'low',
    told: [{ run, from: run.start, to: run.end }],
    presumed: [],
    witnesses: neighbour === null ? [] : [neighbour],
    silent: [],
    parent,
  };
}
