import { MeterwayError } from '#platform/errors.ts';

/** A file of the archive that is not as it was written. */
export function damaged(path: string, why: string, cause?: unknown): MeterwayError {
  return new MeterwayError(`cannot read ${path}: ${why}; put it back from a backup`, {
    code: 'archive_damaged',
    cause,
    context: { path },
  });
}
