import type { Book } from './book.ts';
import { common, type Range, shifted, union, without } from './ranges.ts';
import { deleteRanges } from './statements.ts';

/** What an ack has changed. */
export interface Taken {
  /** Records that are committed now and were not before. */
  readonly committed: number;
  /** Whether it said anything new. */
  readonly isNews: boolean;
  /** Records that an earlier ack had as committed and that the centre does not have; they are to be sent again. */
  readonly returned: number;
  /** Something was returned, and what is held from before this epoch may be lacking as well: nobody asks for that. */
  readonly hasOlder: boolean;
  /** It says less than what was heard before. */
  readonly isBehind: boolean;
}

/** What an ack says, in sequence numbers. */
interface Word {
  readonly covered: readonly Range[];
  readonly gaps: readonly Range[];
  /** Whether committed records stay in the file. */
  readonly keeps: boolean;
}

/**
 * Notes what the centre has committed. A word that says something new, and at the same time that the centre lacks what
 * it had, comes from a centre that was restored: an ack that is merely late says nothing new. What it lacks is to be
 * sent again then. To be called in a turn.
 */
export async function takeWord(book: Book, { covered, gaps, keeps }: Word): Promise<Taken> {
  const { state } = book;
  const { base, lastRow, committed } = state;
  const epoch: Range = [base + 1, lastRow];
  // What overlaps or runs backwards in a wrong ack must not be counted twice.
  const said = union(
    [],
    shifted(covered, base).filter(([from, to]) => from <= to),
  );
  const fresh = without(common(said, [epoch]), committed);
  const isBehind = without(common(committed, [epoch]), said).length > 0;
  if (fresh.length === 0) return { committed: 0, isNews: false, returned: 0, hasOlder: false, isBehind };
  const denied = common(common(committed, shifted(gaps, base)), [epoch]);
  const now = await book.count(fresh);
  const returned = await book.count(denied);
  const next = {
    ...state,
    committed: without(union(committed, fresh), denied),
    rows: state.rows - now + returned,
    kept: state.kept - returned + (keeps ? now : 0),
  };
  await book.free(keeps ? [] : [deleteRanges(fresh)], next);
  const hasOlder = denied.length > 0 && (await book.lowest(1, base)) !== null;
  return { committed: now, isNews: true, returned, hasOlder, isBehind };
}
