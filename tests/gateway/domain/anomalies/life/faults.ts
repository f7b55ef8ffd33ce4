/** One factor for all phases, or one for each. */
type Factors = number | readonly [number, number, number];

/**
 * What is wrong from a point to another one. Factors on what is there: `load` on what is truly drawn, the others on
 * what the meter feels of it; `watts` is what it counts as well.
 */
export interface Fault {
  readonly from: number;
  readonly to: number;
  /** Points of the day in which it is there; all day when left out. */
  readonly hours?: readonly [from: number, to: number];
  readonly load?: Factors;
  readonly volts?: Factors;
  readonly amps?: Factors;
  readonly watts?: Factors;
  /** On what the register counts. */
  readonly count?: number;
  /** Load that comes in addition, spread evenly, W and var; negative: fed in. */
  readonly more?: readonly [watts: number, vars: number];
}

export type FaultFactor = 'load' | 'volts' | 'amps' | 'watts';

export function isActive({ from, to, hours }: Fault, i: number): boolean {
  if (i < from || i >= to) return false;
  const hour = (i % 96) / 4;
  return !hours || (hour >= hours[0] && hour < hours[1]);
}

export function factorOf(fault: Fault | null, what: FaultFactor, phase: number): number {
  const factors = fault?.[what] ?? 1;
  return typeof factors === 'number' ? factors : (factors[phase] ?? 1);
}
