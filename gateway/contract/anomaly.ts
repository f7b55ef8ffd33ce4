/** 计量异常. The names of SGCC's 计量在线监测与智能诊断; texts, data needs and thresholds: gateway/domain/anomalies. */
export const ANOMALY_RULES = [
  'registers_unequal',
  'register_flying',
  'register_reversed',
  'stopped_meter',
  'out_of_tolerance',
  'phase_broken',
  'voltage_lost',
  'voltage_over',
  'voltage_under',
  'voltage_unbalanced',
  'current_lost',
  'current_broken',
  'current_unbalanced',
  'current_over',
  'load_over',
  'reverse_energy',
  'reverse_flow',
  'power_factor_low',
  'demand_over_contract',
  'load_over_contract',
  'transformer_heavy',
  'transformer_overloaded',
  'clock_wrong',
  'cover_opened',
  'magnetic_field',
  'cost_control',
  'neutral_current',
  'usage_jump',
  'usage_drop',
  'usage_zero',
  'usage_closed_account',
  'theft_suspected',
] as const;
export type AnomalyRule = (typeof ANOMALY_RULES)[number];

export type AnomalyLevel = 1 | 2 | 3;

/**
 * Data that contradict each other, or a load that is too much, at one meter; of a transformer at its supply meter.
 * `facts` are the numbers the rule saw, each with its unit in its name.
 */
export interface Anomaly {
  readonly id: string;
  readonly rule: AnomalyRule;
  readonly meter: string;
  /** Where the meter hung when it opened. */
  readonly area: string;
  readonly district: string | null;
  /** 1 is the most urgent. */
  readonly level: AnomalyLevel;
  readonly openedAt: number;
  readonly closedAt: number | null;
  /** The span of data that shows it, UTC ms. */
  readonly from: number;
  readonly to: number;
  readonly facts: Readonly<Record<string, number | string>>;
  /** 0 … 100 for `theft_suspected`, else null. */
  readonly score: number | null;
}

/** What the field found. */
export const ANOMALY_VERDICTS = ['theft', 'notTheft', 'wiring', 'archiveError', 'meterFault', 'confirmed'] as const;
export type VerdictKind = (typeof ANOMALY_VERDICTS)[number];

export interface AnomalyVerdict {
  readonly anomaly: string;
  readonly verdict: VerdictKind;
  readonly at: number;
  /** Id of the key with which it was given. */
  readonly by: string;
  readonly note: string;
}
