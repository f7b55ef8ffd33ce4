import { join, resolve } from 'node:path';
import { Progress } from '#platform/cli/terminal.ts';
import { messageOf } from '#platform/errors.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { MANIFEST, readManifest } from '#stores/parquet-archive/manifest.ts';
import { digestOf } from '../../backup/copy-file.ts';
import { databaseFault } from '../../backup/snapshot.ts';
import { type Source, sourcesOf } from '../../backup/sources.ts';
import { type Centre, type CommonOptions, settingsFor } from './context.ts';

/** What was found at one place: the shape that the Influx store has as well. */
interface StoreFinding {
  readonly ok: boolean;
  readonly what: string;
  /** What to do about it; empty when nothing is. */
  readonly remedy: string;
}

const FROM_BACKUP = 'stop the gateway and restore a backup, then meterway replay';

/** `meterway store check`: reads every byte of the embedded stores, and asks InfluxDB where readings are kept there. */
export async function storeCheck(centre: Centre, options: CommonOptions): Promise<number> {
  const { terminal } = centre;
  const settings = settingsFor(centre, options);
  const progress = new Progress(terminal, centre.clock(settings.clockOffsetMs));
  const findings: StoreFinding[] = [];
  const tell = (found: StoreFinding): void => {
    progress.clear();
    findings.push(found);
    if (!options.json) terminal.out(lineOf(found));
  };
  const dataDir = resolve(settings.dataDir);
  const sources = sourcesOf(dataDir, '').filter(({ path }) => path.startsWith('centre/'));
  if (sources.length === 0) {
    tell({ ok: false, what: `there are no stores in ${dataDir}`, remedy: 'name the data folder with --data-dir' });
  }
  let done = 0;
  const total = sources.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const source of sources) {
    progress.step(mega(done), mega(total), `MB, ${source.path}`);
    const found = await checkSource(dataDir, source, centre.signal);
    if (found) tell(found);
    done += source.bytes;
  }
  progress.clear();
  if (settings.readingStore === 'influx') {
    const { checkInflux } = await import('#stores/influx-readings/check.ts');
    for (const found of await checkInflux(settings)) tell(found);
  }
  const isGood = findings.every(({ ok }) => ok);
  if (options.json) terminal.out(JSON.stringify({ ok: isGood, findings }));
  return isGood ? EXIT.ok : EXIT.failure;
}

function lineOf({ ok, what, remedy }: StoreFinding): string {
  return ok ? `ok     ${what}` : `fault  ${what}${remedy === '' ? '' : `: ${remedy}`}`;
}

/** Null for a file that says nothing by itself. */
async function checkSource(dataDir: string, source: Source, signal: AbortSignal): Promise<StoreFinding | null> {
  if (source.isDatabase) {
    const why = await databaseFault(join(dataDir, source.path), signal);
    if (why === null) return { ok: true, what: source.path, remedy: '' };
    return { ok: false, what: `${source.path} is damaged: ${why}`, remedy: FROM_BACKUP };
  }
  if (!source.path.endsWith(`/${MANIFEST}`)) return null;
  const folder = source.path.slice(0, -MANIFEST.length - 1);
  try {
    const why = await archiveFault(join(dataDir, folder), signal);
    return why === null ? { ok: true, what: folder, remedy: '' } : { ok: false, what: why, remedy: FROM_BACKUP };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, what: messageOf(error), remedy: FROM_BACKUP };
  }
}

/** Holds the files of a packed month against the digests that were taken when it was packed. */
async function archiveFault(folder: string, signal: AbortSignal): Promise<string | null> {
  const manifest = await readManifest(folder);
  for (const { file, bytes, sha256 } of manifest?.tasks ?? []) {
    const path = join(folder, file);
    const found = await digestOf(path, signal);
    if (found.bytes !== bytes || found.sha256 !== sha256) return `${path} is not what was written`;
  }
  return null;
}

function mega(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}
