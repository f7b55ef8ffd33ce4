import type { Quality } from '#contract/quality.ts';
import type { QuantityName } from '#contract/quantities.ts';
import { byCounter, COUNTER_QUANTITY, type Counter, type Energies, NO_ENERGIES } from './counters.ts';
import { type Difference, registerDifference } from './register-difference.ts';
import { energyOf, type Stay } from './stay-usage.ts';

/** What counts of a meter at an instant: its freeze, or what stands in for it. */
export interface Freeze {
  readonly values: Readonly<Partial<Record<QuantityName, number>>> | null;
  readonly quality: Quality;
  readonly revision: number;
  readonly method: string | null;
  /** Validation rules that spoke against what the meter gave, notes included. */
  readonly rules: readonly string[];
}

/** Registers of a meter at one end of a stretch, face values in Wh. */
export interface RegisterEnd {
  readonly at: number;
  readonly registers: Energies;
  readonly quality: Quality;
  /** `installation`: written down when the meter was put in or taken out. */
  readonly source: 'freeze' | 'installation' | 'none';
  readonly revision: number;
  readonly method: string | null;
  /** Validation rules that spoke against what the meter gave, notes included. */
  readonly rules: readonly string[];
}

const NOTHING = {
  registers: NO_ENERGIES,
  quality: 'missing',
  source: 'none',
  revision: 0,
  method: null,
  rules: [],
} as const satisfies Omit<RegisterEnd, 'at'>;

/** A stay with the registers of its meter. */
export interface StayRegisters {
  readonly stay: Stay;
  readonly rolloverWh: number;
  readonly freezeAt: (at: number) => Freeze | undefined;
}

/**
 * The registers of a stay at an instant. The import register written down when the meter was put in or taken out
 * counts before a freeze of that instant; the others are always those of the freeze.
 */
export function endAt({ stay, freezeAt }: StayRegisters, at: number): RegisterEnd {
  const freeze = freezeAt(at);
  const values = freeze?.values ?? {};
  const registers = byCounter((counter) => values[COUNTER_QUANTITY[counter]] ?? null);
  const written = at === stay.from ? stay.startWh : at === stay.to ? stay.endWh : null;
  if (written !== null) {
    return { ...NOTHING, at, registers: { ...registers, import: written }, quality: 'manual', source: 'installation' };
  }
  if (!freeze) return { ...NOTHING, at };
  const { quality, revision, method, rules } = freeze;
  return { at, registers, quality, source: freeze.values ? 'freeze' : 'none', revision, method, rules };
}

/** Energy with ratio of one counter between two ends of a stay, and how it came about. */
export function between(
  { stay, rolloverWh }: StayRegisters,
  counter: Counter,
  start: RegisterEnd,
  end: RegisterEnd,
): Difference {
  const startWh = start.registers[counter];
  const difference = registerDifference(startWh, end.registers[counter], rolloverWh);
  if (difference.wh === null || startWh === null) return difference;
  return { ...difference, wh: energyOf(startWh, difference.wh, stay.ratio) };
}

/**
 * Energy with ratio over ends in order, summed from each known register to the next known one: the difference of the
 * outer ends, in which a register may have passed its end more than once. Where a register went back in between, the
 * outer ends alone decide. Null unless both outer ends are known.
 */
export function along(registers: StayRegisters, counter: Counter, ends: readonly RegisterEnd[]): Difference {
  const [first, last] = [ends[0], ends.at(-1)];
  if (!first || !last) return { wh: null, how: 'no_start' };
  const whole = between(registers, counter, first, last);
  if (whole.how === 'no_start' || whole.how === 'no_end') return whole;
  let sum = 0;
  let how: 'difference' | 'rollover' = 'difference';
  let from = first;
  for (const to of ends.slice(1)) {
    if (to.registers[counter] === null) continue;
    const step = between(registers, counter, from, to);
    if (step.wh === null) return whole;
    if (step.how === 'rollover') how = 'rollover';
    sum += step.wh;
    from = to;
  }
  return { wh: sum, how };
}
