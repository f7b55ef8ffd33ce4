import { MeterwayError } from '#platform/errors.ts';

/** A write that would fail again: something in it is wrong. */
export function refused(why: string): MeterwayError {
  return new MeterwayError(`cannot store readings: ${why}`, { code: 'store_refused', next: 'skip' });
}

export function readOnlyWriter(folder: string): MeterwayError {
  return new MeterwayError(`cannot write to ${folder}: opened for reading`, { code: 'store_read_only' });
}
