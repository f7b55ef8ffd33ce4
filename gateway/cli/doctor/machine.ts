import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isSane } from '#platform/clock.ts';
import { monthOf, monthStart } from '#stores/months.ts';
import { type Check, type Examined, type Finding, fault, ok, warning } from './check.ts';

const NODE_NEEDED = 24;
/** From here on the serial port library delivers no data. */
const NODE_UNTRIED = 26;
const DAY_MS = 86_400_000;
const GIGABYTE = 1_000_000_000;
const LEAST_FREE = 0.5 * GIGABYTE;
const LEAST_SHARE = 0.1;
/** Beyond ten years nobody wants to know. */
const FAR_DAYS = 3650;
const SOON_FULL_DAYS = 60;
const OTHERS_MAY_READ = 0o077;

const node: Check = {
  name: 'Node',
  deadlineMs: 1000,
  late: 'fault',
  run: ({ nodeVersion }) => {
    const major = Number(/^v(\d+)/.exec(nodeVersion)?.[1] ?? 0);
    const remedy = `use Node ${NODE_NEEDED}, which npm ci brings along: start the programs with npm`;
    if (major < NODE_NEEDED) return [fault(`Node ${nodeVersion} is too old`, remedy)];
    return [major < NODE_UNTRIED ? ok(`Node ${nodeVersion}`) : warning(`Node ${nodeVersion} is not supported`, remedy)];
  },
};

const folder: Check = {
  name: 'data folder',
  deadlineMs: 5000,
  late: 'fault',
  run: ({ dataDir }) => {
    if (!existsSync(dataDir)) {
      return [
        fault(`there is no folder ${dataDir}`, 'name it with --data-dir or METERWAY_DATA_DIR, as the gateway has it'),
      ];
    }
    try {
      accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch {
      return [
        fault(`${dataDir} cannot be written by this user`, 'run this as the user of the gateway, or chown the folder'),
      ];
    }
    return [ok(`${dataDir} can be written`), ...rights(dataDir)];
  },
};

/** Stores and keys that somebody else owns or may read. */
function rights(dataDir: string): Finding[] {
  const names = ['centre', 'admin-key', join('broker', 'credentials.json')].filter((name) =>
    existsSync(join(dataDir, name)),
  );
  const found = names.map((name) => ({ name, ...statOf(join(dataDir, name)) }));
  const open = found.filter(({ mode }) => (mode & OTHERS_MAY_READ) !== 0).map(({ name }) => name);
  const foreign = found
    .filter(({ uid }) => process.getuid !== undefined && uid !== process.getuid())
    .map(({ name }) => name);
  return [
    ...(open.length > 0
      ? [warning(`others on this machine can read ${open.join(', ')} in ${dataDir}`, `chmod -R go= ${dataDir}`)]
      : []),
    ...(foreign.length > 0
      ? [
          warning(
            `${foreign.join(', ')} in ${dataDir} belong to another user`,
            'run this as the user of the gateway, or chown them',
          ),
        ]
      : []),
  ];
}

function statOf(path: string): { mode: number; uid: number } {
  const { mode, uid } = statSync(path);
  return { mode, uid };
}

const space: Check = {
  name: 'disk',
  deadlineMs: 5000,
  late: 'fault',
  run: (examined) => {
    if (!existsSync(examined.dataDir)) return [];
    const { free, size } = examined.space(examined.dataDir);
    const rate = bytesPerDay(examined);
    const days = rate === null || rate === 0 ? null : Math.floor(free / rate);
    const fills =
      days === null || days > FAR_DAYS ? '' : `, enough for ${days} days of readings at the rate of this month`;
    const what = `${gigabytes(free)} of ${gigabytes(size)} are free${fills}`;
    const remedy = 'make room: move backups elsewhere, or keep readings for less long (METERWAY_KEEP_CURVE_MONTHS)';
    if (free < LEAST_FREE) return [fault(what, remedy)];
    return [free < size * LEAST_SHARE || (days !== null && days < SOON_FULL_DAYS) ? warning(what, remedy) : ok(what)];
  },
};

/** How fast the readings of this month have grown; null in its first day, or where no such file is. */
function bytesPerDay({ dataDir, clock }: Examined): number | null {
  const month = monthOf(clock.now());
  const days = (clock.now() - monthStart(month)) / DAY_MS;
  const readings = join(dataDir, 'centre', 'readings');
  if (days < 1 || !existsSync(readings)) return null;
  const bytes = readdirSync(readings)
    .filter((name) => name === `${month}.sqlite`)
    .reduce((sum, name) => sum + statSync(join(readings, name)).size, 0);
  return bytes / days;
}

function gigabytes(bytes: number): string {
  return `${(bytes / GIGABYTE).toFixed(1)} GB`;
}

const clock: Check = {
  name: 'clock',
  deadlineMs: 1000,
  late: 'fault',
  run: ({ clock: { now } }) => {
    const shown = new Date(now()).toISOString();
    return [
      isSane(now())
        ? ok(`the clock says ${shown}`)
        : fault(`the clock was never set: it says ${shown}`, 'start chrony or ntpd'),
    ];
  },
};

export const MACHINE_CHECKS: readonly Check[] = [node, folder, space, clock];
