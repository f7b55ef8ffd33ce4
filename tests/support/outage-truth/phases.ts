import type { Phase } from '#contract/quantities.ts';

export const PHASES = ['a', 'b', 'c'] as const satisfies readonly Phase[];
/** Bits of all three. */
export const ALL_PHASES = 7;

export function bitOf(phase: Phase): number {
  return 1 << PHASES.indexOf(phase);
}

export function phasesOf(bits: number): Phase[] {
  return PHASES.filter((phase) => (bits & bitOf(phase)) !== 0);
}
