import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import { systemClock } from '#platform/clock.ts';
import { Metrics } from '#platform/metrics.ts';
import { loadSettings } from '#platform/settings/load.ts';
import { openReadingsForReading, openState } from '#stores/open-stores.ts';
import { openSqliteFiguresStore } from '#stores/sqlite-figures/store.ts';
import { buildApp } from '../../api/app.ts';
import { quietLogger } from './quiet-logger.ts';
import { Program } from './standalone.ts';

export interface Summary {
  readonly total: { readonly due: number; readonly open: number; readonly failedBy: readonly { reason: string }[] };
  readonly groups: readonly { readonly key: string | null; readonly figures: unknown }[];
}

export function summaryPath(date: string): string {
  return `/collection/summary?date=${date}&groupBy=area&limit=1000`;
}

/** What the API says of some days when nothing is kept: all counted from the stores. */
export async function countedAnew(
  dataDir: string,
  env: Readonly<Record<string, string>>,
  dates: readonly string[],
): Promise<Pick<Summary, 'total' | 'groups'>[]> {
  const settings = loadSettings({ ...env, METERWAY_DATA_DIR: dataDir });
  const state = await openState(settings, { beside: true });
  const readings = await openReadingsForReading(settings);
  const figures = await openSqliteFiguresStore(join(dataDir, 'nothing-is-kept.sqlite'), { readOnly: true });
  const app = await buildApp(
    {
      ...{ state, readings, figures, clock: systemClock(settings.clockOffsetMs), logger: quietLogger() },
      ...{ simulated: true, publicPage: false, metrics: new Metrics({ process: 'api', runtime: false }) },
      ...{ batchFolder: join(dataDir, 'nothing-is-kept'), requestsPerMinute: 1_000_000, cursorSecret: 's' },
      ...{ outageSettings: DEFAULT_OUTAGE_SETTINGS, figuresSettings: settings, eventSettings: settings },
    },
    '0.0.0',
  );
  const authorization = `Bearer ${readFileSync(join(dataDir, 'admin-key'), 'utf8').trim()}`;
  try {
    const found: Summary[] = [];
    for (const date of dates) {
      const { body } = await app.inject({ url: `/api/v1${summaryPath(date)}`, headers: { authorization } });
      const { total, groups } = JSON.parse(body) as Summary;
      found.push({ total, groups });
    }
    return found;
  } finally {
    await app.close();
    await figures.close();
    await readings.close();
    await state.close();
  }
}

/** `meterway rebuild --check --json`: how many days there are of each verdict, or what it wrote when it failed. */
export async function checked(
  dataDir: string,
  env: Readonly<Record<string, string>>,
): Promise<Record<string, number> | string> {
  const program = new Program(['gateway/cli.ts', 'rebuild', '--check', '--json', '--data-dir', dataDir], env);
  const { code } = await program.ended;
  const line = program.output.split('\n').find((each) => each.startsWith('{"check"'));
  if (!line) return `${code}: ${program.output}`;
  return (JSON.parse(line) as { counts: Record<string, number> }).counts;
}
