import type { AreaLossRow } from './line-loss-sheet.ts';

export const LOSS_SORTS = ['-lostWh', 'lostWh', '-rate', 'rate', 'area'] as const;
export type LossSort = (typeof LOSS_SORTS)[number];

type Key = readonly (string | number)[];

/** The page of a list after a position; areas without the figure come last, those that are alike by id. */
export function sortedPage(
  rows: readonly AreaLossRow[],
  sort: LossSort,
  position: Key,
  limit = 100,
): { items: AreaLossRow[]; next: Key | null } {
  const keyed = rows.map((row) => ({ row, key: keyOf(row, sort) })).toSorted((a, b) => compare(a.key, b.key));
  const rest = position.length === 0 ? keyed : keyed.filter(({ key }) => compare(key, position) > 0);
  const page = rest.slice(0, limit);
  return { items: page.map(({ row }) => row), next: rest.length > limit ? (page.at(-1)?.key ?? null) : null };
}

function keyOf(row: AreaLossRow, sort: LossSort): Key {
  if (sort === 'area') return [0, 0, row.area];
  const figure = sort.endsWith('rate') ? row.rate : row.lostWh;
  return figure === null ? [1, 0, row.area] : [0, sort.startsWith('-') ? -figure : figure, row.area];
}

function compare(a: Key, b: Key): number {
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? x;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
