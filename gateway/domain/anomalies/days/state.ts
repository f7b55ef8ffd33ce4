import { HOLD_WIDTH } from '../hold.ts';
import { packState, unpackState } from '../packed-state.ts';
import { DAY_ANOMALY_RULES } from './limits.ts';

/** Places of the numbers that do not belong to one rule alone. Instants in UTC ms; 0 = none. */
export const DAY_HEAD = {
  /** Newest freeze that was taken. */
  last: 0,
  /** Newest good register: its slot and Wh. */
  slot: 1,
  wh: 2,
  /** A register that does not fit: it becomes the good one when the next fits it. */
  oddSlot: 3,
  oddWh: 4,
  /** First freeze since which the register stands as it is, once it has been seen to move. */
  stoodSince: 5,
} as const;

const HEAD_WIDTH = 6;
const LAYOUT = { version: 1, head: HEAD_WIDTH, width: HOLD_WIDTH, rules: DAY_ANOMALY_RULES.length };

/** What is kept of the days of one meter. Finite numbers only. */
export type DayState = Float64Array;

export function newDayState(): DayState {
  return new Float64Array(HEAD_WIDTH + DAY_ANOMALY_RULES.length * HOLD_WIDTH);
}

export function dayPlace(rule: number): number {
  return HEAD_WIDTH + rule * HOLD_WIDTH;
}

/** Without the rules that have nothing to say. Survives JSON. */
export function packDayState(state: DayState): Float64Array {
  return packState(LAYOUT, state);
}

export function unpackDayState(packed: ArrayLike<number>, into: DayState = newDayState()): DayState {
  return unpackState(LAYOUT, packed, into);
}
