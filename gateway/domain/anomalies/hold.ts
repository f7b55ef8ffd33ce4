import type { RuleLimits } from './limits.ts';
import type { Facts } from './transition.ts';

/** Numbers that one rule keeps of one meter; all zero while it has nothing to say. */
export const HOLD_WIDTH = 8;

/** Slot at which the present run towards the other state began; 0 = there is none. */
const SINCE = 0;
/** Known time of that run, ms. */
const HELD_MS = 1;
/** Last point that the rule could judge, while it has a run or is open. */
const AT = 2;
/** When the open anomaly began; 0 = none is open. */
const FROM = 3;
/** Last point that showed it. */
const TO = 4;
/** The worst that was measured, and what was marked then (a phase, a reason). */
const WORST = 5;
const MARK = 6;
/** Known time for which it was there, ms. */
const LASTED_MS = 7;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Limits as the points are held against them. */
export interface HoldLimits {
  readonly raise: number;
  readonly clear: number;
  /** True when large values are the bad ones. */
  readonly above: boolean;
  readonly raiseMs: number;
  readonly clearMs: number;
  readonly gapMs: number;
}

export function holdLimits({ raise, clear, raiseMin, clearMin, gapMin }: RuleLimits): HoldLimits {
  return {
    raise,
    clear,
    above: raise >= clear,
    raiseMs: raiseMin * MINUTE_MS,
    clearMs: clearMin * MINUTE_MS,
    gapMs: gapMin * MINUTE_MS,
  };
}

export type HoldChange = 'open' | 'update' | 'close';

/** One point: `begins` is when that which it shows began, the point itself for most rules. */
export interface HoldPoint {
  slot: number;
  value: number;
  mark: number;
  begins: number;
}

/**
 * Hysteresis and persistence of one rule over one more point; `state` is changed at [o, o + HOLD_WIDTH). Points come in
 * rising order of slots, and only those that the rule can judge: the others change nothing. After a `close` the numbers
 * stand until `forget`, so that it can be told what has ended.
 */
export function hold(state: Float64Array, o: number, limits: HoldLimits, point: HoldPoint): HoldChange | null {
  return state[o + FROM] === 0 ? whileClosed(state, o, limits, point) : whileOpen(state, o, limits, point);
}

/** Bad enough to count for raising. */
export function isBeyond({ above, raise }: HoldLimits, value: number): boolean {
  return above ? value > raise : value < raise;
}

function whileClosed(state: Float64Array, o: number, limits: HoldLimits, point: HoldPoint): HoldChange | null {
  const { slot, value, mark, begins } = point;
  if (!isBeyond(limits, value)) {
    if (state[o + SINCE] !== 0) forget(state, o);
    return null;
  }
  if (state[o + SINCE] === 0) {
    state[o + SINCE] = begins;
    state[o + WORST] = value;
    state[o + MARK] = mark;
  } else {
    state[o + HELD_MS] = at(state, o + HELD_MS) + knownMs(state, o, limits, slot);
    worsen(state, o, limits, point);
  }
  state[o + AT] = slot;
  if (at(state, o + HELD_MS) < limits.raiseMs) return null;
  state[o + FROM] = at(state, o + SINCE);
  state[o + TO] = slot;
  state[o + LASTED_MS] = at(state, o + HELD_MS);
  state[o + SINCE] = 0;
  state[o + HELD_MS] = 0;
  return 'open';
}

function whileOpen(state: Float64Array, o: number, limits: HoldLimits, point: HoldPoint): HoldChange | null {
  const { slot, value } = point;
  const known = knownMs(state, o, limits, slot);
  state[o + AT] = slot;
  if (limits.above ? value < limits.clear : value > limits.clear) {
    if (state[o + SINCE] === 0) state[o + SINCE] = slot;
    else state[o + HELD_MS] = at(state, o + HELD_MS) + known;
    return at(state, o + HELD_MS) >= limits.clearMs ? 'close' : null;
  }
  const from = at(state, o + FROM);
  const isNextDay = Math.floor((slot - from) / DAY_MS) > Math.floor((at(state, o + TO) - from) / DAY_MS);
  state[o + SINCE] = 0;
  state[o + HELD_MS] = 0;
  state[o + TO] = slot;
  state[o + LASTED_MS] = at(state, o + LASTED_MS) + known;
  worsen(state, o, limits, point);
  return isNextDay ? 'update' : null;
}

function worsen(state: Float64Array, o: number, { above }: HoldLimits, { value, mark }: HoldPoint): void {
  const worst = at(state, o + WORST);
  if (above ? value <= worst : value >= worst) return;
  state[o + WORST] = value;
  state[o + MARK] = mark;
}

/** Time since the last point that was judged; 0 when too much of it lies in the dark. */
function knownMs(state: Float64Array, o: number, { gapMs }: HoldLimits, slot: number): number {
  const gap = slot - at(state, o + AT);
  return gap <= gapMs ? gap : 0;
}

export function forget(state: Float64Array, o: number): void {
  state.fill(0, o, o + HOLD_WIDTH);
}

export function isOpen(state: Float64Array, o: number): boolean {
  return at(state, o + FROM) !== 0;
}

/** What is kept of an open anomaly, or of one that has just been closed. */
export interface HeldView {
  readonly from: number;
  readonly to: number;
  readonly worst: number;
  readonly mark: number;
  readonly lastedMin: number;
}

export function heldView(state: Float64Array, o: number): HeldView {
  return {
    from: at(state, o + FROM),
    to: at(state, o + TO),
    worst: at(state, o + WORST),
    mark: at(state, o + MARK),
    lastedMin: Math.round(at(state, o + LASTED_MS) / MINUTE_MS),
  };
}

/** A number of the state; every place has one. */
export function at(state: ArrayLike<number>, place: number): number {
  return state[place] ?? 0;
}

/** Rounded to as many digits as a person reads. */
export function rounded(value: number, decimals: number): number {
  const power = 10 ** decimals;
  return Math.round(value * power) / power;
}

/** How a rule words what it measured: names carry the unit, `scale` turns the measure into it. */
export interface Wording {
  readonly worst: string;
  readonly limit: string;
  readonly decimals: number;
  /** What the marks mean, from mark 1 on; none when the rule marks nothing. */
  readonly markName?: string;
  readonly marks?: readonly string[];
}

export function heldFacts(view: HeldView, wording: Wording, raise: number, scale: number): Facts {
  const facts: Record<string, number | string> = {
    [wording.worst]: rounded(view.worst * scale, wording.decimals),
    [wording.limit]: rounded(raise * scale, wording.decimals),
    lastedMin: view.lastedMin,
  };
  const mark = wording.marks?.[view.mark - 1];
  if (mark !== undefined && wording.markName) facts[wording.markName] = mark;
  return facts;
}

/** When the open anomaly began, else the run that may become one; 0 when there is neither. */
export function heldBegin(state: Float64Array, o: number): number {
  return at(state, o + FROM) || at(state, o + SINCE);
}
