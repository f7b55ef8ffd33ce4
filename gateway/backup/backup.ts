import { existsSync, linkSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError, systemCode } from '#platform/errors.ts';
import { failpoint } from '#platform/failpoint.ts';
import { syncFolder, writeFileAtomic } from '#platform/files.ts';
import { programVersion } from '#platform/program-version.ts';
import type { Settings } from '#platform/settings/schema.ts';
import { holdLock } from '#platform/sqlite/lock.ts';
import { copyFailed, copySynced, digestOf, makeFolderOf } from './copy-file.ts';
import { ensureSpace } from './free-space.ts';
import { backupsIn, nameOf } from './kept-backups.ts';
import { type BackupFile, damaged, MANIFEST, type Manifest, PARTIAL, readManifest } from './manifest.ts';
import { databaseFault, snapshot } from './snapshot.ts';
import { type Source, STATE, sourcesOf } from './sources.ts';
import { marksOf } from './state-of.ts';

/** A month that is being packed changes the list once or twice, not this often. */
const MOST_LISTINGS = 20;

export interface BackupOptions {
  readonly settings: Pick<Settings, 'dataDir' | 'readingStore' | 'siteFile'>;
  /** Folder of backups; each becomes a folder in it. */
  readonly folder: string;
  /** Files that have not changed since the last backup in the folder share its disk space. */
  readonly link: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number, label: string) => void;
}

export interface Backup {
  readonly path: string;
  readonly manifest: Manifest;
  /** Bytes of the files that are shared with the backup before. */
  readonly linkedBytes: number;
}

/**
 * Copies the stores of a data folder while the programs run. The backup has its name only when everything in it is
 * on disk and checked; killed before, it leaves a folder that ends in `.partial`, which the next one takes away.
 * Rejects with `nothing_to_back_up`, `no_space`, `backup_damaged` when a store is damaged, `already_running`.
 */
export async function makeBackup(options: BackupOptions): Promise<Backup> {
  const { settings, clock } = options;
  const folder = resolve(options.folder);
  const first = sourcesOf(settings.dataDir, settings.siteFile);
  if (first[0]?.path !== STATE) {
    throw new MeterwayError(`cannot back up ${resolve(settings.dataDir)}: there is no ${STATE} in it; see --data-dir`, {
      code: 'nothing_to_back_up',
    });
  }
  const before = options.link ? lastIn(folder) : null;
  const isLinked = ({ path, bytes, isDatabase }: Source): boolean =>
    !isDatabase && before?.files.get(path)?.bytes === bytes;
  const written = first.filter((source) => !isLinked(source));
  ensureSpace(
    'back up into',
    folder,
    written.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  const release = holdLock(join(folder, '.lock'), `another backup into ${folder} is under way`);
  try {
    forgetPartial(folder);
    const madeAt = clock.now();
    const path = join(folder, nameOf(madeAt, folder));
    const partial = `${path}${PARTIAL}`;
    try {
      const { files, linkedBytes } = await new Copying(options, before, partial).run();
      const manifest: Manifest = {
        v: 1,
        madeAt,
        program: programVersion(),
        node: process.version,
        dataDir: resolve(settings.dataDir),
        readingStore: settings.readingStore,
        marks: await marksOf(join(partial, STATE)),
        files,
      };
      for (const each of new Set(files.map(({ path: name }) => join(partial, name, '..')))) syncFolder(each);
      writeFileAtomic(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, 0o600);
      renameSync(partial, path);
      syncFolder(folder);
      return { path, manifest, linkedBytes };
    } catch (error) {
      rmSync(partial, { recursive: true, force: true });
      throw error;
    }
  } finally {
    release();
  }
}

/** A backup made before, with its files by path. */
interface Before {
  readonly path: string;
  readonly files: ReadonlyMap<string, BackupFile>;
}

function lastIn(folder: string): Before | null {
  const [path] = backupsIn(folder);
  return path === undefined
    ? null
    : { path, files: new Map(readManifest(path).files.map((file) => [file.path, file])) };
}

/** Nobody else writes here while the lock is held. */
function forgetPartial(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('meterway-') && name.endsWith(PARTIAL)) rmSync(join(folder, name), { recursive: true });
  }
}

