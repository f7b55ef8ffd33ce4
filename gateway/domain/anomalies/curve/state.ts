import { HOLD_WIDTH } from '../hold.ts';
import { packState, unpackState } from '../packed-state.ts';
import { CURVE_RULES } from './limits.ts';

/** Places of the numbers that do not belong to one rule alone. Instants in UTC ms; 0 = none. */
export const HEAD = {
  /** Newest point that gave a value. */
  last: 0,
  /** Newest good register: its slot, Wh, and the power beside it. */
  slot: 1,
  wh: 2,
  powerW: 3,
  /** A register that does not fit: it becomes the good one when the next fits it. */
  oddSlot: 4,
  oddWh: 5,
  /** Energy that flowed since the register last moved, Wh, and when that was. */
  flowedWh: 6,
  stoodSince: 7,
  /** Energy by register and by power over the known time of the present window. */
  countedWh: 8,
  integratedWh: 9,
  knownMs: 10,
  /** Local day (days since 1970) of the transformer, its overloaded time, the last overloaded day and how many in a row. */
  day: 11,
  overloadMs: 12,
  overloadDay: 13,
  overloadDays: 14,
  /** Newest point with a load of the transformer, 0 when it was no overload. */
  overloadAt: 15,
  /** The same as at countedWh, over the shorter window that finds a flying register. */
  flyingCountedWh: 16,
  flyingIntegratedWh: 17,
  flyingKnownMs: 18,
  /** Known time for which phase A, B, C carried nothing while another one did, and when each carried some last. */
  lackMs: 19,
  carriedAt: 22,
  /** Newest point at which a phase carried enough to compare with. */
  loadedAt: 25,
} as const;

const HEAD_WIDTH = 26;
/** Stands for a power that is not known: state holds finite numbers only. */
export const UNKNOWN = Number.MIN_SAFE_INTEGER;
/** Of the layout; a state of another one is not read. */
const VERSION = 2;
const LAYOUT = { version: VERSION, head: HEAD_WIDTH, width: HOLD_WIDTH, rules: CURVE_RULES.length };

/** What is kept of the curve of one meter. Finite numbers only. */
export type CurveState = Float64Array;

export function newCurveState(): CurveState {
  return new Float64Array(HEAD_WIDTH + CURVE_RULES.length * HOLD_WIDTH);
}

/** Where the numbers of a rule begin. */
export function curvePlace(rule: number): number {
  return HEAD_WIDTH + rule * HOLD_WIDTH;
}

/** Without the rules that have nothing to say: 27 numbers for an ordinary meter. They survive JSON. */
export function packCurveState(state: CurveState): Float64Array {
  return packState(LAYOUT, state);
}

/** The state that was packed, into an array that is overwritten if one is given; a new one when the layout is unknown. */
export function unpackCurveState(packed: ArrayLike<number>, into: CurveState = newCurveState()): CurveState {
  return unpackState(LAYOUT, packed, into);
}
