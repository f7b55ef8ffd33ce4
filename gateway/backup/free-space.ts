import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { MeterwayError } from '#platform/errors.ts';

/** Left free beyond what is written: a disk that is full to the last byte stops everybody else on it. */
const SPARE_BYTES = 32 * 1024 * 1024;

/** Bytes that a user without privileges can still write where `path` is or will be. */
export function freeBytes(path: string): number {
  let there = path;
  while (!existsSync(there)) there = dirname(there);
  const { bavail, bsize } = statfsSync(there);
  return bavail * bsize;
}

/** Throws `no_space` when `bytes` do not fit beside what is there. */
export function ensureSpace(what: string, path: string, bytes: number): void {
  const free = freeBytes(path);
  if (free >= bytes + SPARE_BYTES) return;
  throw new MeterwayError(
    `cannot ${what} ${path}: ${megabytes(bytes + SPARE_BYTES)} are needed and ${megabytes(free)} are free`,
    { code: 'no_space', next: 'retry' },
  );
}

export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000).toLocaleString('en')} MB`;
}
