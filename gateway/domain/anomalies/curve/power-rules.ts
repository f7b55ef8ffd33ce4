import type { JudgedMeter } from '../judged-meter.ts';
import type { CleanCurve } from './clean-curve.ts';
import { always, type CurveRule, phaseAt } from './curve-rule.ts';
import { CURVE_BOUNDS } from './limits.ts';

const POWERS = ['power_active_total_w', 'power_active_a_w', 'power_active_b_w', 'power_active_c_w'] as const;

/** Un × Ib × phases, W: the power on which start and reverse limits stand (基本功率). */
function baseW({ model, baseCurrentA }: JudgedMeter): number {
  return model.ratedVoltageV * baseCurrentA * model.phases;
}

function mostW({ model }: JudgedMeter): number {
  return model.ratedVoltageV * model.maxCurrentA * model.phases;
}

function measureLoad(curve: CleanCurve, meter: JudgedMeter): boolean {
  const per = 1 / mostW(meter);
  for (let i = 0; i < curve.length; i++) curve.out[i] = (curve.powerW[i] ?? Number.NaN) * per;
  return curve.has('power_active_total_w');
}

/**
 * The lowest of total and phase powers. Where a voltage is not right its power is not either, so such points say
 * nothing.
 */
function measureReverse(curve: CleanCurve, meter: JudgedMeter): boolean {
  const powers = [curve.powerW, ...curve.phaseW];
  const given = POWERS.flatMap((name, place) => (curve.has(name) ? [place] : []));
  const per = 1 / baseW(meter);
  for (let i = 0; i < curve.length; i++) {
    if (isVoltageWrong(curve, meter, i)) curve.out[i] = Number.NaN;
    else lowest(curve, powers, given, i);
    curve.out[i] = (curve.out[i] ?? Number.NaN) * per;
  }
  return given.length > 0;
}

function lowest(curve: CleanCurve, powers: readonly Float64Array[], given: readonly number[], i: number): void {
  let least = Number.NaN;
  for (const place of given) {
    const power = phaseAt(powers, place, i);
    if (Number.isNaN(power)) curve.partial[i] = 1;
    else if (!(power >= least)) {
      least = power;
      curve.marks[i] = place + 1;
    }
  }
  curve.out[i] = least;
}

/** A voltage of the meter is out of what the rules on voltages allow; one that is missing is not. */
function isVoltageWrong(curve: CleanCurve, { model }: JudgedMeter, i: number): boolean {
  for (let phase = 0; phase < model.phases; phase++) {
    const u = phaseAt(curve.u, phase, i);
    if (u < CURVE_BOUNDS.reverseLeastShare || u > CURVE_BOUNDS.reverseMostShare) return true;
  }
  return false;
}

/**
 * The meter's own factor where it gives one, else from active and reactive power; only while there is load enough to
 * speak of. The two are never mixed: they differ by how and over what time a meter forms them.
 */
function measurePowerFactor(curve: CleanCurve, meter: JudgedMeter): boolean {
  const floorVa = baseW(meter) * CURVE_BOUNDS.powerFactorFloorShare;
  const hasOwn = curve.has('power_factor_total');
  for (let i = 0; i < curve.length; i++) {
    const power = Math.abs(curve.powerW[i] ?? Number.NaN);
    const own = Math.abs(curve.powerFactor[i] ?? Number.NaN);
    const apparent = hasOwn ? power / own : Math.sqrt(power * power + (curve.reactiveVar[i] ?? Number.NaN) ** 2);
    curve.out[i] = apparent >= floorVa ? power / apparent : Number.NaN;
  }
  return curve.has('power_active_total_w') && (hasOwn || curve.has('power_reactive_total_var'));
}

function measureContract(curve: CleanCurve, { ratio, contractKw }: JudgedMeter): boolean {
  const per = ratio / ((contractKw ?? Number.NaN) * 1000);
  for (let i = 0; i < curve.length; i++) curve.out[i] = (curve.powerW[i] ?? Number.NaN) * per;
  return curve.has('power_active_total_w');
}

/**
 * Load of the transformer in shares of its rating: apparent power by reactive power or power factor, whichever the meter
 * gives. Where that is missing the active power is the least that it can be.
 */
function measureTransformer(curve: CleanCurve, { ratio, transformerKva }: JudgedMeter): boolean {
  const per = ratio / ((transformerKva ?? Number.NaN) * 1000);
  const hasReactive = curve.has('power_reactive_total_var');
  const hasFactor = curve.has('power_factor_total');
  for (let i = 0; i < curve.length; i++) {
    const power = Math.abs(curve.powerW[i] ?? Number.NaN);
    const apparent = hasReactive || hasFactor ? apparentVa(curve, power, hasReactive, i) : power;
    if (Number.isNaN(apparent)) curve.partial[i] = 1;
    curve.out[i] = per * (Number.isNaN(apparent) ? power : apparent);
  }
  return curve.has('power_active_total_w');
}

/** A factor below this is one of a transformer without load, or wrong. */
const LEAST_FACTOR = 0.1;

function apparentVa(curve: CleanCurve, power: number, hasReactive: boolean, i: number): number {
  if (hasReactive) return Math.sqrt(power * power + (curve.reactiveVar[i] ?? Number.NaN) ** 2);
  return power / Math.max(LEAST_FACTOR, Math.abs(curve.powerFactor[i] ?? Number.NaN));
}

function hasTransformer({ role, transformerKva }: JudgedMeter): boolean {
  return role === 'supply' && transformerKva !== null;
}

const LOAD = { worst: 'largestPowerW', limit: 'limitW', decimals: 0 };
const TRANSFORMER: Pick<CurveRule, 'appliesTo' | 'measure' | 'wording' | 'scale'> = {
  appliesTo: hasTransformer,
  measure: measureTransformer,
  wording: { worst: 'largestLoadKva', limit: 'limitKva', decimals: 1 },
  scale: ({ transformerKva }) => transformerKva ?? Number.NaN,
};

export const LOAD_OVER: CurveRule = { appliesTo: always, measure: measureLoad, wording: LOAD, scale: mostW };

export const REVERSE_FLOW: CurveRule = {
  appliesTo: ({ role, category }) => role === 'customer' && category !== 'generator',
  measure: measureReverse,
  wording: {
    worst: 'lowestPowerW',
    limit: 'limitW',
    decimals: 0,
    markName: 'power',
    marks: ['total', 'phase A', 'phase B', 'phase C'],
  },
  scale: baseW,
};

export const POWER_FACTOR_LOW: CurveRule = {
  appliesTo: ({ role, category }) => role === 'customer' && category !== 'generator',
  measure: measurePowerFactor,
  wording: { worst: 'lowestPowerFactor', limit: 'limitPowerFactor', decimals: 2 },
  scale: () => 1,
};

export const LOAD_OVER_CONTRACT: CurveRule = {
  appliesTo: ({ role, contractKw }) => role === 'customer' && contractKw !== null && contractKw > 0,
  measure: measureContract,
  wording: { worst: 'largestLoadKw', limit: 'limitKw', decimals: 1 },
  scale: ({ contractKw }) => contractKw ?? Number.NaN,
};

export const TRANSFORMER_HEAVY: CurveRule = TRANSFORMER;
export const TRANSFORMER_OVERLOADED: CurveRule = TRANSFORMER;
