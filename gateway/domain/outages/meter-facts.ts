import type { Phase } from '#contract/quantities.ts';
import type { Evidence } from './evidence.ts';
import { FRESH_RUN, isOff, type Run, withOff, withOn } from './run.ts';
import type { OutageSettings } from './settings.ts';

/** A finished interruption that the meter recorded itself, UTC ms. */
export interface Down {
  readonly start: number;
  readonly end: number;
}

/** The last facts of one meter: all that the detectors remember of it. Instants in UTC ms, 0 = never. */
export interface MeterFacts {
  readonly supply: Run;
  /** The kind of evidence that began the last interruption. */
  readonly offBy: 'voltage_off' | 'on_battery' | 'power_down' | null;
  readonly heardAt: number;
  readonly silentAt: number;
  /** Phases that were missing while another was there. */
  readonly phases: Readonly<Partial<Record<Phase, Run>>> | null;
  /** Newest interruptions from the meter's memory, ascending by start, at most MAX_DOWNS. */
  readonly downs: readonly Down[];
}

const MAX_DOWNS = 4;
/** Terminals take no interruption longer than 4320 minutes for one event; an older record without end was not closed. */
const OPEN_DOWN_MS = 4320 * 60_000;

export const NO_FACTS: MeterFacts = {
  supply: FRESH_RUN,
  offBy: null,
  heardAt: 0,
  silentAt: 0,
  phases: null,
  downs: [],
};

/** True when the newest that is known of the meter's supply is that it is missing. */
export function isDark(facts: MeterFacts): boolean {
  return isOff(facts.supply);
}

/** True when the meter was asked after everything that was ever heard of it, and did not answer. */
export function isMute(facts: MeterFacts): boolean {
  return facts.silentAt > Math.max(facts.heardAt, facts.supply.onAt, facts.supply.offAt);
}

/** The facts after one more piece of evidence; the same object when it tells nothing new. */
export function learn(facts: MeterFacts, item: Evidence, settings: Pick<OutageSettings, 'minDownMs'>): MeterFacts {
  switch (item.fact) {
    case 'silent':
      return item.at > facts.silentAt ? { ...facts, silentAt: item.at } : facts;
    case 'answered':
      return heard(facts, item.at);
    case 'voltage_off':
    case 'on_battery':
      return dark(facts, item.at, item.fact);
    case 'voltage_on':
      return lit(facts, item);
    case 'power_down':
      return powerDown(facts, item, settings.minDownMs);
  }
}

function heard(facts: MeterFacts, at: number): MeterFacts {
  return at > facts.heardAt ? { ...facts, heardAt: at } : facts;
}

function dark(facts: MeterFacts, at: number, by: MeterFacts['offBy']): MeterFacts {
  const supply = withOff(facts.supply, at);
  if (supply === facts.supply) return facts;
  return { ...facts, supply, offBy: supply.offSince === facts.supply.offSince ? facts.offBy : by };
}

/** The newest reading with voltage tells the state of all phases; one that is not newer would turn it back. */
function lit(facts: MeterFacts, item: Evidence & { readonly fact: 'voltage_on' }): MeterFacts {
  const supply = withOn(facts.supply, item.at);
  const phases = item.at <= facts.supply.onAt ? facts.phases : withPhases(facts.phases, item);
  return supply === facts.supply && phases === facts.phases ? facts : { ...facts, supply, phases };
}

function withPhases(
  known: MeterFacts['phases'],
  item: Evidence & { readonly fact: 'voltage_on' },
): MeterFacts['phases'] {
  let phases = known;
  const set = (phase: Phase, run: Run): void => {
    if (run !== phases?.[phase]) phases = { ...phases, [phase]: run };
  };
  for (const phase of item.missing) set(phase, withOff(phases?.[phase] ?? FRESH_RUN, item.at));
  for (const phase of item.present) {
    const run = phases?.[phase];
    if (run) set(phase, withOn(run, item.at));
  }
  return phases;
}

function powerDown(
  facts: MeterFacts,
  { at, end, seenAt }: Evidence & { readonly fact: 'power_down' },
  minDownMs: number,
): MeterFacts {
  if (end === null) return seenAt - at > OPEN_DOWN_MS ? facts : dark(facts, at, 'power_down');
  if (end - at < minDownMs) return facts;
  const downs = withDown(facts.downs, { start: at, end });
  const began = dark(facts, at, 'power_down');
  const supply = withOn(began.supply, end);
  return downs === facts.downs && supply === facts.supply ? facts : { ...began, supply, downs };
}

/** A later end of the same start replaces an earlier one. The oldest falls out when there are too many. */
function withDown(downs: readonly Down[], down: Down): readonly Down[] {
  const known = downs.find(({ start }) => start === down.start);
  if (known && known.end >= down.end) return downs;
  const all = [...downs.filter(({ start }) => start !== down.start), down].sort((a, b) => a.start - b.start);
  const kept = all.slice(-MAX_DOWNS);
  return kept.includes(down) ? kept : downs;
}
