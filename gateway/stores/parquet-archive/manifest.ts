import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { Id } from '#contract/ids.ts';
import { messageOf, systemCode } from '#platform/errors.ts';
import { damaged } from './damaged.ts';

export const MANIFEST = 'manifest.json';
/** Number of the layout of a generation's folder. */
export const FORMAT = 1;

const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Count = Type.Integer({ minimum: 0 });

/**
 * A stretch of a file with its SHA-256. Stretches follow one another over the whole file, one for each row group and
 * one for what follows them. A row group holds the meters `from` to `to`.
 */
const Stretch = Type.Object({
  bytes: Count,
  sha256: Sha256,
  meters: Type.Union([Type.Null(), Type.Object({ from: Type.String(), to: Type.String() })]),
});
export type Stretch = Static<typeof Stretch>;

const TaskFile = Type.Object({
  task: Id,
  /** Name inside the folder. */
  file: Type.String({ pattern: '^[a-z0-9_+-]+\\.parquet$' }),
  rows: Count,
  bytes: Count,
  sha256: Sha256,
  columns: Type.Array(Type.Object({ name: Type.String(), type: Type.String() })),
  stretches: Type.Array(Stretch),
});
export type TaskFile = Static<typeof TaskFile>;

/** What a generation holds. It is written last: a folder without it is a broken-off attempt. */
export const Manifest = Type.Object({
  format: Type.Literal(FORMAT),
  month: Type.String({ pattern: '^\\d{4}-\\d{2}$' }),
  generation: Type.Integer({ minimum: 1 }),
  madeAt: Type.String(),
  madeBy: Type.String(),
  tasks: Type.Array(TaskFile),
});
export type Manifest = Static<typeof Manifest>;

/** Null when the folder has none. Rejects with `archive_damaged` when what is there is no manifest of this format. */
export async function readManifest(folder: string): Promise<Manifest | null> {
  const path = join(folder, MANIFEST);
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw damaged(path, messageOf(error), error);
  }
  if (Value.Check(Manifest, parsed)) return parsed;
  const [first] = Value.Errors(Manifest, parsed);
  throw damaged(path, `it is no manifest of format ${FORMAT}: ${first?.instancePath ?? ''} ${first?.message ?? ''}`);
}

/**
 * Name of the file of a task. Task ids are case-sensitive and some file systems are not, so a capital is written as +
 * and the small letter; the prefix keeps every id clear of names that a system reserves and of leading dashes.
 */
export function fileOf(task: string): string {
  return `readings-${task.replace(/[A-Z]/g, (capital) => `+${capital.toLowerCase()}`)}.parquet`;
}
