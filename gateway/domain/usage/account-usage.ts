import { QUALITIES, type Quality } from '#contract/quality.ts';
import { byCounter, COUNTERS, type Counter, type Energies, NO_ENERGIES, sumOf } from './counters.ts';
import type { Difference } from './register-difference.ts';
import { along, between, endAt, type RegisterEnd, type StayRegisters } from './stay-registers.ts';
import type { Stay } from './stay-usage.ts';

/**
 * `known`: all ends are there; `unknown`: it cannot be told, see the missing ends and `how` of the parts; `open`: not
 * over yet; `no_meter`: no meter served the account.
 */
export const USAGE_STATES = ['known', 'unknown', 'open', 'no_meter'] as const;
export type UsageState = (typeof USAGE_STATES)[number];

/** What one meter contributed to a stretch. `how` is that of the import register. */
export interface UsagePart {
  readonly stay: Stay;
  readonly start: RegisterEnd;
  readonly end: RegisterEnd;
  readonly how: Difference['how'];
  readonly energies: Energies;
}

/** Energy of an account over [from, to), with ratio, Wh. */
export interface UsageSpan {
  readonly from: number;
  readonly to: number;
  readonly state: UsageState;
  readonly energies: Energies;
  /** The weakest quality of the ends it is made of; null where there are none. */
  readonly quality: Quality | null;
  readonly parts: readonly UsagePart[];
  /** Ends without an import register, by meter. */
  readonly missing: readonly { readonly meter: string; readonly end: RegisterEnd }[];
}

/** A stretch with its days. The total is that of its outer ends, whichever days between are known. */
export interface UsagePeriod {
  readonly total: UsageSpan;
  readonly days: readonly UsageSpan[];
  /** Sum of the days that are known; null when none is. */
  readonly allocated: Energies;
  /** Total − allocated: what could not be given to a day. Null where the total is; below 0 only where a register went back. */
  readonly unallocated: Energies;
}

/** Days between neighbouring edges (ascending UTC ms), and their total. Days that end after `now` are open. */
export function usagePeriod(stays: readonly StayRegisters[], edges: readonly number[], now: number): UsagePeriod {
  const days = edges.slice(1).map((to, i) => usageSpan(stays, [edges[i] ?? to, to], now));
  const past = edges.filter((edge) => edge <= now);
  const total = usageSpan(stays, past.length > 1 ? past : edges, now);
  const allocated = byCounter((counter) => {
    const known = days.map((day) => day.energies[counter]).filter((wh) => wh !== null);
    return known.length === 0 ? null : known.reduce((sum, wh) => sum + wh, 0);
  });
  const unallocated = byCounter((counter) => {
    const whole = total.energies[counter];
    return whole === null ? null : whole - (allocated[counter] ?? 0);
  });
  return { total, days, allocated, unallocated };
}

/** Energy from the first of the instants to the last; those between only help along. */
export function usageSpan(stays: readonly StayRegisters[], instants: readonly number[], now: number): UsageSpan {
  const from = instants[0] ?? now;
  const to = instants.at(-1) ?? now;
  if (to > now || to <= from) {
    return { from, to, state: 'open', energies: NO_ENERGIES, quality: null, parts: [], missing: [] };
  }
  const parts = stays.flatMap((registers) => partOf(registers, from, to, instants));
  const missing = parts.flatMap(({ stay, start, end }) =>
    [start, end].filter(isUnknown).map((gap) => ({ meter: stay.meter, end: gap })),
  );
  const energies = sumOf(parts.map((part) => part.energies));
  const state = parts.length === 0 ? 'no_meter' : energies.import === null ? 'unknown' : 'known';
  return { from, to, state, energies, quality: weakest(parts), parts, missing };
}

function partOf(registers: StayRegisters, from: number, to: number, instants: readonly number[]): UsagePart[] {
  const { stay } = registers;
  const outer = [Math.max(from, stay.from), Math.min(to, stay.to)] as const;
  if (outer[0] >= outer[1]) return [];
  const inner = instants.filter((at) => at > outer[0] && at < outer[1]);
  const start = endAt(registers, outer[0]);
  const end = endAt(registers, outer[1]);
  const ends = [start, ...inner.map((at) => endAt(registers, at)), end];
  const differences = new Map<Counter, Difference>(
    COUNTERS.map((counter) => [
      counter,
      inner.length > 0 ? along(registers, counter, ends) : between(registers, counter, start, end),
    ]),
  );
  const energies = byCounter((counter) => differences.get(counter)?.wh ?? null);
  return [{ stay, start, end, how: differences.get('import')?.how ?? 'no_start', energies }];
}

function isUnknown(end: RegisterEnd): boolean {
  return end.registers.import === null;
}

/** From the one that may be trusted most. */
const BY_TRUST: readonly Quality[] = ['valid', 'late', 'manual', 'edited', 'estimated', 'raw', 'suspect', 'missing'];

function weakest(parts: readonly UsagePart[]): Quality | null {
  let rank = -1;
  for (const { start, end } of parts) {
    rank = Math.max(rank, BY_TRUST.indexOf(start.quality), BY_TRUST.indexOf(end.quality));
  }
  return BY_TRUST[rank] ?? null;
}

/** Qualities that occur at the ends of some spans, in the order of the catalogue. */
export function qualitiesOf(spans: readonly UsageSpan[]): Quality[] {
  const found = new Set(spans.flatMap(({ parts }) => parts.flatMap(({ start, end }) => [start.quality, end.quality])));
  return QUALITIES.filter((quality) => found.has(quality));
}
