import type { Outage, OutageMember } from '#contract/outage.ts';

/** A time without supply of one meter, UTC ms; `to` is not part of it. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Clipped {
  /** Time inside the period, ms. */
  readonly ms: number;
  /** Sustained interruptions that began inside the period. */
  readonly begun: number;
}

type Ending = Pick<Outage, 'restoredAt'>;

/** The time that a member was without supply: what never ended lasts until its outage ended, else until `now`. */
export function spanOf({ from, to }: Pick<OutageMember, 'from' | 'to'>, { restoredAt }: Ending, now: number): Span {
  return { from, to: to ?? restoredAt ?? now };
}

/**
 * What of a meter's spans counts in a period. Spans that overlap or touch are one interruption: a meter may be in an
 * outage and in the one nested inside it. Only interruptions longer than `sustainedMs` count, by their whole length
 * (IEEE 1366-2022, 3: sustained, momentary); each is counted where it began, and its time where it passed.
 */
export function clip(spans: readonly Span[], period: Span, sustainedMs: number): Clipped {
  let ms = 0;
  let begun = 0;
  for (const { from, to } of merged(spans)) {
    if (to - from <= sustainedMs) continue;
    ms += Math.max(0, Math.min(to, period.to) - Math.max(from, period.from));
    if (from >= period.from && from < period.to) begun++;
  }
  return { ms, begun };
}

function merged(spans: readonly Span[]): Span[] {
  const whole: { from: number; to: number }[] = [];
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    if (to <= from) continue;
    const last = whole.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else whole.push({ from, to });
  }
  return whole;
}
