import type { RuleLimits } from './limits.ts';

export interface RuleParameter {
  readonly name: string;
  readonly value: number;
  /** '' for a plain number. */
  readonly unit: string;
  /** Where the number comes from: a practice that is named, or `ours` for one that this project chose. */
  readonly source: string;
}

export const OURS = 'ours';

export function parameter(name: string, value: number, unit: string, source = OURS): RuleParameter {
  return { name, value, unit, source };
}

const DAY_MIN = 1440;

/** The limits of a rule as parameters: `unit` of the measure, where the thresholds come from, and the persistence. */
export function limitParameters(limits: RuleLimits, unit: string, sources: LimitSources): RuleParameter[] {
  return [
    parameter('raise', limits.raise, unit, sources.raise),
    parameter('clear', limits.clear, unit, sources.clear),
    time('raiseFor', limits.raiseMin, sources.persist),
    time('clearFor', limits.clearMin, sources.persist),
    time('longestGap', limits.gapMin, OURS),
  ];
}

export interface LimitSources {
  readonly raise?: string;
  readonly clear?: string;
  readonly persist?: string;
}

function time(name: string, minutes: number, source = OURS): RuleParameter {
  const isDays = minutes >= DAY_MIN && minutes % DAY_MIN === 0;
  return isDays ? parameter(name, minutes / DAY_MIN, 'days', source) : parameter(name, minutes, 'min', source);
}
