import type { AnomalyRule, VerdictKind } from '#contract/anomaly.ts';

/**
 * Whether what the field found bears out what a rule said. A suspicion of theft is borne out by theft alone; the others
 * by anything that was wrong with the installation. Wrong master data are no fault of the field.
 */
export function bearsOut(rule: AnomalyRule, verdict: VerdictKind): boolean {
  if (verdict === 'theft' || verdict === 'confirmed') return true;
  return rule !== 'theft_suspected' && (verdict === 'wiring' || verdict === 'meterFault');
}

export interface RulePrecision {
  readonly rule: AnomalyRule;
  readonly judged: number;
  readonly confirmed: number;
  readonly refuted: number;
  /** Confirmed ÷ judged, 0 … 1; null when nothing was judged. */
  readonly precision: number | null;
}

/** How often each of the rules was right, of newest verdicts. */
export function precisionOf(
  rules: readonly AnomalyRule[],
  counts: readonly { readonly rule: AnomalyRule; readonly verdict: string; readonly count: number }[],
): RulePrecision[] {
  return rules.map((rule) => {
    const own = counts.filter((each) => each.rule === rule);
    const judged = own.reduce((sum, { count }) => sum + count, 0);
    const right = own.filter(({ verdict }) => bearsOut(rule, verdict as VerdictKind));
    const confirmed = right.reduce((sum, { count }) => sum + count, 0);
    return {
      rule,
      judged,
      confirmed,
      refuted: judged - confirmed,
      precision: judged === 0 ? null : confirmed / judged,
    };
  });
}
