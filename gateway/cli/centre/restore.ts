import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Progress } from '#platform/cli/terminal.ts';
import { UsageError } from '#platform/cli/usage.ts';
import { MeterwayError } from '#platform/errors.ts';
import { EXIT } from '#platform/lifecycle.ts';
import { type Restored, restoreBackup } from '../../backup/restore.ts';
import { type Centre, type CommonOptions, settingsFor } from './context.ts';

export interface RestoreCommandOptions extends CommonOptions {
  readonly replace?: boolean;
}

/** `meterway restore`: puts a backup in place of the stores of a data folder, and says what comes next. */
export async function restoreCommand(centre: Centre, backup: string, options: RestoreCommandOptions): Promise<number> {
  const { terminal, signal } = centre;
  const settings = settingsFor(centre, options);
  const clock = centre.clock(settings.clockOffsetMs);
  const dataDir = resolve(settings.dataDir);
  const progress = new Progress(terminal, clock);
  const { manifest, movedAside } = await restoreBackup({
    backup,
    dataDir,
    replace: options.replace ?? false,
    clock,
    signal,
    onProgress: (done, total, label) => progress.step(mega(done), mega(total), `MB, ${label}`),
  })
    .catch(asUsage)
    .finally(() => progress.clear());
  const madeAt = new Date(manifest.madeAt).toISOString();
  const next = nextSteps(manifest, dataDir);
  if (options.json) {
    terminal.out(JSON.stringify({ dataDir, madeAt: manifest.madeAt, files: manifest.files.length, movedAside, next }));
    return EXIT.ok;
  }
  terminal.out(`${dataDir}: the centre is as it was at ${madeAt}, ${manifest.files.length} files`);
  for (const path of movedAside) terminal.out(`what was there before: ${path}`);
  terminal.out(['what comes next:', ...next.map((step) => `  - ${step}`)].join('\n'));
  return EXIT.ok;
}

function asUsage(error: unknown): never {
  if (error instanceof MeterwayError && error.code === 'backup_not_there') throw new UsageError(error.message);
  throw error;
}

function nextSteps({ readingStore }: Restored['manifest'], dataDir: string): string[] {
  const owner = statSync(dataDir).uid;
  const isForeign = process.getuid !== undefined && process.getuid() !== owner;
  return [
    ...(isForeign ? [`give the files to the user of the gateway: chown -R ${owner} ${dataDir}`] : []),
    ...(readingStore === 'influx' ? ['restore InfluxDB from its own backup, if it has lost readings as well'] : []),
    'start the gateway; start the API anew if it runs by itself',
    'collectors send again by themselves what was committed after the backup, as far back as they keep it (METERWAY_SPOOL_KEEP_DAYS)',
    'if the reading store has lost readings that the state knows of: meterway replay --days N, with N reaching back before the loss',
    'look at the result: meterway doctor',
  ];
}

function mega(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}
