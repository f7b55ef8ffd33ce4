import { registerDifference } from '../../usage/register-difference.ts';
import { mostWh } from '../../validation/register.ts';
import { at } from '../hold.ts';
import type { JudgedMeter, Ratings } from '../judged-meter.ts';
import { CURVE_BOUNDS } from './limits.ts';
import { type CurveState, HEAD, UNKNOWN } from './state.ts';

const HOUR_MS = 3_600_000;
const MAX_POWER_GAP_MS = CURVE_BOUNDS.powerGapMin * 60_000;

interface Tracked {
  readonly length: number;
  readonly slots: Float64Array;
  readonly importWh: Float64Array;
  readonly powerW: Float64Array;
  readonly countedWh: Float64Array;
  readonly flowedWh: Float64Array;
  readonly gapMs: Float64Array;
  readonly stillWh: Float64Array;
  readonly stoodSince: Float64Array;
}

/**
 * From each register to the good one before it: what was counted, and ∫P dt by trapezoids over import power where two
 * powers are near enough to each other. A register that is lower, or higher than the meter can carry, counts for
 * nothing, until the next one fits it: then the meter was exchanged or reset, and counting begins anew.
 */
export function trackRegisters(curve: Tracked, { model }: JudgedMeter, state: CurveState): void {
  const { length, importWh, countedWh, stillWh } = curve;
  for (let i = 0; i < length; i++) {
    countedWh[i] = Number.NaN;
    stillWh[i] = Number.NaN;
    const wh = importWh[i] ?? Number.NaN;
    if (!Number.isNaN(wh)) takeRegister(curve, model, state, i);
  }
}

function takeRegister(curve: Tracked, model: Ratings, state: CurveState, i: number): void {
  const slot = at(curve.slots, i);
  const wh = at(curve.importWh, i);
  const powerW = curve.powerW[i] ?? Number.NaN;
  if (state[HEAD.slot] === 0) {
    begin(state, slot, wh, powerW);
    return;
  }
  const gap = slot - at(state, HEAD.slot);
  const counted = counts(model, at(state, HEAD.wh), wh, gap);
  const isOdd = Number.isNaN(counted);
  if ((isOdd || at(state, HEAD.oddWh) > at(state, HEAD.wh)) && fitsOdd(model, state, slot, wh)) {
    begin(state, slot, wh, powerW);
    return;
  }
  if (isOdd) {
    state[HEAD.oddSlot] = slot;
    state[HEAD.oddWh] = wh;
    return;
  }
  const flowed = flowedWh(at(state, HEAD.powerW), powerW, gap);
  curve.countedWh[i] = counted;
  curve.flowedWh[i] = flowed;
  curve.gapMs[i] = gap;
  still(curve, state, i);
  keep(state, slot, wh, powerW);
}

/**
 * The one that did not fit is confirmed. A jump is asked of first: given time enough, it would fit what was before it.
 */
function fitsOdd(model: Ratings, state: CurveState, slot: number, wh: number): boolean {
  const odd = at(state, HEAD.oddSlot);
  return odd !== 0 && !Number.isNaN(counts(model, at(state, HEAD.oddWh), wh, slot - odd));
}

/** Wh from one register to the next; NaN when the meter cannot have counted so. */
function counts(model: Ratings, startWh: number, endWh: number, ms: number): number {
  const most = mostWh(model, ms);
  if (endWh >= startWh) return endWh - startWh <= most ? endWh - startWh : Number.NaN;
  return registerDifference(startWh, endWh, model.rolloverWh, most).wh ?? Number.NaN;
}

function flowedWh(beforeW: number, afterW: number, ms: number): number {
  if (beforeW === UNKNOWN || Number.isNaN(afterW) || ms > MAX_POWER_GAP_MS) return Number.NaN;
  return ((Math.max(0, beforeW) + Math.max(0, afterW)) / 2) * (ms / HOUR_MS);
}

/** A register that stands still while the power is not known says nothing about whether it has stopped. */
function still(curve: Tracked, state: CurveState, i: number): void {
  const flowed = at(curve.flowedWh, i);
  if (at(curve.countedWh, i) > 0) {
    state[HEAD.flowedWh] = 0;
    state[HEAD.stoodSince] = at(curve.slots, i);
  } else {
    if (Number.isNaN(flowed)) return;
    state[HEAD.flowedWh] = at(state, HEAD.flowedWh) + flowed;
  }
  curve.stillWh[i] = at(state, HEAD.flowedWh);
  curve.stoodSince[i] = at(state, HEAD.stoodSince);
}

function begin(state: CurveState, slot: number, wh: number, powerW: number): void {
  state[HEAD.flowedWh] = 0;
  state[HEAD.stoodSince] = slot;
  keep(state, slot, wh, powerW);
}

function keep(state: CurveState, slot: number, wh: number, powerW: number): void {
  state[HEAD.slot] = slot;
  state[HEAD.wh] = wh;
  state[HEAD.powerW] = Number.isNaN(powerW) ? UNKNOWN : powerW;
  state[HEAD.oddSlot] = 0;
  state[HEAD.oddWh] = 0;
}