/** The files of one backup on their way. */
class Copying {
  readonly #options: BackupOptions;
  readonly #root: string;
  readonly #partial: string;
  readonly #before: Before | null;
  readonly #copied = new Map<string, BackupFile>();
  #bytes = 0;
  #linked = 0;

  constructor(options: BackupOptions, before: Before | null, partial: string) {
    this.#options = options;
    this.#root = resolve(options.settings.dataDir);
    this.#partial = partial;
    this.#before = before;
  }

  /**
   * Until a listing names nothing new: a month that was packed meanwhile has another name. What that listing does not
   * name any more is in what replaced it.
   */
  async run(): Promise<{ files: BackupFile[]; linkedBytes: number }> {
    const { dataDir, siteFile } = this.#options.settings;
    for (let listing = 0; listing < MOST_LISTINGS; listing++) {
      const sources = sourcesOf(dataDir, siteFile);
      const open = sources.filter(({ path }) => !this.#copied.has(path));
      if (open.length === 0) return this.#result(new Set(sources.map(({ path }) => path)));
      const total = this.#bytes + open.reduce((sum, { bytes }) => sum + bytes, 0);
      for (const source of open) {
        this.#options.signal.throwIfAborted();
        const file = await this.#copy(source, total);
        this.#bytes += source.bytes;
        if (file) this.#copied.set(source.path, file);
        failpoint('mid-backup');
      }
    }
    throw new MeterwayError(`cannot back up ${this.#root}: its files change all the time`, {
      code: 'backup_unsettled',
      next: 'retry',
    });
  }

  #result(there: ReadonlySet<string>): { files: BackupFile[]; linkedBytes: number } {
    for (const path of this.#copied.keys()) {
      if (there.has(path)) continue;
      rmSync(join(this.#partial, path));
      this.#copied.delete(path);
    }
    return { files: [...this.#copied.values()], linkedBytes: this.#linked };
  }

  /** Null when the file has gone meanwhile. */
  async #copy(source: Source, total: number): Promise<BackupFile | null> {
    const { signal, onProgress } = this.#options;
    const from = join(this.#root, source.path);
    const to = join(this.#partial, source.path);
    onProgress(this.#bytes, total, source.path);
    try {
      if (!source.isDatabase) return await this.#copyFile(source.path, from, to);
      await snapshot(from, to, signal, (done) => onProgress(this.#bytes + done, total, source.path));
    } catch (error) {
      if (sourcesOf(this.#root, this.#options.settings.siteFile).some(({ path }) => path === source.path)) {
        throw copyFailed(from, error, signal);
      }
      rmSync(to, { force: true });
      return null;
    }
    onProgress(this.#bytes + source.bytes, total, `checking ${source.path}`);
    const fault = await databaseFault(to, signal);
    if (fault !== null) throw damaged(from, `its copy is damaged (${fault}); meterway store check says more`);
    return { path: source.path, ...(await digestOf(to, signal)) };
  }

  async #copyFile(path: string, from: string, to: string): Promise<BackupFile> {
    const { signal } = this.#options;
    const known = this.#before?.files.get(path);
    const older = known && this.#before ? join(this.#before.path, path) : null;
    // The older file is read as well: a disk may have changed it, and it is to be trusted once more.
    if (known && older && (await isStill(known, from, signal)) && (await isStill(known, older, signal))) {
      if (linked(older, to)) {
        this.#linked += known.bytes;
        return known;
      }
    }
    return { path, ...(await copySynced(from, to, signal)) };
  }
}

async function isStill({ bytes, sha256 }: BackupFile, path: string, signal: AbortSignal): Promise<boolean> {
  if (!existsSync(path)) return false;
  const now = await digestOf(path, signal);
  return now.bytes === bytes && now.sha256 === sha256;
}

/** False where the file system has no links. */
function linked(from: string, to: string): boolean {
  try {
    makeFolderOf(to);
    linkSync(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}
