import { statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '#platform/clock.ts';
import { MeterwayError, messageOf, systemCode } from '#platform/errors.ts';
import type { Month } from '../months.ts';
import { damaged } from './damaged.ts';
import { type Manifest, readManifest, type TaskFile } from './manifest.ts';

const FOLDER = /^(\d{4}-\d{2})\.([1-9]\d*)$/;

/** A whole generation of an archived month. */
export interface Generation {
  readonly number: number;
  readonly folder: string;
  readonly tasks: ReadonlyMap<string, TaskFile>;
  /** Why it cannot be read: then it has no tasks. */
  readonly broken: MeterwayError | null;
}

export function generationFolder(folder: string, month: Month, number: number): string {
  return join(folder, `${month}.${number}`);
}

/** Numbers of the generations of each month, whole or not, newest first. */
export async function listGenerations(folder: string): Promise<Map<Month, number[]>> {
  const months = new Map<Month, number[]>();
  for (const name of await namesIn(folder)) {
    const [, month, number] = FOLDER.exec(name) ?? [];
    if (!month || !number) continue;
    const numbers = months.get(month) ?? [];
    months.set(month, numbers);
    numbers.push(Number(number));
  }
  for (const numbers of months.values()) numbers.sort((a, b) => b - a);
  return months;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw new MeterwayError(`cannot list ${folder}: ${messageOf(error)}`, { code: 'archive_failed', cause: error });
  }
}

/**
 * Looks at a generation. Null when it has no manifest. One whose manifest or files are not as they were written is
 * there, but broken: to fall back on an older one would hide readings.
 */
export async function openGeneration(folder: string, month: Month, number: number): Promise<Generation | null> {
  const own = generationFolder(folder, month, number);
  try {
    const manifest = await readManifest(own);
    if (!manifest) return null;
    await checkSizes(own, manifest);
    return { number, folder: own, tasks: new Map(manifest.tasks.map((file) => [file.task, file])), broken: null };
  } catch (error) {
    if (!(error instanceof MeterwayError)) throw error;
    return { number, folder: own, tasks: new Map(), broken: error };
  }
}

async function checkSizes(folder: string, { tasks }: Manifest): Promise<void> {
  for (const { file, bytes } of tasks) {
    const path = join(folder, file);
    let size: number;
    try {
      ({ size } = await stat(path));
    } catch (error) {
      throw damaged(path, messageOf(error), error);
    }
    if (size !== bytes) throw damaged(path, `it has ${size} bytes and was written with ${bytes}`);
  }
}

/** A folder that has not changed is listed again after this long all the same, ms. */
const KEPT_MS = 1000;
/** Changes within one tick of the kernel's clock, at most 10 ms, leave the same time of change on a folder. */
const SETTLED_MS = 50;

interface Listing {
  readonly months: ReadonlyMap<Month, Generation>;
  /** Of the folder just before it was listed. */
  readonly stamp: string | null;
  /** Monotonic ms. */
  readonly at: number;
  /** False when something could change that the folder's time of change does not show. */
  readonly isLasting: boolean;
}

/** The newest whole generation of each month, kept as long as it is the newest. */
export class Generations {
  readonly #folder: string;
  readonly #onGone: (folder: string) => void;
  readonly #clock: Pick<Clock, 'mono'>;
  readonly #list: typeof listGenerations;
  #known: ReadonlyMap<Month, Generation> = new Map();
  #listing: Listing | null = null;
  /** What the folder showed last, and since when, monotonic ms. */
  #shown: { readonly stamp: string | null; readonly since: number } = { stamp: null, since: 0 };

  constructor(
    folder: string,
    onGone: (folder: string) => void,
    clock: Pick<Clock, 'mono'> = systemClock(),
    list = listGenerations,
  ) {
    this.#folder = folder;
    this.#onGone = onGone;
    this.#clock = clock;
    this.#list = list;
  }

  /**
   * What is there now, never what was there before: the folder is listed again unless its own time of change says that
   * nothing came or went. A generation without its manifest is one to which that does not apply, for the manifest comes
   * into a folder below. `afresh`: list it in any case. Costs one look at the folder, mostly, and one into each
   * generation that is new.
   */
  async now(afresh = false): Promise<ReadonlyMap<Month, Generation>> {
    const at = this.#clock.mono();
    const stamp = stampOf(this.#folder);
    if (stamp !== this.#shown.stamp) this.#shown = { stamp, since: at };
    const { since } = this.#shown;
    const last = this.#listing;
    if (!afresh && last?.isLasting && last.stamp === stamp && at - last.at < KEPT_MS) return last.months;
    const months = new Map<Month, Generation>();
    let isLasting = stamp !== null && at - since >= SETTLED_MS;
    for (const [month, numbers] of await this.#list(this.#folder)) {
      const generation = await this.#newest(month, numbers);
      if (generation) months.set(month, generation);
      if (!generation || generation.broken || generation.number !== numbers[0]) isLasting = false;
    }
    for (const [month, { folder }] of this.#known) if (months.get(month)?.folder !== folder) this.#onGone(folder);
    this.#known = months;
    this.#listing = { months, stamp, at, isLasting };
    return months;
  }

  async #newest(month: Month, listed: readonly number[]): Promise<Generation | null> {
    let numbers = listed;
    for (;;) {
      const generation = await this.#firstWhole(month, numbers);
      if (generation) return generation;
      // A listed generation may have given way to a newer one before it was opened: then the list has changed.
      const again = (await this.#list(this.#folder)).get(month) ?? [];
      if (again.join() === numbers.join()) return null;
      numbers = again;
    }
  }

  async #firstWhole(month: Month, numbers: readonly number[]): Promise<Generation | null> {
    const known = this.#known.get(month);
    for (const number of numbers) {
      if (known?.number === number && !known.broken) return known;
      const generation = await openGeneration(this.#folder, month, number);
      if (generation) return generation;
    }
    return null;
  }
}

/** Changes with every entry that comes or goes; null when the folder cannot be looked at, as its listing will tell. */
function stampOf(folder: string): string | null {
  try {
    const found = statSync(folder, { bigint: true, throwIfNoEntry: false });
    return found ? `${found.dev} ${found.ino} ${found.ctimeNs}` : null;
  } catch {
    return null;
  }
}
