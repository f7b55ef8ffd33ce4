import type { Wording } from '../hold.ts';
import type { JudgedMeter } from '../judged-meter.ts';
import type { CleanCurve } from './clean-curve.ts';
import type { CurveQuantity } from './columns.ts';
import type { CurveState } from './state.ts';

/** What one rule measures at the points of a curve, and how it words that. */
export interface CurveRule {
  /** False for meters about which it says nothing, such as a single-phase meter where phases are compared. */
  readonly appliesTo: (meter: JudgedMeter) => boolean;
  /**
   * Fills `curve.out` with the measure at each point, NaN where the rule cannot say, and `curve.marks` if it marks
   * something. False when the meter gives none of what the rule needs.
   */
  readonly measure: (curve: CleanCurve, meter: JudgedMeter, state: CurveState) => boolean;
  readonly wording: Wording;
  /** The measure times this is what the wording names. */
  readonly scale: (meter: JudgedMeter) => number;
  /** When that which a point shows began; the point itself when left out. */
  readonly begins?: (curve: CleanCurve) => Float64Array;
}

export const PHASES = ['A', 'B', 'C'] as const;

export function always(): boolean {
  return true;
}

export function isThreePhase({ model }: JudgedMeter): boolean {
  return model.phases === 3;
}

export function ratedVoltage({ model }: JudgedMeter): number {
  return model.ratedVoltageV;
}

export function baseCurrent({ baseCurrentA }: JudgedMeter): number {
  return baseCurrentA;
}

/** 100: a share in percent. */
export function percent(): number {
  return 100;
}

/** One phase at one point; NaN = missing. */
export function phaseAt(phases: readonly Float64Array[], phase: number, i: number): number {
  return phases[phase]?.[i] ?? Number.NaN;
}

const VOLTAGES = ['voltage_a_v', 'voltage_b_v', 'voltage_c_v'] as const;
const CURRENTS = ['current_a_a', 'current_b_a', 'current_c_a'] as const;

/** Places of the phases whose voltage the meter gives. */
export function voltagePhases(curve: CleanCurve, { model }: JudgedMeter): number[] {
  return placesOf(VOLTAGES.slice(0, model.phases), curve);
}

/** Places of the phases whose current the meter gives. */
export function currentPhases(curve: CleanCurve, { model }: JudgedMeter): number[] {
  return placesOf(CURRENTS.slice(0, model.phases), curve);
}

function placesOf(names: readonly CurveQuantity[], curve: CleanCurve): number[] {
  return names.flatMap((name, place) => (curve.has(name) ? [place] : []));
}

/** Largest value of a point among phases; NaN when none of them is known. */
export function largest(values: readonly Float64Array[], phases: readonly number[], i: number): number {
  let most = Number.NaN;
  for (const phase of phases) {
    const value = phaseAt(values, phase, i);
    if (value > most || Number.isNaN(most)) most = value;
  }
  return most;
}
