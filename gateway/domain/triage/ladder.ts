import type { Outage } from '#contract/outage.ts';
import { type Relay, relayOf, type Supply, supplyOf, touch } from './observe.ts';
import type { Confidence, Finding, Missing, TriageInput } from './triage-types.ts';

/** A customer who calls this long after restoration may still mean the outage that is over. */
const RESTORED_MS = 2 * 3_600_000;

interface Case {
  readonly input: TriageInput;
  readonly supply: Supply | null;
  readonly relay: Relay;
}

/**
 * The first rung that holds: outage upstream or at the meter, arrears, missing phase, restored lately, customer's own
 * side, unknown. A rung holds on positive evidence only; the silence of a meter never makes one.
 */
export function climb(input: TriageInput): Finding {
  const known: Case = { input, supply: supplyOf(input), relay: relayOf(input) };
  return (
    gridOutage(known) ??
    arrears(known) ??
    partialPhase(known) ??
    restored(known) ??
    customerSide(known) ??
    unknown(known)
  );
}

function found(verdict: Finding['verdict'], confidence: Confidence, outage: Outage | null = null): Finding {
  return { verdict, confidence, outage, missing: [] };
}

/** Newest first, those that name the meter before those that only lie upstream. */
function touching({ input }: Case, kind: Outage['kind'], wanted: (outage: Outage) => boolean): Outage[] {
  const rank = (outage: Outage): number => (touch(input, outage) === 'surely' ? 1 : 0);
  return input.outages
    .filter((outage) => outage.kind === kind && wanted(outage) && touch(input, outage) !== null)
    .sort((a, b) => rank(b) - rank(a) || b.startedAt - a.startedAt);
}

function isOpen(outage: Outage): boolean {
  return outage.restoredAt === null;
}

function confidenceOf({ input }: Case, outage: Outage): Confidence {
  if (touch(input, outage) === 'surely') return outage.confidence;
  return outage.confidence === 'high' ? 'medium' : 'low';
}

/** An open outage counts unless the meter itself had voltage after it began: then it is not, or no longer, in it. */
function gridOutage(known: Case): Finding | null {
  const { supply } = known;
  const lit = supply && supply.state !== 'off' ? supply.at : 0;
  const [outage] = touching(known, 'outage', (open) => isOpen(open) && lit <= open.startedAt);
  if (outage) return found('gridOutage', confidenceOf(known, outage), outage);
  return supply?.fresh && supply.state === 'off' ? found('gridOutage', 'medium') : null;
}

function arrears({ input, relay }: Case): Finding | null {
  if (relay.state !== 'open' || input.account?.status !== 'disconnected') return null;
  return found('arrearsDisconnected', relay.fresh ? 'high' : 'medium');
}

/** An open incident counts unless the meter itself showed all its phases after it began. */
function partialPhase(known: Case): Finding | null {
  const { supply, input } = known;
  const whole = supply?.state === 'normal' ? supply.at : 0;
  const [outage] = touching(known, 'phase-lost', (open) => isOpen(open) && whole <= open.startedAt);
  if (outage) {
    const missing: Missing[] = touch(input, outage) === 'likely' ? ['meterPhase'] : [];
    return { ...found('partialPhase', confidenceOf(known, outage), outage), missing };
  }
  return supply?.fresh && supply.state === 'partial' ? found('partialPhase', 'medium') : null;
}

function restored(known: Case): Finding | null {
  const { input, supply } = known;
  const since = input.now - RESTORED_MS;
  const [outage] = touching(known, 'outage', ({ restoredAt }) => restoredAt !== null && restoredAt >= since);
  if (!outage) return null;
  const seen = supply !== null && supply.state === 'normal' && supply.at >= (outage.restoredAt ?? 0);
  if (seen) return found('restored', 'high', outage);
  const confidence = touch(input, outage) === 'surely' ? 'medium' : 'low';
  return { ...found('restored', confidence, outage), missing: ['freshVoltage'] };
}

function customerSide({ supply, relay }: Case): Finding | null {
  if (!supply?.fresh || supply.state !== 'normal') return null;
  if (relay.state === 'closed' && relay.fresh) return found('customerSide', 'high');
  return relay.state === 'none' ? found('customerSide', 'medium') : null;
}

function unknown({ input, supply, relay }: Case): Finding {
  const missing: Missing[] = [];
  if (!supply?.fresh) {
    missing.push('freshVoltage');
    if (input.collectorOnline !== true || input.line?.state === 'down') missing.push('communication');
  }
  if (relay.state === 'open') missing.push('arrearsOrder');
  else if (relay.state === 'unknown' || (relay.state === 'closed' && !relay.fresh)) missing.push('relayState');
  return { ...found('unknown', 'low'), missing };
}
