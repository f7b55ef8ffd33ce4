/** Median of the known values (NaN = unknown) in [from, to), or NaN without any. Sorts in `scratch`. */
export function medianOf(values: ArrayLike<number>, from: number, to: number, scratch: Float64Array): number {
  let count = 0;
  for (let i = from; i < to; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isNaN(value)) scratch[count++] = value;
  }
  return medianOfFirst(scratch, count);
}

/** Median distance of the known values in [from, to) from `middle`; times 1.4826 it estimates a standard deviation. */
export function scatterOf(
  values: ArrayLike<number>,
  span: { readonly from: number; readonly to: number },
  middle: number,
  scratch: Float64Array,
): number {
  let count = 0;
  for (let i = span.from; i < span.to; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isNaN(value)) scratch[count++] = Math.abs(value - middle);
  }
  return 1.4826 * medianOfFirst(scratch, count);
}

export function knownIn(values: ArrayLike<number>, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) if (!Number.isNaN(values[i] ?? Number.NaN)) count++;
  return count;
}

function medianOfFirst(scratch: Float64Array, count: number): number {
  if (count === 0) return Number.NaN;
  const sorted = scratch.subarray(0, count).sort();
  const middle = count >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return count % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
