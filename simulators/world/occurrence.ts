import { EPOCH_S, wholeSecond } from '../clock/local-time.ts';
import type { Span } from './condition.ts';
import type { MeterClock } from './meter-clock.ts';

/** Start and end by the meter's clock, UTC ms; end is null while it still lasts. */
export interface PowerDown {
  readonly startMs: number;
  readonly endMs: number | null;
}

/**
 * Anything that begins and ends. `fromS` to `untilS` is when it truly
 * was, up to the moment asked about, UTC s.
 */
export interface Occurrence extends PowerDown, Span {}

/** The spans that began up to a moment, given earliest first, as a meter with this clock records them: latest first. */
export function occurrences(spans: readonly Span[], clock: MeterClock, beforeMs: number): Occurrence[] {
  const now = wholeSecond(beforeMs);
  return spans
    .filter(({ fromS }) => fromS <= now && fromS > EPOCH_S)
    .map(({ fromS, untilS }) => ({
      startMs: clock.shows(fromS) * 1000,
      endMs: untilS <= now ? clock.shows(untilS) * 1000 : null,
      fromS,
      untilS: Math.min(untilS, now),
    }))
    .reverse();
}
