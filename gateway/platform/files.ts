import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Replaces a file whole or not at all: temporary file, fsync, rename, fsync of the folder. After a power cut the old
 * or the new content is there, never a mixture; after an error the old one, and nothing is left beside it.
 */
export function writeFileAtomic(path: string, content: string, mode = 0o644): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true });
  const temporary = join(folder, `.${basename(path)}.${process.pid}.tmp`);
  try {
    writeSynced(temporary, content, mode);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(folder);
}

function writeSynced(path: string, content: string, mode: number): void {
  // What a killed process of the same id left behind may have another mode.
  rmSync(path, { force: true });
  const file = openSync(path, 'wx', mode);
  try {
    // Unlike a single write, this goes on until everything is written.
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes a rename or a new name in the folder survive a power cut. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
