import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Month } from '../months.ts';

/**
 * The folder of the embedded readings. A month has up to three parts, and its readings only ever move down this list:
 *
 * - `2026-08.sqlite`, open: takes what is written;
 * - `2026-08.sealed.sqlite`: takes no more writes and waits to be packed;
 * - `2026-08.1/`, `2026-08.2/` …: the archive, of which the highest complete generation counts.
 *
 * Whoever looks for the parts in this order therefore misses nothing, whatever another process moves meanwhile.
 * `<folder>.sqlite` beside the folder is the one file in which the first release kept every month.
 */
export function openPath(folder: string, month: Month): string {
  return join(folder, `${month}.sqlite`);
}

export function sealedPath(folder: string, month: Month): string {
  return join(folder, `${month}.sealed.sqlite`);
}

export function firstReleasePath(folder: string): string {
  return `${folder}.sqlite`;
}

/** A database file and its inode: another file may get the same name later. */
export interface Part {
  readonly path: string;
  readonly ino: number;
}

export function partAt(path: string): Part | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? { path, ino: found.ino } : null;
}

/** What lies in the folder of one month. `generations`: numbers of its archive folders, complete or not, ascending. */
export interface MonthFiles {
  readonly month: Month;
  readonly isOpen: boolean;
  readonly isSealed: boolean;
  readonly generations: readonly number[];
}

const NAME = /^(\d{4}-\d{2})\.(?:(sqlite)|(sealed\.sqlite)|(\d+))$/;

/** All months that have anything in the folder, ascending; none when there is no folder. */
export function monthsIn(folder: string): MonthFiles[] {
  const months = new Map<Month, { isOpen: boolean; isSealed: boolean; generations: number[] }>();
  for (const name of namesIn(folder)) {
    const [, month, open, sealed, generation] = NAME.exec(name) ?? [];
    if (month === undefined) continue;
    const files = months.get(month) ?? { isOpen: false, isSealed: false, generations: [] };
    months.set(month, files);
    if (open) files.isOpen = true;
    else if (sealed) files.isSealed = true;
    else files.generations.push(Number(generation));
  }
  return [...months]
    .map(([month, files]) => ({ month, ...files, generations: files.generations.sort((a, b) => a - b) }))
    .sort((a, b) => (a.month < b.month ? -1 : 1));
}

export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Files that SQLite keeps beside a database. */
const BESIDE = ['-wal', '-shm'] as const;

/** Removes a database, itself first: what is left of a removal that was cut short is no database any more. */
export function removeDatabase(path: string): void {
  for (const name of [path, ...BESIDE.map((suffix) => path + suffix)]) rmSync(name, { force: true });
}

/** Removes logs whose database was removed or renamed before the process was killed. */
export function removeOrphans(folder: string): void {
  const names = new Set(namesIn(folder));
  for (const name of names) {
    const suffix = BESIDE.find((each) => name.endsWith(`.sqlite${each}`));
    if (suffix && !names.has(name.slice(0, -suffix.length))) rmSync(join(folder, name), { force: true });
  }
}
