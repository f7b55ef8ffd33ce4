import type { JudgedMeter } from '../judged-meter.ts';
import type { CleanCurve } from './clean-curve.ts';
import {
  always,
  type CurveRule,
  isThreePhase,
  largest,
  PHASES,
  percent,
  phaseAt,
  ratedVoltage,
  voltagePhases,
} from './curve-rule.ts';
import { CURVE_BOUNDS } from './limits.ts';

const { deadShare, soundShare, noCurrentShare } = CURVE_BOUNDS;

/** The phase with the highest voltage. */
function measureOver(curve: CleanCurve, meter: JudgedMeter): boolean {
  const phases = voltagePhases(curve, meter);
  for (let i = 0; i < curve.length; i++) {
    let most = Number.NaN;
    for (const phase of phases) {
      const u = phaseAt(curve.u, phase, i);
      if (Number.isNaN(u)) curve.partial[i] = 1;
      else if (!(u <= most)) {
        most = u;
        curve.marks[i] = phase + 1;
      }
    }
    curve.out[i] = most;
  }
  return phases.length > 0;
}

/** The lowest of the phases that have supply. */
function measureUnder(curve: CleanCurve, meter: JudgedMeter): boolean {
  const phases = voltagePhases(curve, meter);
  for (let i = 0; i < curve.length; i++) {
    let least = Number.NaN;
    for (const phase of phases) {
      const u = phaseAt(curve.u, phase, i);
      if (Number.isNaN(u)) curve.partial[i] = 1;
      else if (u >= deadShare && !(u >= least)) {
        least = u;
        curve.marks[i] = phase + 1;
      }
    }
    curve.out[i] = least;
  }
  return phases.length > 0;
}

/** (highest − lowest) ÷ highest of the phases that have supply; while one has none, another rule speaks. */
function measureUnbalanced(curve: CleanCurve, meter: JudgedMeter): boolean {
  const phases = voltagePhases(curve, meter);
  for (let i = 0; i < curve.length; i++) {
    let least = Number.NaN;
    for (const phase of phases) {
      const u = phaseAt(curve.u, phase, i);
      if (!(u >= deadShare)) curve.partial[i] = 1;
      else if (!(u >= least)) {
        least = u;
        curve.marks[i] = phase + 1;
      }
    }
    const most = largest(curve.u, phases, i);
    curve.out[i] = (most - least) / most;
  }
  return phases.length > 1;
}

/** A low phase that shows the fault by its current, or shows that it is not this fault, or neither. */
type LowVerdict = 'shown' | 'other' | 'unsure';

interface LowPhase {
  readonly low: number;
  /** Another phase has at least this; without any it is the supply that is missing, not the measurement. */
  readonly sound: number;
  readonly judge: (current: number) => LowVerdict;
}

/** Without current it may be the broken phase, or nothing is switched on: a lost voltage neither comes nor goes by that. */
const LOST: LowPhase = {
  low: soundShare,
  sound: soundShare,
  judge: (current) => (current > noCurrentShare ? 'shown' : 'unsure'),
};
const BROKEN: LowPhase = {
  low: deadShare,
  sound: deadShare,
  judge: (current) => {
    if (Number.isNaN(current)) return 'unsure';
    return current < noCurrentShare ? 'shown' : 'other';
  },
};

function measureLow(curve: CleanCurve, meter: JudgedMeter, kind: LowPhase): boolean {
  const phases = voltagePhases(curve, meter);
  for (let i = 0; i < curve.length; i++) {
    if (largest(curve.u, phases, i) >= kind.sound) lowest(curve, phases, kind, i);
    else curve.out[i] = Number.NaN;
  }
  return phases.length > 1;
}

function lowest(curve: CleanCurve, phases: readonly number[], kind: LowPhase, i: number): void {
  let least = Number.NaN;
  for (const phase of phases) {
    const u = phaseAt(curve.u, phase, i);
    const verdict = u >= kind.low ? 'shown' : kind.judge(phaseAt(curve.i, phase, i));
    if (Number.isNaN(u) || verdict === 'unsure') curve.partial[i] = 1;
    else if (verdict === 'shown' && !(u >= least)) {
      least = u;
      curve.marks[i] = phase + 1;
    }
  }
  curve.out[i] = least;
}

const LOWEST = { worst: 'lowestVoltageV', limit: 'limitV', decimals: 1, markName: 'phase', marks: PHASES };

export const PHASE_BROKEN: CurveRule = {
  appliesTo: isThreePhase,
  measure: (curve, meter) => measureLow(curve, meter, BROKEN),
  wording: LOWEST,
  scale: ratedVoltage,
};

export const VOLTAGE_LOST: CurveRule = {
  appliesTo: isThreePhase,
  measure: (curve, meter) => measureLow(curve, meter, LOST),
  wording: LOWEST,
  scale: ratedVoltage,
};

export const VOLTAGE_OVER: CurveRule = {
  appliesTo: always,
  measure: measureOver,
  wording: { ...LOWEST, worst: 'highestVoltageV' },
  scale: ratedVoltage,
};

export const VOLTAGE_UNDER: CurveRule = {
  appliesTo: always,
  measure: measureUnder,
  wording: LOWEST,
  scale: ratedVoltage,
};

export const VOLTAGE_UNBALANCED: CurveRule = {
  appliesTo: isThreePhase,
  measure: measureUnbalanced,
  wording: { worst: 'unbalancePercent', limit: 'limitPercent', decimals: 1, markName: 'lowestPhase', marks: PHASES },
  scale: percent,
};
