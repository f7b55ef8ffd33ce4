/**
 * A row may be this far ahead of the centre's clock, ms. Clocks that are set over a network agree within seconds;
 * 5 minutes is the alarm limit of a meter's clock, whose times stand in events. What is further ahead would become the
 * newest that is known of its meter, and everything true after it would be judged against it or taken for old.
 */
export const MOST_AHEAD_MS = 300_000;

export type TimeFault =
  | { readonly kind: 'future'; readonly aheadMs: number }
  | { readonly kind: 'before_installation'; readonly earlyMs: number };

/** True when `timeFault` finds nothing wrong with a reading: asked of every row, so it makes nothing. */
export function isTimely(
  row: { readonly slot: number; readonly readAt: number },
  now: number,
  installedAt: number | null,
): boolean {
  const { slot, readAt } = row;
  const latest = now + MOST_AHEAD_MS;
  return slot <= latest && readAt <= latest && (installedAt === null || slot >= installedAt);
}

/**
 * Why the times of a row cannot be, or null. Instants in UTC ms; those that are null are not known. `of` is the moment
 * that the row is about, `installedAt` when its meter was first installed, as far as the registry says.
 */
export function timeFault(
  now: number,
  instants: readonly (number | null)[],
  of: number | null,
  installedAt: number | null,
): TimeFault | null {
  let aheadMs = 0;
  for (const at of instants) aheadMs = Math.max(aheadMs, (at ?? now) - now);
  if (aheadMs > MOST_AHEAD_MS) return { kind: 'future', aheadMs };
  if (of === null || installedAt === null || of >= installedAt) return null;
  return { kind: 'before_installation', earlyMs: installedAt - of };
}
