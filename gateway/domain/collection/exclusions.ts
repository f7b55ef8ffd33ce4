import type { Meter } from '#contract/registry.ts';
import { addDays, instantOf } from '#contract/zone.ts';

export const SCOPE_KINDS = ['meter', 'area', 'line', 'concentrator'] as const;
export type ScopeKind = (typeof SCOPE_KINDS)[number];

/** What an exclusion by hand covers. Dates are business dates, both inclusive; `to` null = until it is ended. */
export interface ExclusionTerm {
  readonly scope: { readonly kind: ScopeKind; readonly id: string };
  readonly from: string;
  readonly to: string | null;
  /** When it was taken back, UTC ms: then it covers nothing, also of the past. */
  readonly endedAt: number | null;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Exclusions made ready for a million meters: for most of them, nothing is asked a second time. */
export interface ExclusionBook {
  /** Whether a slot (UTC ms) of the meter is excluded; null when none ever is. */
  of(meter: Pick<Meter, 'id' | 'area' | 'line'>, concentrator: string | null): ((slot: number) => boolean) | null;
}

/**
 * A meter is covered through the area that it is given with, its line and its concentrator. The business date of a slot is its local date,
 * so a term is the time from the beginning of `from` to the end of `to`.
 */
export function exclusionBook(terms: Iterable<ExclusionTerm>, zone: string): ExclusionBook {
  const spans = new Map<string, Span[]>();
  const kinds = new Set<ScopeKind>();
  for (const { scope, from, to, endedAt } of terms) {
    if (endedAt !== null) continue;
    const end = to === null ? Number.POSITIVE_INFINITY : instantOf(zone, addDays(to, 1));
    const key = `${scope.kind} ${scope.id}`;
    spans.set(key, [...(spans.get(key) ?? []), { start: instantOf(zone, from), end }]);
    kinds.add(scope.kind);
  }
  const of = (kind: ScopeKind, id: string | null): readonly Span[] =>
    id !== null && kinds.has(kind) ? (spans.get(`${kind} ${id}`) ?? []) : [];
  return {
    of: (meter, concentrator) => {
      if (kinds.size === 0) return null;
      const found = [
        ...of('meter', meter.id),
        ...of('area', meter.area),
        ...of('line', meter.line),
        ...of('concentrator', concentrator),
      ];
      if (found.length === 0) return null;
      return (slot) => found.some(({ start, end }) => start <= slot && slot < end);
    },
  };
}
