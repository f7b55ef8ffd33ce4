/** Whole units of `total` that belong to `part` of `whole`, rounded down. Exact: the product may pass 2^53. */
export function shareOf(total: number, part: number, whole: number): number {
  const product = total * part;
  if (product <= Number.MAX_SAFE_INTEGER) return Math.floor(product / whole);
  return Number((BigInt(total) * BigInt(part)) / BigInt(whole));
}

/**
 * How much of `total` is reached after each of the weights: rising whole numbers, the last of which is `total`. All
 * arguments are whole and not negative; of weights that are all zero, the last gets everything.
 */
export function spread(total: number, weights: readonly number[]): number[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let upTo = 0;
  return weights.map((weight, i) => {
    upTo += weight;
    if (i === weights.length - 1) return total;
    return whole === 0 ? 0 : shareOf(total, upTo, whole);
  });
}

/**
 * Divides whole units among parts in proportion to their sizes, one after the other against those that follow. The
 * result sums to `units`, no part ever falls while `units` rises, and at Σ sizes each part has exactly its size: what
 * a remainder given to the largest fraction does not promise. Null when all sizes are zero and there is something to
 * divide.
 */
export function divided(units: number, sizes: readonly number[]): number[] | null {
  let left = units;
  let whole = sizes.reduce((sum, size) => sum + size, 0);
  if (whole === 0) return units === 0 ? sizes.map(() => 0) : null;
  return sizes.map((size) => {
    const part = whole === 0 ? 0 : shareOf(left, size, whole);
    left -= part;
    whole -= size;
    return part;
  });
}
