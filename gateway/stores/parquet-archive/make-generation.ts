import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { QuantityName } from '#contract/quantities.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import { syncFolder, writeFileAtomic } from '#platform/files.ts';
import { programVersion } from '#platform/program-version.ts';
import type { Month } from '../months.ts';
import { Duck, type DuckOptions, exactPath } from './duckdb.ts';
import { type Generation, generationFolder, listGenerations, openGeneration } from './generations.ts';
import { loadMeters, loadTask } from './load.ts';
import { FORMAT, fileOf, MANIFEST, type Manifest, type TaskFile } from './manifest.ts';
import { archivedRows, sealedRows } from './row-cursor.ts';
import { SealedMonth, type SealedTask } from './sealed-month.ts';
import { digestsOf, Intact } from './stretches.ts';
import { LEAD_COLUMNS, quantitiesAmong, typeOf } from './task-columns.ts';
import { verifyFile } from './verify.ts';
import { type FileBefore, nameMeters, quantitiesOf, writeTaskFile } from './write-file.ts';

export interface MakeOptions {
  readonly memoryMb: number;
  readonly threads: number;
  readonly clock: Clock;
  /** Called when all files are written and none is verified yet. */
  readonly onWritten?: (folder: string) => Promise<void> | void;
}

export interface PackReport {
  readonly month: Month;
  readonly generation: number;
  readonly rows: number;
  /** Size of the generation's files. */
  readonly bytes: number;
  /** How many tasks it has. */
  readonly tasks: number;
  readonly tookMs: number;
}

/** Path of the file of a month that takes no more writes. */
export function sealedPath(folder: string, month: Month): string {
  return join(folder, `${month}.sealed.sqlite`);
}

/** What goes into one archived file. */
interface TaskPlan {
  readonly task: string;
  readonly path: string;
  readonly sealed: SealedTask | null;
  readonly before: FileBefore | null;
}

interface Job {
  readonly month: Month;
  readonly own: string;
  readonly sealed: SealedMonth;
  readonly duck: DuckOptions;
  readonly plans: readonly TaskPlan[];
}

/**
 * Makes the next generation of a month of its sealed file and the newest generation. The manifest, which makes it
 * count, is written when every row has been read back and found as in its source. Deletes nothing but broken-off
 * attempts. Rejects with a MeterwayError; then no generation was added.
 */
export async function makeGeneration(folder: string, month: Month, options: MakeOptions): Promise<PackReport> {
  const begun = options.clock.mono();
  const { before, number } = await prepare(folder, month);
  const sealed = await SealedMonth.open(sealedPath(folder, month), month);
  const own = generationFolder(folder, month, number);
  try {
    mkdirSync(own);
    const plans = await plansOf(own, sealed, before);
    const duck = { memoryMb: options.memoryMb, threads: options.threads, spillFolder: join(own, 'spill') };
    const job: Job = { month, own, sealed, duck, plans };
    const written = await write(job);
    await options.onWritten?.(own);
    const tasks = await verify(job, written);
    await rm(duck.spillFolder, { recursive: true, force: true });
    publish(folder, own, { month, generation: number, tasks }, options.clock);
    const sum = (of: (file: TaskFile) => number): number => tasks.reduce((all, file) => all + of(file), 0);
    const [rows, bytes] = [sum((file) => file.rows), sum((file) => file.bytes)];
    return { month, generation: number, rows, bytes, tasks: tasks.length, tookMs: options.clock.mono() - begun };
  } catch (error) {
    await rm(own, { recursive: true, force: true }).catch(() => {});
    throw error instanceof MeterwayError ? error : failed(month, own, error);
  } finally {
    await sealed.close();
  }
}

function failed(month: Month, folder: string, cause: unknown): MeterwayError {
  const message = `cannot archive ${month} into ${folder}: ${messageOf(cause)}`;
  return new MeterwayError(message, { code: 'archive_failed', next: 'retry', cause });
}

/** Removes broken-off attempts; gives the newest generation, found sound, and the number of the next one. */
async function prepare(folder: string, month: Month): Promise<{ before: Generation | null; number: number }> {
  const numbers = (await listGenerations(folder)).get(month) ?? [];
  const whole: Generation[] = [];
  for (const number of numbers) {
    const generation = await openGeneration(folder, month, number);
    if (generation) whole.push(generation);
    else await rm(generationFolder(folder, month, number), { recursive: true, force: true });
  }
  const before = whole[0] ?? null;
  if (before?.broken) throw before.broken;
  for (const file of before?.tasks.values() ?? []) {
    await new Intact().check(join(before?.folder ?? '', file.file), file, null);
  }
  return { before, number: (numbers[0] ?? 0) + 1 };
}

