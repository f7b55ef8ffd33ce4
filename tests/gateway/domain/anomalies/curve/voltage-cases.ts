import type { CurveRuleId } from '#domain/anomalies/curve/limits.ts';
import type { RuleCase } from '../kit/case.ts';
import { type Courses, curve, during, judged } from '../kit/curves.ts';
import { threePhase } from '../kit/meters.ts';

const N = Number.NaN;

function of(
  rule: CurveRuleId,
  facts: RuleCase['facts'],
  { fires, nearMiss, missing }: Readonly<Record<'fires' | 'nearMiss' | 'missing', Courses>>,
): RuleCase {
  const judge = (courses: Courses) => () => judged(threePhase(), curve(24, courses), [rule]);
  return { basis: 'curve', rule, facts, fires: judge(fires), nearMiss: judge(nearMiss), missing: judge(missing) };
}

/** From point 8 on. */
function from8(value: number, otherwise: number): (point: number) => number {
  return during(8, 24, value, otherwise);
}

export const VOLTAGE_CASES: readonly RuleCase[] = [
  of(
    'phase_broken',
    { phase: 'B', lowestVoltageV: 20, limitV: 132 },
    {
      fires: { voltage_b_v: from8(20, 220), current_b_a: from8(0, 10) },
      nearMiss: { voltage_b_v: from8(132.5, 220), current_b_a: from8(0, 10) },
      missing: { voltage_b_v: from8(20, 220), current_b_a: from8(N, 10) },
    },
  ),
  of(
    'phase_broken',
    { phase: 'C' },
    {
      fires: { voltage_c_v: from8(100, 220), current_c_a: from8(0.04, 10) },
      nearMiss: { voltage_c_v: from8(100, 220), current_c_a: from8(0.06, 10) },
      missing: { voltage_c_v: from8(N, 220), current_c_a: from8(0, 10) },
    },
  ),
  of(
    'voltage_lost',
    { phase: 'A', lowestVoltageV: 100, limitV: 171.6 },
    {
      fires: { voltage_a_v: from8(100, 220) },
      nearMiss: { voltage_a_v: from8(172, 220) },
      missing: { voltage_a_v: from8(100, 220), current_a_a: from8(N, 10) },
    },
  ),
  of(
    'voltage_lost',
    { phase: 'A' },
    {
      fires: { voltage_a_v: from8(100, 220), current_a_a: from8(0.06, 10) },
      nearMiss: { voltage_a_v: from8(100, 220), current_a_a: from8(0.05, 10) },
      missing: { voltage_a_v: from8(N, 220) },
    },
  ),
  of(
    'voltage_over',
    { phase: 'C', highestVoltageV: 270, limitV: 264 },
    {
      fires: { voltage_c_v: from8(270, 220) },
      nearMiss: { voltage_c_v: from8(263.9, 220) },
      missing: { voltage_c_v: from8(N, 220) },
    },
  ),
  of(
    'voltage_under',
    { phase: 'A', lowestVoltageV: 160, limitV: 171.6 },
    {
      fires: { voltage_a_v: from8(160, 220) },
      nearMiss: { voltage_a_v: from8(171.7, 220) },
      missing: { voltage_a_v: from8(N, 220) },
    },
  ),
  of(
    'voltage_unbalanced',
    { lowestPhase: 'B', unbalancePercent: 36.4, limitPercent: 30 },
    {
      fires: { voltage_b_v: from8(140, 220) },
      nearMiss: { voltage_b_v: from8(154.5, 220) },
      missing: { voltage_b_v: from8(N, 220) },
    },
  ),
];
