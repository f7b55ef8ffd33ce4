import { MeterwayError } from '#platform/errors.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { Manifest } from './manifest.ts';

/**
 * Up to where the results of each collector are committed in a copied state; null when the copy was made by an older
 * release, which a start brings up to date. Rejects with `store_newer` when this program cannot use it at all.
 */
export async function marksOf(path: string): Promise<Manifest['marks']> {
  const state = await openSqliteStateStore(path, { readOnly: true });
  try {
    const marks = await state.ledger.marks();
    return marks.map(({ collector, epoch, upTo }) => ({ collector, epoch, upTo }));
  } catch (error) {
    if (error instanceof MeterwayError && error.code === 'store_older') return null;
    throw error;
  } finally {
    await state.close();
  }
}
