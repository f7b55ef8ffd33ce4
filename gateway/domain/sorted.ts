/** Position of the first entry whose key is not below `key`, in a list ascending by key. */
export function lowerBound<T>(list: readonly T[], key: string, keyOf: (entry: T) => string): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = list[middle];
    if (entry !== undefined && keyOf(entry) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The entries with this key, in a list ascending by key. */
export function equalRange<T>(list: readonly T[], key: string, keyOf: (entry: T) => string): T[] {
  const found: T[] = [];
  for (let i = lowerBound(list, key, keyOf); i < list.length; i++) {
    const entry = list[i];
    if (entry === undefined || keyOf(entry) !== key) break;
    found.push(entry);
  }
  return found;
}

/** A copy in ascending order of the key, by code units; entries with one key keep their order. */
export function sortedBy<T>(list: readonly T[], keyOf: (entry: T) => string): T[] {
  return [...list].sort((a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  });
}
