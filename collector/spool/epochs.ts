import type { Clock } from '#platform/clock.ts';
import type { Statement } from '#platform/sqlite/protocol.ts';
import type { Book } from './book.ts';
import { firstOutside, nextStart } from './ranges.ts';
import { newEpoch } from './state.ts';

/** Rows looked at in one request, so that results and acks get their turn between. */
const STEP_ROWS = 50_000;

/** The lowest record that is not committed, or null when there is none. */
export async function lowestUncommitted(book: Book): Promise<{ readonly row: number; readonly at: number } | null> {
  const { committed, lastRow } = book.state;
  for (let from = firstOutside(committed, 1); from <= lastRow; from = firstOutside(committed, from)) {
    const below = nextStart(committed, from);
    const found = await book.lowest(from, below - 1);
    if (found) return found;
    from = below;
  }
  return null;
}

/** Row of the first record that was written at or after a moment, UTC ms; infinite when there is none. */
export async function firstSince(book: Book, since: number): Promise<number> {
  const { lastRow } = book.state;
  const lowest = await book.lowest(1, lastRow);
  for (let from = lowest?.row ?? lastRow + 1; from <= lastRow; from += STEP_ROWS) {
    const sql = 'SELECT seq AS row FROM record WHERE seq BETWEEN ? AND ? AND at >= ? ORDER BY seq LIMIT 1';
    const [found] = await book.client.all<{ row: number }>(sql, [from, from + STEP_ROWS - 1, since]);
    if (found) return found.row;
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * Begins a new epoch with every record from row `from` on, and with all that are not committed: their numbers go from 1
 * on, and none of them counts as committed. What lies below stays as it is. Nothing is moved, for the file may hold
 * millions. To be called in a turn; `also` makes what is written with it from the number of records that are to be sent.
 */
export async function beginEpoch(
  book: Book,
  clock: Clock,
  from: number,
  also: (rows: number) => readonly Statement[],
): Promise<void> {
  const { state } = book;
  const waiting = await lowestUncommitted(book);
  const held = await book.lowest(from === Number.POSITIVE_INFINITY ? state.lastRow + 1 : from, state.lastRow);
  const first = Math.min(waiting?.row ?? state.lastRow + 1, held?.row ?? state.lastRow + 1);
  const base = first - 1;
  const rows = await book.count([[first, state.lastRow]]);
  const next = {
    ...state,
    epoch: newEpoch(clock),
    base,
    startRow: null,
    committed: base > 0 ? ([[1, base]] as const) : [],
    rows,
    kept: state.rows + state.kept - rows,
  };
  await book.free(also(rows), next);
}
