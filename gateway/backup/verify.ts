import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from './copy-file.ts';
import { damaged, type Manifest, readManifest } from './manifest.ts';
import { databaseFault } from './snapshot.ts';
import { STATE } from './sources.ts';
import { marksOf } from './state-of.ts';

export interface VerifyOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number, label: string) => void;
}

/**
 * Reads every byte of a backup: sizes and digests as the manifest has them, every database sound, the state of a
 * release that this program can use. Rejects with `backup_not_there`, `backup_damaged` or `store_newer`.
 */
export async function verifyBackup(folder: string, { signal, onProgress }: VerifyOptions): Promise<Manifest> {
  const manifest = readManifest(folder);
  if (!manifest.files.some(({ path }) => path === STATE)) throw damaged(folder, `it holds no ${STATE}`);
  const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const file of manifest.files) {
    const path = join(folder, file.path);
    onProgress(done, total, `checking ${file.path}`);
    if (!existsSync(path)) throw damaged(path, 'it is missing in the backup');
    const found = await digestOf(path, signal);
    if (found.bytes !== file.bytes) throw damaged(path, `it has ${found.bytes} bytes instead of ${file.bytes}`);
    if (found.sha256 !== file.sha256) throw damaged(path, 'it is not what was written (SHA-256)');
    const fault = path.endsWith('.sqlite') ? await databaseFault(path, signal) : null;
    if (fault !== null) throw damaged(path, fault);
    done += file.bytes;
  }
  await marksOf(join(folder, STATE));
  return manifest;
}
