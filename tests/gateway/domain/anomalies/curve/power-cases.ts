import type { CurveQuantity } from '#domain/anomalies/curve/columns.ts';
import type { CurveRuleId } from '#domain/anomalies/curve/limits.ts';
import type { JudgedMeter } from '#domain/anomalies/judged-meter.ts';
import type { RuleCase } from '../kit/case.ts';
import { type Courses, curve, during, judged, without } from '../kit/curves.ts';
import { supplyMeter, threePhase } from '../kit/meters.ts';

const N = Number.NaN;
const POINTS = 400;

function of(
  rule: CurveRuleId,
  facts: RuleCase['facts'],
  { fires, nearMiss, missing }: Readonly<Record<'fires' | 'nearMiss' | 'missing', Courses>>,
  meter: JudgedMeter = threePhase(),
  ...never: readonly CurveQuantity[]
): RuleCase {
  const judge = (courses: Courses) => () => judged(meter, without(curve(POINTS, courses), ...never), [rule]);
  return { basis: 'curve', rule, facts, fires: judge(fires), nearMiss: judge(nearMiss), missing: judge(missing) };
}

function from8(value: number, otherwise: number): (point: number) => number {
  return during(8, POINTS, value, otherwise);
}

function power(value: number, otherwise = 6270): Courses {
  return { power_active_total_w: from8(value, otherwise) };
}

function register(wattHours: number): Courses {
  return { energy_import_wh: (i) => 1_000_000 + i * wattHours };
}

/** What the supply meter shows for so many kVA at its primary side. */
function area(kva: number): Courses {
  return {
    power_active_total_w: from8((kva * 1000 * 0.9) / 60, 1000),
    power_factor_total: 0.9,
  };
}

const DEDICATED = threePhase({ category: 'dedicated', isLarge: true, contractKw: 100, ratio: 20 });

export const POWER_CASES: readonly RuleCase[] = [
  of(
    'load_over',
    { largestPowerW: 47_600, limitW: 47_520 },
    {
      fires: power(47_600),
      nearMiss: power(47_500),
      missing: power(N),
    },
  ),
  of(
    'reverse_flow',
    { power: 'total', lowestPowerW: -200, limitW: -33 },
    {
      fires: power(-200),
      nearMiss: power(-32),
      missing: power(N),
    },
  ),
  of(
    'reverse_flow',
    { power: 'phase B', lowestPowerW: -2000 },
    {
      fires: { power_active_b_w: from8(-2000, 2000) },
      nearMiss: { power_active_b_w: from8(-2000, 2000), voltage_b_v: 150 },
      missing: { power_active_b_w: from8(N, 2000) },
    },
  ),
  of(
    'power_factor_low',
    { lowestPowerFactor: 0.25, limitPowerFactor: 0.3 },
    {
      fires: { power_factor_total: from8(0.25, 0.95) },
      nearMiss: { power_factor_total: from8(0.31, 0.95) },
      missing: { power_factor_total: N },
    },
  ),
  of(
    'power_factor_low',
    { lowestPowerFactor: 0.1 },
    {
      fires: { power_active_total_w: 200, power_reactive_total_var: 1990 },
      nearMiss: { power_active_total_w: 130, power_reactive_total_var: 1293 },
      missing: { power_active_total_w: N, power_reactive_total_var: 1990 },
    },
    threePhase(),
    'power_factor_total',
  ),
  of(
    'stopped_meter',
    { limitWh: 400 },
    {
      fires: { ...register(0), power_active_total_w: 400 },
      nearMiss: { energy_import_wh: (i) => 1_000_000 + 10 * Math.floor(i / 4), power_active_total_w: 399 },
      missing: { ...register(0), power_active_total_w: (i) => (i % 2 === 0 ? 400 : N) },
    },
  ),
  of(
    'register_flying',
    { limitTimes: 3 },
    {
      fires: { ...register(700), power_active_total_w: 800 },
      nearMiss: { ...register(599), power_active_total_w: 800 },
      missing: { ...register(700), power_active_total_w: N },
    },
  ),
  of(
    'register_flying',
    { limitTimes: 3 },
    {
      fires: { ...register(200), power_active_total_w: 100 },
      nearMiss: { ...register(160), power_active_total_w: 10 },
      missing: {
        energy_import_wh: (i) => (i % 2 === 0 ? N : 1_000_000 + i * 200),
        power_active_total_w: (i) => (i % 2 === 0 ? 100 : N),
      },
    },
  ),
  of(
    'out_of_tolerance',
    { limitPercentOfRated: 10 },
    {
      fires: { ...register(500), power_active_total_w: 6270 },
      nearMiss: { ...register(1100), power_active_total_w: 6270 },
      missing: { ...register(500), power_active_total_w: (i) => (i % 3 === 0 ? N : 6270) },
    },
  ),
  of(
    'load_over_contract',
    { largestLoadKw: 106, limitKw: 105 },
    {
      fires: power(5300, 1000),
      nearMiss: power(5240, 1000),
      missing: power(N, 1000),
    },
    DEDICATED,
  ),
  of(
    'transformer_heavy',
    { largestLoadKva: 165, limitKva: 160 },
    {
      fires: area(165),
      nearMiss: area(159),
      missing: { ...area(165), power_active_total_w: N },
    },
    supplyMeter(),
    'power_reactive_total_var',
  ),
  of(
    'transformer_overloaded',
    { largestLoadKva: 205, limitKva: 200, overloadedHoursOfDay: 1, overloadedDaysInRow: 1 },
    {
      fires: area(205),
      nearMiss: area(199),
      missing: { ...area(205), power_active_total_w: N },
    },
    supplyMeter(),
    'power_reactive_total_var',
  ),
];
