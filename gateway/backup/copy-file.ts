import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MeterwayError, messageOf } from '#platform/errors.ts';

/** Secrets and personal data: for the eyes of their owner only. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

export interface Copied {
  readonly bytes: number;
  readonly sha256: string;
}

/** What to tell of a copy that failed: why, and of which file. An aborted one stays what it is. */
export function copyFailed(source: string, cause: unknown, signal: AbortSignal): unknown {
  if (signal.aborted || cause instanceof MeterwayError) return cause;
  return new MeterwayError(`cannot copy ${source}: ${messageOf(cause)}`, { code: 'copy_failed', next: 'retry', cause });
}

/** Makes the folder of a file that is to be written. */
export function makeFolderOf(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
}

/** Copies a file and has it on disk when it resolves. The target must not be there. */
export async function copySynced(source: string, target: string, signal: AbortSignal): Promise<Copied> {
  makeFolderOf(target);
  const hash = createHash('sha256');
  let bytes = 0;
  const tap = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  const output = createWriteStream(target, { flags: 'wx', mode: FILE_MODE });
  await pipeline(createReadStream(source), tap, output, { signal });
  await syncFile(target);
  return { bytes, sha256: hash.digest('hex') };
}

export async function digestOf(path: string, signal: AbortSignal): Promise<Copied> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { signal })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
