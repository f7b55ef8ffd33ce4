import type { BillingRow } from '#domain/billing/row.ts';
import type { BatchFile } from '#stores/batch-files.ts';

/** Rows that one request looks through: what that takes is a fraction of a second. */
export const MOST_LOOKED_THROUGH = 200_000;

/** Every row ends with its exceptions, so those with none are passed over without being read. */
const SOME = Buffer.from('"exceptions":["');

/**
 * Rows with one of the exceptions, at most `limit`, from a row on (the first is 0). `next` is the row to go on from, or
 * null at the end.
 */
export async function exceptionRows(
  file: BatchFile,
  classes: ReadonlySet<string>,
  from: number,
  limit: number,
): Promise<{ readonly rows: readonly BillingRow[]; readonly next: number | null }> {
  const found: BillingRow[] = [];
  let at = from;
  for await (const { rows, text } of file.pieces(from, from + MOST_LOOKED_THROUGH)) {
    for (const [i, row] of rowsWith(text, classes)) {
      found.push(row);
      const next = at + i + 1;
      if (found.length === limit) return { rows: found, next: next < file.rows ? next : null };
    }
    at += rows;
  }
  return { rows: found, next: at < file.rows ? at : null };
}

/** Rows of a piece with one of the exceptions, each with its place in the piece. */
function* rowsWith(text: Buffer, classes: ReadonlySet<string>): Generator<[number, BillingRow]> {
  if (!text.includes(SOME)) return;
  for (const [i, line] of text.toString().split('\n').slice(0, -1).entries()) {
    if (line.endsWith('"exceptions":[]}')) continue;
    const row = JSON.parse(line) as BillingRow;
    if (row.exceptions.some((each) => classes.has(each))) yield [i, row];
  }
}
