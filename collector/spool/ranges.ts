/** Inclusive. A set of numbers is a list of ranges, ascending, with a gap between each and the next. */
export type Range = readonly [from: number, to: number];

export function union(a: readonly Range[], b: readonly Range[]): Range[] {
  const merged: [number, number][] = [];
  for (const [from, to] of [...a, ...b].sort((x, y) => x[0] - y[0])) {
    const last = merged.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** What lies in both. */
export function common(a: readonly Range[], b: readonly Range[]): Range[] {
  const found: Range[] = [];
  for (const [from, to] of a) {
    for (const [start, end] of b) {
      if (start <= to && end >= from) found.push([Math.max(from, start), Math.min(to, end)]);
    }
  }
  return found;
}

/** What lies in `a` but not in `b`. */
export function without(a: readonly Range[], b: readonly Range[]): Range[] {
  let left = [...a];
  for (const [start, end] of b) {
    left = left.flatMap(([from, to]): Range[] => {
      if (end < from || start > to) return [[from, to]];
      const parts: Range[] = [];
      if (from < start) parts.push([from, start - 1]);
      if (to > end) parts.push([end + 1, to]);
      return parts;
    });
  }
  return left;
}

/** The same numbers plus `by`. */
export function shifted(ranges: readonly Range[], by: number): Range[] {
  return ranges.map(([from, to]) => [from + by, to + by]);
}

/** The lowest number from `n` on that lies in none of the ranges. */
export function firstOutside(ranges: readonly Range[], n: number): number {
  const covering = ranges.find(([from, to]) => from <= n && to >= n);
  return covering ? covering[1] + 1 : n;
}

/** Where the first range above `n` begins; infinite when there is none. */
export function nextStart(ranges: readonly Range[], n: number): number {
  return ranges.find(([from]) => from > n)?.[0] ?? Number.POSITIVE_INFINITY;
}
