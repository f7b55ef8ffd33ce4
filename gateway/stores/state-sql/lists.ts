/** PostgreSQL takes 65,535 parameters in a statement, SQLite 32,766; below a third of that, statements stay short. */
const MAX_PARAMS = 10_000;
const MAX_LIST = 500;

/** Parts of a list of rows with the same columns, each short enough for one INSERT. */
export function inserts<R extends object>(rows: readonly R[]): R[][] {
  const columns = Object.keys(rows[0] ?? {}).length;
  return parts(rows, Math.floor(MAX_PARAMS / Math.max(columns, 1)));
}

/** Parts of a list, each short enough for an IN (…). */
export function lists<R>(values: readonly R[]): R[][] {
  return parts([...new Set(values)], MAX_LIST);
}

function parts<R>(values: readonly R[], size: number): R[][] {
  const found: R[][] = [];
  for (let from = 0; from < values.length; from += size) found.push(values.slice(from, from + size));
  return found;
}

/** Compares by code unit. */
export function byText<R>(textOf: (row: R) => string): (a: R, b: R) => number {
  return (a, b) => {
    const x = textOf(a);
    const y = textOf(b);
    return x < y ? -1 : Number(x > y);
  };
}
