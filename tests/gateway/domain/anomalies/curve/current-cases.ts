import type { CurveRuleId } from '#domain/anomalies/curve/limits.ts';
import type { JudgedMeter } from '#domain/anomalies/judged-meter.ts';
import type { RuleCase } from '../kit/case.ts';
import { type Courses, curve, during, judged } from '../kit/curves.ts';
import { singlePhase, threePhase } from '../kit/meters.ts';

const N = Number.NaN;
const POINTS = 120;

function of(
  rule: CurveRuleId,
  facts: RuleCase['facts'],
  { fires, nearMiss, missing }: Readonly<Record<'fires' | 'nearMiss' | 'missing', Courses>>,
  meter: JudgedMeter = threePhase(),
): RuleCase {
  const judge = (courses: Courses) => () => judged(meter, curve(POINTS, courses), [rule]);
  return { basis: 'curve', rule, facts, fires: judge(fires), nearMiss: judge(nearMiss), missing: judge(missing) };
}

function from8(value: number, otherwise: number): (point: number) => number {
  return during(8, POINTS, value, otherwise);
}

const NO_CURRENTS: Courses = { current_a_a: from8(0, 10), current_b_a: from8(0.01, 10), current_c_a: from8(0, 10) };

export const CURRENT_CASES: readonly RuleCase[] = [
  of(
    'current_lost',
    { phase: 'B', withoutCurrentMin: 1440, limitMin: 1440 },
    {
      fires: { current_b_a: from8(0.01, 10) },
      nearMiss: { current_b_a: from8(0.06, 10) },
      missing: { current_b_a: from8(N, 10) },
    },
  ),
  of(
    'current_lost',
    { phase: 'A', limitMin: 360 },
    {
      fires: { current_a_a: 0, current_b_a: 3.1, current_c_a: 0.6 },
      nearMiss: { current_a_a: 0, current_b_a: 3, current_c_a: 0.6 },
      missing: { current_a_a: 0, voltage_a_v: N },
    },
    threePhase({ isLarge: true, ratio: 20 }),
  ),
  of(
    'current_lost',
    { phase: 'C' },
    {
      fires: { current_c_a: during(1, POINTS, 0, 10) },
      nearMiss: { current_c_a: (i) => (i % 90 === 1 ? 0.06 : 0) },
      missing: { current_c_a: during(1, POINTS, 0, 10), current_a_a: N, current_b_a: N },
    },
  ),
  of(
    'current_broken',
    { largestCurrentA: 0.01, limitA: 0.05 },
    {
      fires: NO_CURRENTS,
      nearMiss: { ...NO_CURRENTS, current_b_a: from8(0.06, 10) },
      missing: { ...NO_CURRENTS, current_c_a: from8(N, 10) },
    },
    threePhase({ ratio: 20 }),
  ),
  of(
    'current_unbalanced',
    { largestPhase: 'A', unbalancePercent: 60, limitPercent: 50 },
    {
      fires: { current_a_a: 25, current_b_a: from8(10, 25), current_c_a: 24 },
      nearMiss: { current_a_a: 25, current_b_a: from8(12.6, 25), current_c_a: 24 },
      missing: { current_a_a: 25, current_b_a: from8(N, 25), current_c_a: 24 },
    },
    threePhase({ ratio: 20 }),
  ),
  of(
    'current_over',
    { phase: 'C', largestCurrentA: 73, limitA: 72 },
    {
      fires: { current_c_a: from8(73, 10) },
      nearMiss: { current_c_a: from8(71.9, 10) },
      missing: { current_c_a: from8(N, 10) },
    },
  ),
  of(
    'neutral_current',
    { unexplainedPercent: 80, limitPercent: 50 },
    {
      fires: { current_a_a: 10, current_n_a: from8(2, 10) },
      nearMiss: { current_a_a: 10, current_n_a: from8(5.1, 10) },
      missing: { current_a_a: 10, current_n_a: from8(N, 10) },
    },
    singlePhase(),
  ),
  of(
    'neutral_current',
    { unexplainedPercent: 60 },
    {
      fires: { current_a_a: 10, current_b_a: 1, current_c_a: 1, current_n_a: from8(2, 9) },
      nearMiss: { current_a_a: 10, current_b_a: 10, current_c_a: 10, current_n_a: from8(17, 0) },
      missing: { current_a_a: 10, current_b_a: N, current_c_a: 1, current_n_a: from8(2, 9) },
    },
  ),
];
