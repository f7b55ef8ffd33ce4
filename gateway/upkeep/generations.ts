import { linkSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder, writeFileAtomic } from '#platform/files.ts';
import type { Month } from '#stores/months.ts';
import {
  type Generation,
  generationFolder,
  listGenerations,
  openGeneration,
} from '#stores/parquet-archive/generations.ts';
import { MANIFEST, readManifest } from '#stores/parquet-archive/manifest.ts';

/** The newest generation of a month that has a manifest, sound or not. */
export async function newestGeneration(folder: string, month: Month): Promise<Generation | null> {
  for (const number of (await listGenerations(folder)).get(month) ?? []) {
    const generation = await openGeneration(folder, month, number);
    if (generation) return generation;
  }
  return null;
}

/**
 * Removes all generations but the newest, and attempts that were broken off. Of a month whose newest generation is
 * damaged nothing is removed: an older one may be needed to mend it. Readers of an older one go on with the newest.
 */
export async function removeSuperseded(folder: string, month: Month): Promise<void> {
  const numbers = (await listGenerations(folder)).get(month) ?? [];
  const newest = await newestGeneration(folder, month);
  if (newest?.broken) return;
  for (const number of numbers) if (number !== newest?.number) removeGeneration(folder, month, number);
}

/** Removes all generations, the newest last: as long as any is left, it is the one that counts. */
export async function removeGenerations(folder: string, month: Month): Promise<void> {
  const numbers = (await listGenerations(folder)).get(month) ?? [];
  for (const number of numbers.toReversed()) removeGeneration(folder, month, number);
}

/** The manifest first: without it the rest is no generation any more. */
function removeGeneration(folder: string, month: Month, number: number): void {
  const own = generationFolder(folder, month, number);
  rmSync(join(own, MANIFEST), { force: true });
  rmSync(own, { recursive: true, force: true });
  syncFolder(folder);
}

/**
 * Makes the tasks unreadable that `isExpired` names, and tells which: the next generation has the other files of the
 * newest one, as links, so nothing is written anew. What is left of the newest goes with `removeSuperseded`.
 */
export async function dropArchivedTasks(
  folder: string,
  month: Month,
  isExpired: (task: string) => boolean,
): Promise<string[]> {
  const newest = await newestGeneration(folder, month);
  const manifest = newest && !newest.broken ? await readManifest(newest.folder) : null;
  if (!newest || !manifest) return [];
  const expired = manifest.tasks.filter(({ task }) => isExpired(task));
  if (expired.length === 0) return [];
  const tasks = manifest.tasks.filter(({ task }) => !isExpired(task));
  const generation = newest.number + 1;
  const next = generationFolder(folder, month, generation);
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next);
  for (const { file } of tasks) linkSync(join(newest.folder, file), join(next, file));
  syncFolder(next);
  writeFileAtomic(join(next, MANIFEST), JSON.stringify({ ...manifest, generation, tasks }));
  syncFolder(folder);
  return expired.map(({ task }) => task);
}
