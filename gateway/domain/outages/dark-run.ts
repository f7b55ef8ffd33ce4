import type { Run } from './run.ts';

/** An interruption at a meter or a terminal, with its place in the tree. */
export interface DarkRun extends Run {
  /** Number of the meter; of a terminal its concentrator's, below zero: −1 − number. */
  readonly meter: number;
  /** Lowest node above it. */
  readonly node: number;
  /** Supply meter or terminal: it speaks for its area. */
  readonly head: boolean;
}

export function isTerminal(run: DarkRun): boolean {
  return run.meter < 0;
}

/** Number of a terminal's concentrator, and back. */
export function terminalNumber(number: number): number {
  return -1 - number;
}
