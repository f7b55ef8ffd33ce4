/** A calendar month in UTC, `2026-08`: by it, and by nothing that a site could change, readings are filed. */
export type Month = string;

export function monthOf(slot: number): Month {
  return new Date(slot).toISOString().slice(0, 7);
}

/** First instant of the month, UTC ms. */
export function monthStart(month: Month): number {
  return Date.parse(`${month}-01T00:00:00Z`);
}

/** The month `count` later, or earlier when negative. */
export function addMonths(month: Month, count: number): Month {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return monthOf(Date.UTC(year, number - 1 + count, 1));
}

/** First instant after the last month, that of December 9999. */
export const MONTHS_END = 253_402_300_800_000;

/** Years 1970 to 9999: outside of them no month has a name, and no meter was ever read. */
export function hasMonth(instant: number): boolean {
  return instant >= 0 && instant < MONTHS_END;
}

/** The items by the month of their slot. Items that stand together are mostly of one month, so it is kept at hand. */
export function byMonth<T>(items: Iterable<T>, slotOf: (item: T) => number): Map<Month, T[]> {
  const months = new Map<Month, T[]>();
  let current: T[] = [];
  let from = 0;
  let to = 0;
  for (const item of items) {
    const slot = slotOf(item);
    if (slot < from || slot >= to) {
      const month = monthOf(slot);
      from = monthStart(month);
      to = monthStart(addMonths(month, 1));
      current = months.get(month) ?? [];
      months.set(month, current);
    }
    current.push(item);
  }
  return months;
}
