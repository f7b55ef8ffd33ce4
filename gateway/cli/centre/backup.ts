import { join } from 'node:path';
import { Progress } from '#platform/cli/terminal.ts';
import { wholeNumber } from '#platform/cli/usage.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { makeBackup } from '../../backup/backup.ts';
import { megabytes } from '../../backup/free-space.ts';
import { forgetOldBackups } from '../../backup/kept-backups.ts';
import { type Centre, type CommonOptions, settingsFor } from './context.ts';

export interface BackupCommandOptions extends CommonOptions {
  readonly keep?: string;
  readonly link?: boolean;
}

/** `meterway backup`: copies the stores while the programs run. */
export async function backupCommand(
  centre: Centre,
  into: string | undefined,
  options: BackupCommandOptions,
): Promise<number> {
  const { terminal, signal } = centre;
  const keep = options.keep === undefined ? null : wholeNumber('--keep', options.keep, 1, 10_000);
  const settings = settingsFor(centre, options);
  const clock = centre.clock(settings.clockOffsetMs);
  const folder = into ?? join(settings.dataDir, 'backups');
  const progress = new Progress(terminal, clock);
  const { path, manifest, linkedBytes } = await makeBackup({
    settings,
    folder,
    link: options.link ?? false,
    clock,
    signal,
    onProgress: (done, total, label) => progress.step(mega(done), mega(total), `MB, ${label}`),
  }).finally(() => progress.clear());
  const removed = keep === null ? [] : forgetOldBackups(folder, keep);
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  const notes = manifest.readingStore === 'influx' ? [influxNote(settings.influxVersion)] : [];
  if (options.json) {
    const { marks, readingStore, madeAt } = manifest;
    const files = manifest.files.length;
    terminal.out(JSON.stringify({ path, madeAt, files, bytes, linkedBytes, readingStore, marks, removed, notes }));
    return EXIT.ok;
  }
  const shared = linkedBytes > 0 ? `, ${megabytes(linkedBytes)} of it shared with the backup before` : '';
  terminal.out(`${path}: ${manifest.files.length} files, ${megabytes(bytes)}${shared}`);
  for (const old of removed) terminal.out(`${old}: deleted`);
  for (const note of notes) terminal.note(note);
  return EXIT.ok;
}

/** Readings in InfluxDB are not ours to copy: its own tool takes them while it runs. */
function influxNote(version: string): string {
  const how: Readonly<Record<string, string>> = {
    1: 'influxd backup -portable FOLDER',
    2: 'influx backup FOLDER',
  };
  return (
    `the readings are in InfluxDB and NOT in this backup: back them up after it, with ${how[version] ?? "the means of InfluxDB 3's object store"}; ` +
    'after a restore of InfluxDB, meterway replay has the collectors send again what it lacks'
  );
}

function mega(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}
