import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import { failpoint } from '#platform/failpoint.ts';
import { syncFolder } from '#platform/files.ts';
import { holdLock } from '#platform/sqlite/lock.ts';
import { copyFailed, copySynced } from './copy-file.ts';
import { ensureSpace } from './free-space.ts';
import type { BackupFile, Manifest } from './manifest.ts';
import { CENTRE } from './sources.ts';
import { RESTORING } from './unfinished.ts';
import { type VerifyOptions, verifyBackup } from './verify.ts';

export interface RestoreOptions extends VerifyOptions {
  readonly backup: string;
  readonly dataDir: string;
  /** What is there is moved aside; else a restore over it is refused. */
  readonly replace: boolean;
  readonly clock: Clock;
}

export interface Restored {
  readonly manifest: Manifest;
  /** Where that went which was there before. */
  readonly movedAside: readonly string[];
}

/**
 * Puts a backup into a data folder. Everything is verified before anything is touched, then copied beside what is
 * there, and only then renamed into place, the stores last: a gateway refuses to start in between. Nothing that was
 * there is deleted. Rejects with what `verifyBackup` rejects with, `already_running`, `restore_refused`, `no_space`.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { clock, signal, onProgress } = options;
  const backup = resolve(options.backup);
  const dataDir = resolve(options.dataDir);
  const place = new Place(dataDir, `before-${new Date(clock.now()).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`);
  const manifest = await verifyBackup(backup, options);
  const release = place.hold();
  try {
    const inTheWay = place.inTheWay(backup, manifest.files);
    if (inTheWay.length > 0 && !options.replace) {
      const list = inTheWay.join(', ');
      throw new MeterwayError(
        `cannot restore into ${dataDir}: ${list} would be replaced; --replace moves what is there aside`,
        { code: 'restore_refused' },
      );
    }
    const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
    place.forgetStaged(manifest.files);
    ensureSpace('restore into', dataDir, total);
    let done = 0;
    for (const file of manifest.files) {
      onProgress(done, total, file.path);
      const from = join(backup, file.path);
      await copySynced(from, place.staged(file.path), signal).catch((error: unknown) => {
        throw copyFailed(from, error, signal);
      });
      done += file.bytes;
      failpoint('mid-restore');
    }
    return { manifest, movedAside: place.swap(manifest.files) };
  } finally {
    release();
  }
}

/** Locks of those who use a data folder. */
const USERS = [
  [join(CENTRE, 'lock'), 'a gateway'],
  [join(CENTRE, 'figures.lock'), 'a figures process'],
  [join(CENTRE, 'anomalies.lock'), 'an anomalies process'],
  ['supervisor.lock', 'npm start'],
] as const;

/** The data folder that is restored into. */
class Place {
  readonly #dataDir: string;
  readonly #aside: string;

  constructor(dataDir: string, aside: string) {
    this.#dataDir = dataDir;
    this.#aside = aside;
  }

  /** No gateway, no figures or anomalies process and no `npm start` begins while this is held. */
  hold(): () => void {
    mkdirSync(this.#dataDir, { recursive: true, mode: 0o700 });
    const releases: (() => void)[] = [];
    try {
      for (const [path, user] of USERS) releases.push(this.#lock(path, user));
    } catch (error) {
      for (const release of releases) release();
      throw error;
    }
    return () => {
      for (const release of releases) release();
    };
  }

  #lock(path: string, user: string): () => void {
    try {
      return holdLock(join(this.#dataDir, path), 'stop it first');
    } catch (cause) {
      if (!(cause instanceof MeterwayError) || cause.code !== 'already_running') throw cause;
      throw new MeterwayError(`cannot restore into ${this.#dataDir}: ${user} is using it; stop it first`, {
        code: 'already_running',
        cause,
      });
    }
  }

  /** Names of what a restore would replace by something else. */
  inTheWay(backup: string, files: readonly BackupFile[]): string[] {
    const others = files.filter(({ path }) => {
      const there = join(this.#dataDir, path);
      return !isCentre(path) && existsSync(there) && !readFileSync(there).equals(readFileSync(join(backup, path)));
    });
    return [...(this.#holdsStores() ? [CENTRE] : []), ...others.map(({ path }) => path)];
  }

  staged(path: string): string {
    if (isCentre(path)) return join(this.#dataDir, RESTORING, path.slice(CENTRE.length + 1));
    return join(this.#dataDir, `${path}.restoring`);
  }

  /** What a restore that was killed had copied so far. */
  forgetStaged(files: readonly BackupFile[]): void {
    rmSync(join(this.#dataDir, RESTORING), { recursive: true, force: true });
    for (const { path } of files) rmSync(this.staged(path), { force: true });
  }

  /** Renames everything into place; returns the paths that were moved aside. */
  swap(files: readonly BackupFile[]): string[] {
    const moved: string[] = [];
    for (const { path } of files) syncFolder(dirname(this.staged(path)));
    for (const { path } of files.filter((file) => !isCentre(file.path))) {
      const there = join(this.#dataDir, path);
      if (existsSync(there) && !readFileSync(there).equals(readFileSync(this.staged(path)))) {
        moved.push(this.#moveAside(path));
      }
      renameSync(this.staged(path), there);
      syncFolder(dirname(there));
    }
    failpoint('mid-restore');
    const centre = join(this.#dataDir, CENTRE);
    if (this.#holdsStores()) moved.push(this.#moveAside(CENTRE));
    else {
      for (const name of readdirSync(centre)) rmSync(join(centre, name));
      rmdirSync(centre);
    }
    failpoint('mid-restore');
    renameSync(join(this.#dataDir, RESTORING), centre);
    syncFolder(this.#dataDir);
    return moved;
  }

  #moveAside(path: string): string {
    const aside = join(this.#dataDir, `${path}.${this.#aside}`);
    renameSync(join(this.#dataDir, path), aside);
    return aside;
  }

  /** The locks alone are nothing that could be lost. */
  #holdsStores(): boolean {
    return readdirSync(join(this.#dataDir, CENTRE)).some(
      (name) => !/^((figures|anomalies)\.)?lock(-journal)?$/.test(name),
    );
  }
}

function isCentre(path: string): boolean {
  return path.startsWith(`${CENTRE}/`);
}
