import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { systemCode } from '#platform/errors.ts';

/** A file of the data folder that belongs into a backup. */
export interface Source {
  /** Below the data folder, with `/` between the parts. */
  readonly path: string;
  readonly isDatabase: boolean;
  /** What it takes at most, its write-ahead log included. */
  readonly bytes: number;
}

export const CENTRE = 'centre';
export const STATE = `${CENTRE}/state.sqlite`;

/** Secrets without which nobody gets in after a restore: passwords of the embedded broker, the administrator's key. */
const BESIDE = ['broker/credentials.json', 'broker/client-id', 'admin-key'] as const;
/**
 * Locks, logs of databases, what is still being written, and what the stores have set aside as damaged; and the
 * figures and what judges remember, which are made anew from the stores: kept ones might not be of the same moment as a
 * restored state.
 */
const LEFT_OUT =
  /(^|\/)(\.[^/]*|lock|(figures|anomalies)\.(lock|sqlite)|[^/]*\.(tmp|partial))(\/|$)|-(wal|shm|journal)$|\.damaged-\d+\.sqlite$/;
/** Folder of a packed month. Its manifest is written last: without one, its files are not complete. */
const PACKED = /^(.*\/\d{4}-\d{2}\.\d+)\//;

/**
 * What is in the data folder now, the state first: readings are written before the state says that they are committed,
 * so a backup in this order holds every reading that its state knows of. Spools are the collectors' own.
 */
export function sourcesOf(dataDir: string, siteFile: string): Source[] {
  const root = resolve(dataDir);
  const centre = existsSync(join(root, CENTRE))
    ? readdirSync(join(root, CENTRE), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    : [];
  const complete = new Set(centre);
  const kept = centre.filter((path) => {
    const [, packed] = PACKED.exec(path) ?? [];
    return !LEFT_OUT.test(path) && (packed === undefined || complete.has(`${packed}/manifest.json`));
  });
  const paths = [...kept.toSorted(), ...BESIDE, ...siteBelow(root, siteFile)];
  const ordered = [...paths.filter((path) => path === STATE), ...paths.filter((path) => path !== STATE)];
  return ordered.flatMap((path) => {
    const bytes = sizeOf(join(root, path));
    if (bytes === null) return [];
    const isDatabase = path.endsWith('.sqlite');
    return [{ path, isDatabase, bytes: bytes + (isDatabase ? (sizeOf(join(root, `${path}-wal`)) ?? 0) : 0) }];
  });
}

/** A site file elsewhere is its owner's to keep. */
function siteBelow(root: string, siteFile: string): string[] {
  if (siteFile === '') return [];
  const path = relative(root, resolve(siteFile)).split(sep).join('/');
  return path.startsWith('../') || path.startsWith(`${CENTRE}/`) || resolve(path) === path ? [] : [path];
}

/** Null when it is not there, or not any more. */
function sizeOf(path: string): number | null {
  try {
    return statSync(path).size;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}
