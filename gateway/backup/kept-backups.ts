import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MANIFEST } from './manifest.ts';

const NAME = /^meterway-\d{8}T\d{6}Z(-\d+)?$/;

/** `meterway-20261122T074350Z` with a number behind it where that name is taken. */
export function nameOf(madeAt: number, folder: string): string {
  const name = `meterway-${new Date(madeAt).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  let free = name;
  for (let number = 2; existsSync(join(folder, free)); number++) free = `${name}-${number}`;
  return free;
}

/** Paths of the complete backups in a folder, newest first. */
export function backupsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const order = new Intl.Collator('en', { numeric: true });
  return readdirSync(folder)
    .filter((name) => NAME.test(name) && existsSync(join(folder, name, MANIFEST)))
    .toSorted((a, b) => order.compare(b, a))
    .map((name) => join(folder, name));
}

/** Deletes all but the newest `count`; returns the paths that are gone. */
export function forgetOldBackups(folder: string, count: number): string[] {
  const old = backupsIn(folder).slice(count);
  for (const path of old) rmSync(path, { recursive: true });
  return old;
}
