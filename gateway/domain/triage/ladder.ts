import type { PlannedOutage } from '#contract/outage.ts';
import { drawsNothing, type Relay, relayOf, type Supply, supplyOf } from './observe.ts';
import { planNow } from './plans.ts';
import { silence } from './silence.ts';
import { touch } from './touch.ts';
import type { Confidence, Finding, Incident, Missing, TriageInput } from './triage-types.ts';

/** A customer who calls this long after restoration may still mean the outage that is over. */
export const RESTORED_MS = 2 * 3_600_000;

/** The input with what the meter itself tells worked out. */
export interface Case {
  readonly input: TriageInput;
  readonly supply: Supply | null;
  readonly relay: Relay;
}

/**
 * The first rung that holds: outage upstream, announced work, no voltage at the meter, arrears, missing phase, restored
 * lately, customer's own side, then what silence leaves. A rung holds on positive evidence only; silence never makes
 * one, and neither does an incident that is not confirmed.
 */
export function climb(input: TriageInput): Finding {
  const known: Case = { input, supply: supplyOf(input), relay: relayOf(input) };
  return (
    outageUpstream(known) ??
    plannedOutage(known) ??
    meterOff(known) ??
    arrears(known) ??
    partialPhase(known) ??
    restored(known) ??
    customerSide(known) ??
    silence(known)
  );
}

function found(verdict: Finding['verdict'], confidence: Confidence, over: Partial<Finding> = {}): Finding {
  return { verdict, confidence, hint: null, outage: null, planned: null, missing: [], ...over };
}

const RANKS = { surely: 2, likely: 1, perhaps: 0 } as const;

/** Those that name the meter first, then those that surely reach it, then the newest. */
function touching({ input }: Case, kind: Incident['kind'], wanted: (incident: Incident) => boolean): Incident[] {
  const rank = (incident: Incident): number => RANKS[touch(input, incident) ?? 'perhaps'];
  return input.incidents
    .filter((incident) => incident.kind === kind && wanted(incident) && touch(input, incident) !== null)
    .toSorted((a, b) => rank(b) - rank(a) || b.startedAt - a.startedAt);
}

/** When supply came back for this meter, or null while it is not known to have: some are back before the others. */
export function backAt({ state, restoredAt, member }: Incident): number | null {
  return member?.to ?? (state === 'restored' ? restoredAt : null);
}

function isOpen(incident: Incident): boolean {
  return incident.state === 'open' && backAt(incident) === null;
}

const LOWER: Readonly<Record<Confidence, Confidence>> = { high: 'medium', medium: 'low', low: 'low' };

function confidenceOf({ input }: Case, incident: Incident): Confidence {
  const how = touch(input, incident);
  if (how === 'surely') return incident.confidence;
  return how === 'likely' ? LOWER[incident.confidence] : 'low';
}

/** When the meter itself last had voltage on at least one phase; 0 when it never did. */
function litAt({ supply }: Case): number {
  return supply && supply.state !== 'off' ? supply.at : 0;
}

/** An open outage counts unless the meter itself had voltage after it began: then it is not, or no longer, in it. */
function outageUpstream(known: Case): Finding | null {
  const [outage] = touching(known, 'outage', (each) => isOpen(each) && litAt(known) <= each.startedAt);
  return outage ? found('gridOutage', confidenceOf(known, outage), { outage }) : null;
}

/** Announced work explains missing supply, and silence; it is none where the meter had voltage since it began. */
function plannedOutage(known: Case): Finding | null {
  const [outage] = touching(known, 'planned', (each) => isOpen(each) && litAt(known) <= each.startedAt);
  const planned = planOf(known, outage);
  if (outage) {
    const hint = outage.overrun ? 'overrun' : null;
    return found('plannedOutage', confidenceOf(known, outage), { outage, planned, hint });
  }
  if (!planned || litAt(known) >= planned.from) return null;
  const isOff = known.supply?.fresh === true && known.supply.state === 'off';
  return found('plannedOutage', isOff ? 'high' : 'medium', { planned, missing: isOff ? [] : ['freshVoltage'] });
}

function planOf({ input }: Case, outage: Incident | undefined): PlannedOutage | null {
  const named = input.planned.find(({ externalId }) => externalId === outage?.planned);
  return named ?? planNow(input);
}

function meterOff({ supply }: Case): Finding | null {
  return supply?.fresh && supply.state === 'off' ? found('gridOutage', 'medium') : null;
}

function arrears({ input, relay }: Case): Finding | null {
  if (relay.state !== 'open') return null;
  const order = input.orders.find(({ state }) => state === 'disconnected' || state === 'paid');
  if (!order && input.account?.status !== 'disconnected') return null;
  return found('arrearsDisconnected', relay.fresh ? 'high' : 'medium', {
    hint: order?.state === 'paid' ? 'paid' : null,
  });
}

/** An open incident counts unless the meter itself showed all its phases after it began. */
function partialPhase(known: Case): Finding | null {
  const { supply, input } = known;
  const whole = supply?.state === 'normal' ? supply.at : 0;
  const [outage] = touching(known, 'phase-lost', (each) => isOpen(each) && whole <= each.startedAt);
  if (outage) {
    const missing: Missing[] = touch(input, outage) === 'likely' ? ['meterPhase'] : [];
    return found('partialPhase', confidenceOf(known, outage), { outage, missing });
  }
  return supply?.fresh && supply.state === 'partial' ? found('partialPhase', 'medium') : null;
}

function restored(known: Case): Finding | null {
  const { input, supply } = known;
  const since = input.now - RESTORED_MS;
  const isBack = (each: Incident): boolean => each.state !== 'dismissed' && (backAt(each) ?? 0) >= since;
  const [first] = [...touching(known, 'outage', isBack), ...touching(known, 'planned', isBack)];
  if (!first) return null;
  const seen = supply !== null && supply.state === 'normal' && supply.at >= (backAt(first) ?? 0);
  if (seen) return found('restored', 'high', { outage: first });
  const confidence = touch(input, first) === 'surely' ? 'medium' : 'low';
  return found('restored', confidence, { outage: first, missing: ['freshVoltage'] });
}

function customerSide({ input, supply, relay }: Case): Finding | null {
  if (!supply?.fresh || supply.state !== 'normal') return null;
  const hint = drawsNothing(input) ? 'noLoad' : null;
  if (relay.state === 'closed' && relay.fresh) return found('customerSide', 'high', { hint });
  return relay.state === 'none' ? found('customerSide', 'medium', { hint }) : null;
}
