import type { AnomalyRule } from '#contract/anomaly.ts';
import { incidentId } from '../incident-id.ts';
import type { JudgedRule } from './rule-texts.ts';

/** What a rule looks at: the points of one meter's curve, its day freezes, or its events and states. */
export type RuleBasis = 'curve' | 'days' | 'states';

export type Facts = Readonly<Record<string, number | string>>;

/**
 * What became of an anomaly. `update`: it lasts, and its facts say more; at most one a day, and one when they say
 * something new. Instants in UTC ms.
 */
export interface Transition {
  readonly rule: JudgedRule;
  readonly basis: RuleBasis;
  readonly kind: 'open' | 'update' | 'close';
  /** The point by which it became so. */
  readonly at: number;
  /** When it began; the same in all transitions of one anomaly. */
  readonly from: number;
  /** The last point that shows it. */
  readonly to: number;
  /** Numbers with their unit in the name, and words such as the phase. */
  readonly facts: Facts;
}

/** Short names for ids, which have room for twelve characters. `theft_suspected` stands here because ids of all rules must differ. */
const CODES: Readonly<Record<AnomalyRule, string>> = {
  registers_unequal: 'unequal',
  register_flying: 'flying',
  register_reversed: 'reversed',
  stopped_meter: 'stopped',
  out_of_tolerance: 'tolerance',
  phase_broken: 'phasebroken',
  voltage_lost: 'voltagelost',
  voltage_over: 'voltageover',
  voltage_under: 'voltageunder',
  voltage_unbalanced: 'voltageunbal',
  current_lost: 'currentlost',
  current_broken: 'currentbrk',
  current_unbalanced: 'currentunbal',
  current_over: 'currentover',
  load_over: 'loadover',
  reverse_energy: 'revenergy',
  reverse_flow: 'revflow',
  power_factor_low: 'powerfactor',
  demand_over_contract: 'demand',
  load_over_contract: 'loadcontract',
  transformer_heavy: 'heavy',
  transformer_overloaded: 'overloaded',
  clock_wrong: 'clock',
  cover_opened: 'cover',
  magnetic_field: 'magnet',
  cost_control: 'costcontrol',
  neutral_current: 'neutral',
  usage_jump: 'jump',
  usage_drop: 'drop',
  usage_zero: 'zero',
  usage_closed_account: 'closeduse',
  theft_suspected: 'theft',
};

/** Two bases of one rule may find it at the same moment, and then are two anomalies. */
const BASIS_MARK: Readonly<Record<RuleBasis, string>> = { curve: '', days: 'd', states: '' };

/** Id of the anomaly that a transition speaks of: the same data always make the same id. */
export function anomalyId(
  meter: string,
  { rule, basis, from }: { readonly rule: AnomalyRule; readonly basis: RuleBasis; readonly from: number },
): string {
  return incidentId(`${CODES[rule]}${BASIS_MARK[basis]}`, meter, from);
}
