import type { DayRuleId } from '#domain/anomalies/days/limits.ts';
import type { JudgedMeter } from '#domain/anomalies/judged-meter.ts';
import type { RuleCase } from '../kit/case.ts';
import { type DayCourses, freezes, judgedDays } from '../kit/days.ts';
import { threePhase } from '../kit/meters.ts';

const N = Number.NaN;
const LENGTH = 40;

function of(
  rule: DayRuleId,
  facts: RuleCase['facts'],
  { fires, nearMiss, missing }: Readonly<Record<'fires' | 'nearMiss' | 'missing', DayCourses>>,
  meter: JudgedMeter = threePhase(),
): RuleCase {
  const judge = (courses: DayCourses) => () => judgedDays(meter, freezes(LENGTH, courses), [rule]);
  return { basis: 'days', rule, facts, fires: judge(fires), nearMiss: judge(nearMiss), missing: judge(missing) };
}

function from30(value: number, otherwise: number): (place: number) => number {
  return (place) => (place >= 30 ? value : otherwise);
}

/** The register is missing on every other day, so that no day is known whole. */
function everyOther(place: number, sum: number): number {
  return place >= 29 && place % 2 === 0 ? N : sum;
}

function addedFrom30(wh: number): (place: number, sum: number) => number {
  return (place, sum) => (place >= 30 ? sum + wh : sum);
}

const CLOSED = threePhase({ status: 'closed' });
const CONTRACT = threePhase({ contractKw: 20, ratio: 2 });

export const DAY_CASES: readonly RuleCase[] = [
  of(
    'registers_unequal',
    { limitTimes: 1 },
    {
      fires: { ratesOff: from30(-20_000, 0) },
      nearMiss: { ratesOff: from30(-12_000, 0) },
      missing: { ratesOff: from30(N, 0) },
    },
  ),
  of(
    'register_flying',
    { limitTimes: 1 },
    {
      fires: { register: addedFrom30(2_000_000) },
      nearMiss: { register: addedFrom30(1_100_000) },
      missing: { register: (place, sum) => (place >= 31 ? N : sum + (place === 30 ? 2_000_000 : 0)) },
    },
  ),
  of(
    'register_reversed',
    { reversedWh: 92_000, limitWh: 50 },
    {
      fires: { used: () => 8000, register: addedFrom30(-100_000) },
      nearMiss: { used: () => 8000, register: addedFrom30(-8040) },
      missing: { used: () => 8000, register: (place, sum) => (place >= 31 ? N : sum - (place === 30 ? 100_000 : 0)) },
    },
  ),
  of(
    'reverse_energy',
    { mostExportedWh: 1200, limitWh: 1000 },
    {
      fires: { exported: from30(1200, 0) },
      nearMiss: { exported: from30(990, 0) },
      missing: { exported: (place) => (place >= 30 ? N : 0) },
    },
  ),
  of(
    'usage_jump',
    { limitDeviations: 3 },
    {
      fires: { used: from30(14_000, 8000) },
      nearMiss: { used: from30(10_300, 8000) },
      missing: { used: from30(14_000, 8000), register: everyOther },
    },
  ),
  of(
    'usage_drop',
    { limitDeviations: 3 },
    {
      fires: { used: from30(4000, 8000) },
      nearMiss: { used: from30(5700, 8000) },
      missing: { used: from30(4000, 8000), register: everyOther },
    },
  ),
  of(
    'usage_zero',
    { zeroDays: 7 },
    {
      fires: { used: (place) => (place > 30 ? 0 : 8000) },
      nearMiss: { used: (place) => (place > 30 && place !== 36 ? 0 : 8000) },
      missing: { used: (place) => (place > 30 ? 0 : 8000), register: (place, sum) => (place > 36 ? N : sum) },
    },
  ),
  of(
    'usage_closed_account',
    { account: 'closed', limitWh: 100 },
    {
      fires: { used: () => 110 },
      nearMiss: { used: () => 100 },
      missing: { used: () => 110, register: (place, sum) => (place % 2 === 0 ? N : sum) },
    },
    CLOSED,
  ),
  of(
    'demand_over_contract',
    { largestDemandKw: 21.2, limitKw: 21 },
    {
      fires: { demandW: from30(10_600, 5000) },
      nearMiss: { demandW: from30(10_500, 5000) },
      missing: { demandW: from30(N, 5000) },
    },
    CONTRACT,
  ),
];
