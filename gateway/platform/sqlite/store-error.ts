import { MeterwayError, type Next } from '../errors.ts';
import type { Failure } from './protocol.ts';

interface Verdict {
  readonly code: string;
  readonly next: Next;
}

const BUSY: Verdict = { code: 'store_busy', next: 'retry' };
/** A full disk rolls the transaction back whole, so the same write may succeed once there is room. */
const FULL: Verdict = { code: 'store_full', next: 'retry' };
const READ_ONLY: Verdict = { code: 'store_read_only', next: 'stop' };
const FAILED: Verdict = { code: 'store_failed', next: 'stop' };
/** Statement or values are wrong: the same request would fail again. */
const REFUSED: Verdict = { code: 'store_refused', next: 'skip' };

/** By SQLite primary result code. */
const VERDICTS: ReadonlyMap<number, Verdict> = new Map([
  [3, READ_ONLY], // PERM
  [5, BUSY],
  [6, BUSY], // LOCKED
  [7, FAILED], // NOMEM
  [8, READ_ONLY],
  [10, FAILED], // IOERR
  [11, FAILED], // CORRUPT
  [13, FULL],
  [14, FAILED], // CANTOPEN
  [15, BUSY], // PROTOCOL: lost a race for the write-ahead log
  [17, BUSY], // SCHEMA
  [26, FAILED], // NOTADB
]);

export function storeError(path: string, failure: Failure): MeterwayError {
  const primary = failure.errcode === null ? null : failure.errcode & 0xff;
  const verdict = (primary === null ? undefined : VERDICTS.get(primary)) ?? REFUSED;
  return new MeterwayError(`cannot use ${path}: ${failure.message}`, {
    ...verdict,
    context: { sqlite: failure.errcode },
  });
}

export function storeClosed(path: string): MeterwayError {
  return new MeterwayError(`cannot use ${path}: the connection is closed`, { code: 'store_closed' });
}
