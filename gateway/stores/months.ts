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
