import type { RuleBasis, Transition } from '#domain/anomalies/transition.ts';

/**
 * What every rule has to show: data on which it must speak, data just short of that, and the data that must have fired
 * with what the rule needs missing. Each gives all that was told by that rule.
 */
export interface RuleCase {
  readonly basis: RuleBasis;
  readonly rule: string;
  readonly fires: () => readonly Transition[];
  /** Facts of the first transition, as far as they are held against it. */
  readonly facts: Readonly<Record<string, number | string>>;
  readonly nearMiss: () => readonly Transition[];
  readonly missing: () => readonly Transition[];
}
