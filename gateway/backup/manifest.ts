import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { MeterwayError } from '#platform/errors.ts';

export const MANIFEST = 'manifest.json';
/** What a backup is called while it is not complete. */
export const PARTIAL = '.partial';

const Count = Type.Integer({ minimum: 0 });

export const BackupFile = Type.Object({
  /** Below the data folder, with `/` between the parts. */
  path: Type.String({ minLength: 1, maxLength: 1000 }),
  bytes: Count,
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
});
export type BackupFile = Static<typeof BackupFile>;

/** What stands beside the files of a backup. */
export const Manifest = Type.Object({
  v: Type.Literal(1),
  /** When the state was copied, UTC ms: readings that were stored later may be missing. */
  madeAt: Type.Integer(),
  /** Versions of Meterway and of Node. */
  program: Type.String(),
  node: Type.String(),
  dataDir: Type.String(),
  readingStore: Type.Enum(['sqlite', 'influx']),
  /** Up to where each collector's results are in the backup; null when the state was of another release. */
  marks: Type.Union([
    Type.Array(Type.Object({ collector: Type.String(), epoch: Type.String(), upTo: Type.Integer() })),
    Type.Null(),
  ]),
  files: Type.Array(BackupFile, { minItems: 1 }),
});
export type Manifest = Static<typeof Manifest>;

/** Throws `backup_damaged`, or `backup_not_there` when the folder holds no complete backup. */
export function readManifest(folder: string): Manifest {
  const path = join(folder, MANIFEST);
  if (folder.endsWith(PARTIAL)) throw notThere(folder, 'it was not completed; use an older one');
  if (!existsSync(path)) throw notThere(folder, `there is no ${MANIFEST}; name the folder of one backup`);
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw damaged(path, 'it is no JSON', cause);
  }
  if (!Value.Check(Manifest, manifest)) throw damaged(path, 'it is not what this program writes');
  const wrong = manifest.files.find(({ path: name }) => !isPlain(name));
  if (wrong) throw damaged(path, `${JSON.stringify(wrong.path)} does not lie below the data folder`);
  return manifest;
}

export function damaged(what: string, why: string, cause?: unknown): MeterwayError {
  return new MeterwayError(`cannot use ${what}: ${why}`, { code: 'backup_damaged', cause });
}

function notThere(folder: string, why: string): MeterwayError {
  return new MeterwayError(`cannot use the backup ${folder}: ${why}`, { code: 'backup_not_there' });
}

/** Nobody's manifest may write elsewhere than below the data folder. */
function isPlain(path: string): boolean {
  const parts = path.split('/');
  return !/[\\\0]/.test(path) && parts.every((part) => part !== '' && part !== '.' && part !== '..');
}