async function plansOf(own: string, sealed: SealedMonth, before: Generation | null): Promise<TaskPlan[]> {
  const fresh = new Map((await sealed.tasks()).map((task) => [task.task, task]));
  const tasks = [...new Set([...fresh.keys(), ...(before?.tasks.keys() ?? [])])].sort();
  return tasks.map((task) => {
    const file = before?.tasks.get(task);
    const known = file && before ? { path: join(before.folder, file.file), quantities: quantitiesIn(file) } : null;
    return { task, path: join(own, fileOf(task)), sealed: fresh.get(task) ?? null, before: known };
  });
}

function quantitiesIn({ columns }: TaskFile) {
  return quantitiesAmong(columns.map(({ name }) => name));
}

/** Writes the files; gives the plans of those that have rows. */
async function write(job: Job): Promise<TaskPlan[]> {
  const written: TaskPlan[] = [];
  await withMeters(job.sealed, job.duck, job.plans, async (duck, connection) => {
    await nameMeters(duck, connection);
    for (const each of job.plans) {
      const done = await writeOne(job, each, duck, connection);
      if (done) written.push(done);
    }
  });
  return written;
}

/** What was written; null for a task without rows. */
async function writeOne(
  { sealed, month }: Job,
  plan: TaskPlan,
  duck: Duck,
  connection: DuckDBConnection,
): Promise<TaskPlan | null> {
  const rows = plan.sealed ? await loadTask(duck, connection, sealed, plan.sealed) : 0;
  const fresh = rows > 0 ? plan.sealed : null;
  if (!fresh && !plan.before) return null;
  await writeTaskFile(duck, connection, { ...plan, month, sealed: fresh?.quantities ?? null });
  sync(plan.path);
  return { ...plan, sealed: fresh };
}

/** Reads every file back in a DuckDB of its own, which has nothing left of the writing; gives what the manifest says. */
async function verify({ sealed, duck: options, month }: Job, written: readonly TaskPlan[]): Promise<TaskFile[]> {
  const files: TaskFile[] = [];
  await withMeters(sealed, options, written, async (duck, connection) => {
    const names = new Map<number, string>();
    await duck.query('SELECT id::DOUBLE, meter FROM meter_ref', [], ([ids, meters], count) => {
      for (let i = 0; i < count; i++) names.set(ids?.[i] as number, meters?.[i] as string);
    });
    const meterOf = (ref: number): string => names.get(ref) ?? 'unknown to its sources';
    for (const { task, path, sealed: fresh, before } of written) {
      const quantities = quantitiesOf({ sealed: fresh?.quantities ?? null, before });
      const digests = await digestsOf(duck, path);
      const rows = await duck.connected((second) =>
        verifyFile({
          ...{ month, task, quantities, meterOf },
          made: archivedRows(duck, connection, path, quantities),
          before: before && archivedRows(duck, second, before.path, present(quantities, before)),
          sealed: fresh && sealedRows(sealed, fresh, quantities),
        }),
      );
      files.push({ task, file: fileOf(task), rows, ...digests, columns: columnsOf(quantities) });
    }
  });
  return files;
}

function present(quantities: readonly QuantityName[], before: FileBefore) {
  return quantities.map((name) => (before.quantities.includes(name) ? name : null));
}

async function withMeters(
  sealed: SealedMonth,
  options: DuckOptions,
  plans: readonly TaskPlan[],
  use: (duck: Duck, connection: DuckDBConnection) => Promise<void>,
): Promise<void> {
  const duck = await Duck.open(options);
  try {
    await duck.connected(async (connection) => {
      const before = plans.flatMap((each) => (each.before ? [exactPath(each.before.path)] : []));
      await loadMeters(duck, connection, sealed, before);
      await use(duck, connection);
    });
  } finally {
    duck.close();
  }
}

const LEAD_TYPES: Readonly<Record<string, string>> = {
  slot: 'TIMESTAMP WITH TIME ZONE',
  meter_time: 'TIMESTAMP WITH TIME ZONE',
  read_at: 'TIMESTAMP WITH TIME ZONE',
};

/** Columns of an archived file with these quantities. */
export function columnsOf(quantities: readonly QuantityName[]): TaskFile['columns'] {
  const lead = LEAD_COLUMNS.map((name) => ({ name, type: LEAD_TYPES[name] ?? 'VARCHAR' }));
  return [...lead, ...quantities.map((name) => ({ name, type: typeOf(name) }))];
}

/** Makes a generation count, when everything of it is written and verified. */
export function publish(
  folder: string,
  own: string,
  { month, generation, tasks }: Pick<Manifest, 'month' | 'generation' | 'tasks'>,
  clock: Clock,
): void {
  syncFolder(own);
  syncFolder(folder);
  const madeAt = new Date(clock.now()).toISOString();
  const manifest: Manifest = { format: FORMAT, month, generation, madeAt, madeBy: programVersion(), tasks };
  writeFileAtomic(join(own, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`);
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
