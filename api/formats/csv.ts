import { stringify } from 'csv-stringify/sync';

/** UTF-8 byte order mark: without it Excel takes the file for GBK. */
export const BOM = '\uFEFF';

/**
 * Lines of RFC 4180 with CRLF. A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers
 * stay numbers, also negative ones; null is an empty cell.
 */
export function csvLines(rows: readonly (readonly (string | number | null)[])[]): string {
  return stringify(
    rows.map((row) => [...row]),
    { record_delimiter: '\r\n', escape_formulas: true },
  );
}

/** Wh as kWh with three decimals and no rounding: 1234567 → 1234.567. Energies are never negative. */
export function kwh(wh: number): string {
  return `${Math.floor(wh / 1000)}.${String(wh % 1000).padStart(3, '0')}`;
}
