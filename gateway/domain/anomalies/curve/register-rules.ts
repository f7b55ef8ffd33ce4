import { at } from '../hold.ts';
import type { JudgedMeter } from '../judged-meter.ts';
import { registerStepWh } from '../register-step.ts';
import type { CleanCurve } from './clean-curve.ts';
import { always, type CurveRule, percent } from './curve-rule.ts';
import { CURVE_BOUNDS, CURVE_LIMITS } from './limits.ts';
import { type CurveState, HEAD } from './state.ts';

const HOUR_MS = 3_600_000;
/** State and facts hold finite numbers: energy without any power is this many times as much. */
const MOST_TIMES = 1000;

function hasRegisterAndPower(curve: CleanCurve): boolean {
  return curve.has('energy_import_wh') && curve.has('power_active_total_w');
}

/**
 * Energy that flowed while the register stood still, Wh; 0 as long as its own step explains that: between two steps
 * of 1 kWh, a kettle that happens to be on at two points looks like more than it drew.
 */
function measureStopped(curve: CleanCurve): boolean {
  for (let i = 0; i < curve.length; i++) {
    const flowed = curve.stillWh[i] ?? Number.NaN;
    const patienceWh = CURVE_BOUNDS.stoppedSteps * registerStepWh(curve.importWh[i] ?? Number.NaN);
    curve.out[i] = flowed <= CURVE_LIMITS.stopped_meter.raise + patienceWh ? 0 : flowed;
  }
  return hasRegisterAndPower(curve);
}

/** Where the sums of a window stand: energy by register, energy by power, known time. */
interface WindowPlaces {
  readonly counted: number;
  readonly integrated: number;
  readonly known: number;
  readonly hours: number;
}

const TOLERANCE: WindowPlaces = {
  counted: HEAD.countedWh,
  integrated: HEAD.integratedWh,
  known: HEAD.knownMs,
  hours: CURVE_BOUNDS.toleranceHours,
};
const FLYING: WindowPlaces = {
  counted: HEAD.flyingCountedWh,
  integrated: HEAD.flyingIntegratedWh,
  known: HEAD.flyingKnownMs,
  hours: CURVE_BOUNDS.flyingHours,
};

type WindowMeasure = (counted: number, integrated: number, meter: JudgedMeter, hours: number) => number;

/**
 * Adds up what the register counted and what the power says, and measures at the point that completes a window of
 * known hours. Power is sampled, and what people switch on is shorter than the grid: single points say nothing.
 */
function overWindows(
  curve: CleanCurve,
  meter: JudgedMeter,
  state: CurveState,
  { counted, integrated, known, hours }: WindowPlaces,
  measure: WindowMeasure,
): boolean {
  for (let i = 0; i < curve.length; i++) {
    curve.out[i] = Number.NaN;
    const wh = curve.countedWh[i] ?? Number.NaN;
    const flowed = curve.flowedWh[i] ?? Number.NaN;
    if (Number.isNaN(wh) || Number.isNaN(flowed)) continue;
    state[counted] = at(state, counted) + wh;
    state[integrated] = at(state, integrated) + flowed;
    state[known] = at(state, known) + at(curve.gapMs, i);
    if (at(state, known) < hours * HOUR_MS) continue;
    curve.out[i] = measure(at(state, counted), at(state, integrated), meter, at(state, known) / HOUR_MS);
    state[counted] = 0;
    state[integrated] = 0;
    state[known] = 0;
  }
  return hasRegisterAndPower(curve);
}

/** Un × Ib × phases × hours, Wh. */
function ratedWh({ model, baseCurrentA }: JudgedMeter, hours: number): number {
  return model.ratedVoltageV * baseCurrentA * model.phases * hours;
}

/** How many times ∫P dt the register counted; 0 while the excess is too small to say so. */
function timesOfPower(counted: number, integrated: number, meter: JudgedMeter, hours: number): number {
  if (counted - integrated <= CURVE_BOUNDS.flyingFloorShare * ratedWh(meter, hours)) return 0;
  return Math.min(MOST_TIMES, counted / integrated);
}

/**
 * |ΔE − ∫P dt| ÷ (Un × Ib × phases × hours); 0 where the difference is a small part of the energy. A register that
 * stands still is `stopped_meter`.
 */
function apart(counted: number, integrated: number, meter: JudgedMeter, hours: number): number {
  if (counted === 0) return Number.NaN;
  const difference = Math.abs(counted - integrated);
  if (difference <= CURVE_BOUNDS.toleranceShare * Math.max(counted, integrated)) return 0;
  return difference / ratedWh(meter, hours);
}

export const STOPPED_METER: CurveRule = {
  appliesTo: always,
  measure: measureStopped,
  wording: { worst: 'flowedWh', limit: 'limitWh', decimals: 0 },
  scale: () => 1,
  begins: (curve) => curve.stoodSince,
};

export const REGISTER_FLYING: CurveRule = {
  appliesTo: always,
  measure: (curve, meter, state) => overWindows(curve, meter, state, FLYING, timesOfPower),
  wording: { worst: 'timesOfPower', limit: 'limitTimes', decimals: 1 },
  scale: () => 1,
};

export const OUT_OF_TOLERANCE: CurveRule = {
  appliesTo: always,
  measure: (curve, meter, state) => overWindows(curve, meter, state, TOLERANCE, apart),
  wording: { worst: 'differencePercentOfRated', limit: 'limitPercentOfRated', decimals: 1 },
  scale: percent,
};
