import { HOLD_WIDTH } from '../hold.ts';
import { packState, unpackState } from '../packed-state.ts';
import { STATE_RULES } from './limits.ts';

/** Places of the numbers that do not belong to one rule alone. Instants in UTC ms; 0 = none. */
export const STATE_HEAD = {
  /** Newest fact that the meter itself told. */
  last: 0,
  /** What the newest order wants: 0 = nothing, 1 = open, 2 = closed; and since when. */
  command: 1,
  commandAt: 2,
  /** 0 = not known, 1 = open, 2 = closed. */
  relay: 3,
  /** 1 when the credit that was read last is too low. */
  lowCredit: 4,
  /** Start of the newest event of each kind that counts. */
  coverAt: 5,
  terminalCoverAt: 6,
  magnetAt: 7,
  /** Events of the open anomaly. */
  covers: 8,
  magnets: 9,
} as const;

const HEAD_WIDTH = 10;
const LAYOUT = { version: 1, head: HEAD_WIDTH, width: HOLD_WIDTH, rules: STATE_RULES.length };

/** What is kept of the states of one meter. Finite numbers only. */
export type MeterState = Float64Array;

export function newMeterState(): MeterState {
  return new Float64Array(HEAD_WIDTH + STATE_RULES.length * HOLD_WIDTH);
}

export function statePlace(rule: number): number {
  return HEAD_WIDTH + rule * HOLD_WIDTH;
}

/** Without the rules that have nothing to say. Survives JSON. */
export function packMeterState(state: MeterState): Float64Array {
  return packState(LAYOUT, state);
}

export function unpackMeterState(packed: ArrayLike<number>, into: MeterState = newMeterState()): MeterState {
  return unpackState(LAYOUT, packed, into);
}
