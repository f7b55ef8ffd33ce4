import { cpus, loadavg } from 'node:os';

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

export function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

/** `12,345` or `0.83`. */
export function plain(value: number, decimals = 0): string {
  return value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** The median with the least and the greatest: `9.1 (9.0 … 9.4)`. A figure without its spread says little on a shared machine. */
export function spread(numbers: readonly number[], decimals = 0): string {
  const middle = plain(median(numbers), decimals);
  if (numbers.length < 2) return middle;
  return `${middle} (${plain(Math.min(...numbers), decimals)} … ${plain(Math.max(...numbers), decimals)})`;
}

export function percent(share: number, decimals = 1): string {
  return `${plain(share * 100, decimals)} %`;
}

/** Prints a table; the first column is text, the others are numbers. */
export function printTable(heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = heads.map((head, c) => Math.max(head.length, ...rows.map((row) => (row[c] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, c) => (c === 0 ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0)))
      .join('   ')
      .trimEnd();
  console.log(line(heads));
  console.log(widths.map((width) => '-'.repeat(width)).join('   '));
  for (const row of rows) console.log(line(row));
}

/** What else the machine was doing: figures taken under load compare only with figures taken beside them. */
export function machine(): string {
  const processors = cpus();
  const [load = 0] = loadavg();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  return `${processors.length} × ${model}, Node ${process.versions.node}, load ${load.toFixed(2)}`;
}
