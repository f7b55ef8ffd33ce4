import type { Relay, Supply } from './observe.ts';
import { touch } from './touch.ts';
import type { Finding, Hint, Incident, Missing, TriageInput } from './triage-types.ts';

interface Case {
  readonly input: TriageInput;
  readonly supply: Supply | null;
  readonly relay: Relay;
}

/** So many neighbours have to agree before they speak for the meter. */
const AGREE = 2;

/**
 * What is left when nothing positive is known of the meter itself: neighbours that told they have no voltage while none
 * around has make an outage, though no incident yet; everything else is `unknown`, with what it points to and what is
 * missing.
 */
export function silence(known: Case): Finding {
  const { input, supply } = known;
  const { neighbours } = input;
  const plain = { outage: null, planned: null } as const;
  if (!supply?.fresh && neighbours && neighbours.dark >= AGREE && neighbours.lit === 0) {
    return { ...plain, verdict: 'gridOutage', confidence: 'low', hint: null, missing: ['freshVoltage'] };
  }
  const checked = unconfirmed(input);
  const hint = checked ? 'beingChecked' : hintOf(known);
  return { ...plain, verdict: 'unknown', confidence: 'low', hint, outage: checked, missing: missingOf(known, checked) };
}

/** The newest incident around the meter that is being checked, or null. */
function unconfirmed(input: TriageInput): Incident | null {
  const wanted = input.incidents.filter(
    (each) => each.state === 'unconfirmed' && each.kind !== 'collection' && touch(input, each) !== null,
  );
  return wanted.toSorted((a, b) => b.startedAt - a.startedAt)[0] ?? null;
}

/** The open failure of communication that explains why the meter is silent, or null. */
export function brokenWay(input: TriageInput): Incident | null {
  const isBroken = (each: Incident): boolean => each.kind === 'collection' && each.state === 'open';
  return input.incidents.find((each) => isBroken(each) && touch(input, each) !== null) ?? null;
}

function hintOf({ input, supply }: Case): Hint | null {
  if (supply?.fresh) return null;
  const { neighbours } = input;
  if (neighbours && neighbours.lit >= AGREE) return brokenWay(input) ? 'communication' : 'serviceOrMeter';
  if (isCut(input)) return 'communication';
  const { lit = 0, silent = 0 } = neighbours ?? {};
  return lit === 0 && silent >= AGREE ? 'probableGrid' : null;
}

function isCut(input: TriageInput): boolean {
  return brokenWay(input) !== null || input.collectorOnline === false || input.line?.state === 'down';
}

function missingOf({ input, supply, relay }: Case, checked: Incident | null): Missing[] {
  const missing: Missing[] = [];
  if (checked) missing.push('confirmation');
  if (!supply?.fresh) {
    missing.push('freshVoltage');
    if (isCut(input) || input.collectorOnline !== true) missing.push('communication');
    else if (!input.neighbours) missing.push('neighbours');
  }
  if (relay.state === 'open') missing.push('arrearsOrder');
  else if (relay.state === 'unknown' || (relay.state === 'closed' && !relay.fresh)) missing.push('relayState');
  return missing;
}
