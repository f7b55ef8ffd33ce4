import { at } from '../hold.ts';
import type { JudgedMeter } from '../judged-meter.ts';
import type { CleanCurve } from './clean-curve.ts';
import { type CurveRule, currentPhases, isThreePhase, largest, PHASES, phaseAt } from './curve-rule.ts';
import { CURVE_BOUNDS } from './limits.ts';
import { type CurveState, HEAD } from './state.ts';

const { noCurrentShare, otherCurrentShare, suppliedShare } = CURVE_BOUNDS;
const MINUTE_MS = 60_000;
/** Points of an hourly curve hang together. */
const MAX_GAP_MS = 60 * MINUTE_MS;

/**
 * Known minutes for which the same phase has carried nothing while it had voltage and another phase was loaded. That a
 * phase carries nothing for a while is how people live: what is switched on at home or in a shop has one phase, and
 * each time another one may rest. Only a phase that does not come back has lost its current.
 */
function measureLost(curve: CleanCurve, meter: JudgedMeter, state: CurveState): boolean {
  const phases = currentPhases(curve, meter);
  for (let i = 0; i < curve.length; i++) {
    const most = largest(curve.i, phases, i);
    if (Number.isNaN(most)) {
      curve.out[i] = Number.NaN;
      continue;
    }
    const slot = at(curve.slots, i);
    const gap = slot - at(state, HEAD.loadedAt);
    const isLoaded = most > otherCurrentShare;
    count(curve, phases, state, i, isLoaded && gap <= MAX_GAP_MS ? gap : 0);
    state[HEAD.loadedAt] = isLoaded ? slot : 0;
    longest(curve, phases, meter, state, i);
  }
  return phases.length > 1;
}

function count(curve: CleanCurve, phases: readonly number[], state: CurveState, i: number, gap: number): void {
  for (const phase of phases) {
    const current = phaseAt(curve.i, phase, i);
    if (current >= noCurrentShare) {
      state[HEAD.lackMs + phase] = 0;
      state[HEAD.carriedAt + phase] = at(curve.slots, i);
    } else if (Number.isNaN(current) || !(phaseAt(curve.u, phase, i) > suppliedShare)) curve.partial[i] = 1;
    else state[HEAD.lackMs + phase] = at(state, HEAD.lackMs + phase) + gap;
  }
}

function longest(
  curve: CleanCurve,
  phases: readonly number[],
  { ratio }: JudgedMeter,
  state: CurveState,
  i: number,
): void {
  let most = 0;
  for (const phase of phases) {
    const lack = at(state, HEAD.lackMs + phase) / MINUTE_MS;
    const carriedAt = at(state, HEAD.carriedAt + phase);
    // Directly connected, a phase that never carried anything is one to which nothing is connected.
    if (lack <= most || (carriedAt === 0 && ratio === 1)) continue;
    most = lack;
    curve.marks[i] = phase + 1;
    curve.begun[i] = carriedAt || at(curve.slots, i) - lack * MINUTE_MS;
  }
  curve.out[i] = most;
}

export const CURRENT_LOST: CurveRule = {
  appliesTo: isThreePhase,
  measure: measureLost,
  wording: { worst: 'withoutCurrentMin', limit: 'limitMin', decimals: 0, markName: 'phase', marks: PHASES },
  scale: () => 1,
  begins: (curve) => curve.begun,
};
