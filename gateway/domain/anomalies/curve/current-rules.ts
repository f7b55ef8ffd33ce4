import type { JudgedMeter } from '../judged-meter.ts';
import type { CleanCurve } from './clean-curve.ts';
import {
  always,
  baseCurrent,
  type CurveRule,
  currentPhases,
  isThreePhase,
  largest,
  PHASES,
  percent,
  phaseAt,
  voltagePhases,
} from './curve-rule.ts';
import { CURVE_BOUNDS } from './limits.ts';

const { deadShare, unbalancedFloorShare, neutralFloorShare } = CURVE_BOUNDS;

/** The largest current while there is voltage; a phase that is not known may carry some. */
function measureBroken(curve: CleanCurve, meter: JudgedMeter): boolean {
  const phases = currentPhases(curve, meter);
  const voltages = voltagePhases(curve, meter);
  for (let i = 0; i < curve.length; i++) {
    const isSupplied = largest(curve.u, voltages, i) >= deadShare;
    let most = isSupplied ? 0 : Number.NaN;
    for (const phase of phases) most = Math.max(most, phaseAt(curve.i, phase, i));
    curve.out[i] = most;
  }
  return phases.length > 0;
}

function hasTransformers({ ratio, role, status }: JudgedMeter): boolean {
  return ratio > 1 && (role !== 'customer' || status === 'active');
}

/** Directly connected homes and shops switch on single phases, and nobody balances them. */
function isBalanced(meter: JudgedMeter): boolean {
  return isThreePhase(meter) && (meter.ratio > 1 || meter.role === 'supply');
}

function measureUnbalanced(curve: CleanCurve, meter: JudgedMeter): boolean {
  const phases = currentPhases(curve, meter);
  for (let i = 0; i < curve.length; i++) {
    const most = largest(curve.i, phases, i);
    if (most >= unbalancedFloorShare) spread(curve, phases, most, i);
    else curve.out[i] = Number.NaN;
  }
  return phases.length > 1;
}

function spread(curve: CleanCurve, phases: readonly number[], most: number, i: number): void {
  let least = most;
  for (const phase of phases) {
    const current = phaseAt(curve.i, phase, i);
    if (Number.isNaN(current)) curve.partial[i] = 1;
    else if (current < least) least = current;
    if (current === most) curve.marks[i] = phase + 1;
  }
  curve.out[i] = (most - least) / most;
}

function measureOver(curve: CleanCurve, meter: JudgedMeter): boolean {
  const phases = currentPhases(curve, meter);
  const ofMost = meter.baseCurrentA / meter.model.maxCurrentA;
  for (let i = 0; i < curve.length; i++) {
    let most = Number.NaN;
    for (const phase of phases) {
      const current = phaseAt(curve.i, phase, i);
      if (Number.isNaN(current)) curve.partial[i] = 1;
      else if (!(current <= most)) {
        most = current;
        curve.marks[i] = phase + 1;
      }
    }
    curve.out[i] = most * ofMost;
  }
  return phases.length > 0;
}

/**
 * What the neutral carries beyond, or short of, what the phases can explain, in shares of the largest current: of one
 * phase the phase current itself; of three anything from the largest less the others to the sum of all. Where in
 * between it lies is up to their phase angles and to harmonics of the third order, which add up in the neutral: neither
 * is known.
 */
function measureNeutral(curve: CleanCurve, meter: JudgedMeter): boolean {
  const phases = currentPhases(curve, meter);
  const isThree = isThreePhase(meter);
  for (let i = 0; i < curve.length; i++) {
    const neutral = curve.neutral[i] ?? Number.NaN;
    const a = phaseAt(curve.i, 0, i);
    const b = isThree ? phaseAt(curve.i, 1, i) : 0;
    const c = isThree ? phaseAt(curve.i, 2, i) : 0;
    const most = Math.max(a, b, c, neutral);
    const sum = a + b + c;
    const unexplained = Math.max(0, neutral - sum, 2 * Math.max(a, b, c) - sum - neutral);
    curve.out[i] = most >= neutralFloorShare ? unexplained / most : Number.NaN;
  }
  return curve.has('current_n_a') && phases.length === (isThree ? 3 : 1);
}

export const CURRENT_BROKEN: CurveRule = {
  appliesTo: hasTransformers,
  measure: measureBroken,
  wording: { worst: 'largestCurrentA', limit: 'limitA', decimals: 3 },
  scale: baseCurrent,
};

export const CURRENT_UNBALANCED: CurveRule = {
  appliesTo: isBalanced,
  measure: measureUnbalanced,
  wording: { worst: 'unbalancePercent', limit: 'limitPercent', decimals: 1, markName: 'largestPhase', marks: PHASES },
  scale: percent,
};

export const CURRENT_OVER: CurveRule = {
  appliesTo: always,
  measure: measureOver,
  wording: { worst: 'largestCurrentA', limit: 'limitA', decimals: 2, markName: 'phase', marks: PHASES },
  scale: ({ model }) => model.maxCurrentA,
};

export const NEUTRAL_CURRENT: CurveRule = {
  appliesTo: always,
  measure: measureNeutral,
  wording: { worst: 'unexplainedPercent', limit: 'limitPercent', decimals: 1 },
  scale: percent,
};
