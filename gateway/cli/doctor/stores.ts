import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteClient } from '#platform/sqlite/client.ts';
import { RESTORING } from '../../backup/unfinished.ts';
import { type Check, type Examined, type Finding, fault, ok, warning } from './check.ts';

const DAY_MS = 86_400_000;
const QUARANTINE_READ = 1000;
/** Of a large file a quick check may take longer: then nothing is known against it. */
const QUICK_CHECK_MS = 60_000;

const restore: Check = {
  name: 'restore',
  deadlineMs: 1000,
  late: 'fault',
  run: ({ dataDir }) => {
    if (!existsSync(join(dataDir, RESTORING))) return [];
    return [
      fault(`a restore into ${dataDir} was not finished`, `run meterway restore again, or delete ${RESTORING} there`),
    ];
  },
};

const state: Check = {
  name: 'state store',
  deadlineMs: QUICK_CHECK_MS,
  late: 'warning',
  run: async ({ dataDir, state: store, registry }) => {
    const path = join(dataDir, 'centre', 'state.sqlite');
    if (!existsSync(path))
      return [fault(`there is no ${path}`, 'start the gateway, which makes it, or restore a backup')];
    const found = await quickCheck(path);
    if (found !== 'ok')
      return [fault(`${path} is damaged: ${found}`, 'stop the gateway and restore a backup: meterway restore')];
    const version = await store.registry.version();
    if (version === null)
      return [fault(`${path} is sound and holds no registry`, 'start the gateway with METERWAY_SITE_FILE')];
    const { meters, collectors } = (await registry()).registry;
    return [
      ok(`${path} is sound and up to date; it knows ${meters.length} meters and ${collectors.length} collectors`),
    ];
  },
};

async function quickCheck(path: string): Promise<string> {
  const client = await SqliteClient.open(path, { readOnly: true });
  try {
    const [row] = await client.all<{ quick_check: string }>('PRAGMA quick_check(1)');
    return row?.quick_check ?? 'no answer';
  } finally {
    await client.close();
  }
}

const readings: Check = {
  name: 'reading store',
  deadlineMs: 20_000,
  late: 'fault',
  run: (examined) => (examined.settings.readingStore === 'influx' ? influxFindings(examined) : embedded(examined)),
};

async function influxFindings({ settings }: Examined): Promise<Finding[]> {
  const { checkInflux } = await import('#stores/influx-readings/check.ts');
  const found = await checkInflux(settings);
  return found.map(({ ok: isGood, what, remedy }) => (isGood ? ok(what) : fault(what, remedy)));
}

function embedded({ dataDir }: Examined): Finding[] {
  const folder = join(dataDir, 'centre', 'readings');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const isFirstRelease = existsSync(`${folder}.sqlite`);
  const count = (pattern: RegExp): number => names.filter((name) => pattern.test(name)).length;
  const open = count(/^\d{4}-\d{2}\.sqlite$/) + (isFirstRelease ? 1 : 0);
  const sealed = count(/^\d{4}-\d{2}\.sealed\.sqlite$/);
  const packed = new Set(names.flatMap((name) => /^(\d{4}-\d{2})\.\d+$/.exec(name)?.[1] ?? [])).size;
  const damaged = count(/\.damaged-\d+\.sqlite$/);
  if (open + sealed + packed === 0) {
    return [
      warning(`no readings are stored in ${folder} yet`, 'wait for the first ones; after a loss, restore a backup'),
    ];
  }
  const what = `readings are in ${open} open, ${sealed} closed and ${packed} packed months`;
  if (damaged === 0) return [ok(what)];
  return [
    fault(
      `${what}; ${damaged} damaged files are set aside`,
      `restore them from a backup, or repair *.damaged-*.sqlite in ${folder} with sqlite3 .recover; meterway replay brings back what collectors hold`,
    ),
  ];
}

const quarantine: Check = {
  name: 'quarantine',
  deadlineMs: 10_000,
  late: 'warning',
  run: async ({ state: store, registry, clock }) => {
    await registry();
    const since = clock.now() - DAY_MS;
    const entries = (await store.ledger.quarantine(QUARANTINE_READ)).filter(({ at }) => at >= since);
    if (entries.length === 0) return [ok('nothing was quarantined within a day')];
    const byKind = [...Map.groupBy(entries, ({ kind }) => kind)].map(([kind, each]) => `${kind} ${each.length}`);
    const least = entries.length === QUARANTINE_READ ? 'at least ' : '';
    return [
      warning(
        `${least}${entries.length} rows and messages were quarantined within a day: ${byKind.join(', ')}`,
        'their reasons and bytes are in the table quarantine of state.sqlite',
      ),
    ];
  },
};

export const STORE_CHECKS: readonly Check[] = [restore, state, readings];
export const QUARANTINE_CHECKS: readonly Check[] = [quarantine];
