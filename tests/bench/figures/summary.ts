import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Meter, Registry } from '#contract/registry.ts';
import { DEFAULT_TASKS } from '#contract/tasks.ts';
import { addDays, instantOf } from '#contract/zone.ts';
import { bytesOf, COLUMN_NAMES, emptyDay } from '#domain/collection/day-columns.ts';
import { GROUPINGS } from '#domain/collection/figures.ts';
import { emptyPoints, pointBytes } from '#domain/collection/point-columns.ts';
import { answeredCode, CLASS_CODES, failedCode, SUSPECT } from '#domain/collection/slot-state.ts';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import { hashApiKey } from '#platform/api-key.ts';
import { Metrics } from '#platform/metrics.ts';
import { CHUNK_ROWS, type DayChunk, type FiguresStore } from '#stores/figures-store.ts';
import { openSqliteFiguresStore } from '#stores/sqlite-figures/store.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import { buildApp } from '../../../api/app.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { machine, printTable } from '../kit/figures.ts';

/**
 * How long the figure routes take over the kept columns of a district, inside one process. Before every request the
 * clock is moved on, so that each looks anew at what is kept; every tenth finds a few chunks changed.
 */
const METERS = Number(process.argv[2] ?? 1_000_000);
const REQUESTS = Number(process.argv[3] ?? 60);
const METERS_AN_AREA = 200;
const ZONE = 'Asia/Shanghai';
const TODAY = '2026-11-20';
const DAYS = 9;
const KEY = 'mw_bench-key-0123456789';

const AREAS = Math.ceil(METERS / METERS_AN_AREA);
const at = (date: string): number => instantOf(ZONE, date);
const areaOf = (row: number): number => Math.floor(row / METERS_AN_AREA);

function registryOf(): Registry {
  const meters: Meter[] = Array.from({ length: METERS }, (_, row) => ({
    id: `m${row}`,
    no: `${100_000_000_000 + row}`,
    model: row % 20 === 0 ? 'dlt645-3ph' : 'dlt645-1ph',
    line: `J${areaOf(row)}`,
    address: '1',
    area: `A${areaOf(row)}`,
    role: row % METERS_AN_AREA === 0 ? 'supply' : 'customer',
    phase: null,
    ct: 1,
    pt: 1,
    maker: ['华立', '威胜', '林洋', '许继'][row % 4] ?? '华立',
    collectedFrom: at('2026-01-01'),
  }));
  return {
    name: 'bench',
    timeZone: ZONE,
    districts: Array.from({ length: 10 }, (_, i) => ({ id: `d${i}`, name: `供电所${i}` })),
    feeders: Array.from({ length: 200 }, (_, i) => ({ id: `F${i}`, name: `线路${i}`, district: `d${i % 10}` })),
    areas: Array.from({ length: AREAS }, (_, i) => ({
      id: `A${i}`,
      name: `台区${i}`,
      feeder: `F${i % 200}`,
      kva: 400,
    })),
    collectors: Array.from({ length: 50 }, (_, i) => ({ id: `c${i}`, district: `d${i % 10}` })),
    lines: Array.from({ length: AREAS }, (_, i) => ({
      id: `J${i}`,
      collector: `c${i % 50}`,
      protocol: 'dlt645',
      link: { tcp: { host: '127.0.0.1', port: 1 } },
      concentrator: `J${i}`,
      timing: { replyTimeoutMs: 500, byteGapMs: 100, pauseMs: 50, quietMs: 200 },
    })),
    accounts: [],
    meters,
    installations: meters.map(({ id }) => ({
      ...{ meter: id, account: null, from: at('2026-01-01'), to: null, startWh: null, endWh: null },
    })),
    tasks: DEFAULT_TASKS,
  };
}

/** Of a thousand meters: answered first, by a retry, failed, suspect; each added to those before. */
const SHARES = [960, 985, 998, 1000];

async function keepDay(figures: FiguresStore, date: string, salt: number): Promise<void> {
  const day = emptyDay('freeze-day', date, at(date), METERS);
  const codes = [answeredCode('first'), answeredCode('retry'), failedCode('no_answer'), SUSPECT];
  for (let row = 0; row < METERS; row++) {
    day.class[row] = row % 997 === 0 ? CLASS_CODES.excluded_outage : CLASS_CODES.due;
    const draw = (row * 7919 + salt) % 1000;
    day.fact[row] = codes[SHARES.findIndex((share) => draw < share)] ?? 0;
    day.minutes[row] = draw;
  }
  const chunks: DayChunk[] = [];
  for (let chunk = 0; chunk * CHUNK_ROWS < METERS; chunk++) {
    for (const column of COLUMN_NAMES.filter((name) => !name.endsWith('Wh'))) {
      const bytes = bytesOf(day, column, chunk * CHUNK_ROWS, (chunk + 1) * CHUNK_ROWS);
      chunks.push({ task: 'freeze-day', date, column, chunk, version: 1, bytes });
    }
  }
  const head = { task: 'freeze-day', date, slots: [at(date)], rows: METERS, version: 1 };
  await figures.checkpoint({ position: 1, days: [head], chunks, findings: { of: [], found: [] }, areaDays: [] });
}

async function keepPoints(figures: FiguresStore, date: string): Promise<void> {
  const slots = Array.from({ length: 96 }, (_, i) => at(date) + i * 900_000);
  const points = emptyPoints('profile', date, slots, METERS);
  points.got.fill(255);
  const width = CHUNK_ROWS * pointBytes(96);
  const chunks: DayChunk[] = [];
  for (let chunk = 0; chunk * CHUNK_ROWS < METERS; chunk++) {
    for (const column of ['got', 'doubtful'] as const) {
      const bytes = points[column].slice(chunk * width, (chunk + 1) * width);
      chunks.push({ task: 'profile', date, column, chunk, version: 1, bytes });
    }
  }
  const head = { task: 'profile', date, slots, rows: METERS, version: 1 };
  await figures.checkpoint({ position: 1, days: [head], chunks, findings: { of: [], found: [] }, areaDays: [] });
}

/** Changes a few chunks of today, as rows that come in do. */
async function change(figures: FiguresStore, version: number): Promise<void> {
  const chunks = Array.from({ length: 5 }, (_, i) => ({
    ...{ task: 'freeze-day', date: TODAY, column: 'fact' as const, chunk: i, version },
    bytes: new Uint8Array(CHUNK_ROWS).fill(answeredCode('first')),
  }));
  const head = { task: 'freeze-day', date: TODAY, slots: [at(TODAY)], rows: METERS, version };
  await figures.checkpoint({ position: version, days: [head], chunks, findings: { of: [], found: [] }, areaDays: [] });
}

/** Time by the wall, and of all threads of this process together. */
interface Taken {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Half and 95 of a hundred. */
function quantiles(times: readonly number[]): string[] {
  const ordered = times.toSorted((a, b) => a - b);
  return [0.5, 0.95].map((share) => (ordered[Math.ceil(share * ordered.length) - 1] ?? 0).toFixed(1));
}

const folder = mkdtempSync(join(tmpdir(), 'meterway-bench-'));
try {
  const state = await openSqliteStateStore(join(folder, 'state.sqlite'));
  const readings = await openSqliteReadingStore(join(folder, 'readings'));
  const figures = await openSqliteFiguresStore(join(folder, 'figures.sqlite'));
  await state.keys.add({ id: 'k', name: 'bench', hash: hashApiKey(KEY), createdAt: 0, revokedAt: null });
  const registry = registryOf();
  for (let day = 0; day < DAYS; day++) await keepDay(figures, addDays(TODAY, -day), day * 13);
  await keepPoints(figures, TODAY);
  // A registry of a million meters takes minutes to store, which is not what is measured here.
  const inMemory = Object.create(state, {
    registry: { value: { version: async () => 'bench', load: async () => registry } },
    meterRows: { value: { all: async () => registry.meters.map(({ id }) => id) } },
  });
  const clock = new ManualClock(instantOf(ZONE, TODAY, 20 * 3600));
  const app = await buildApp(
    {
      ...{ readings, figures, clock, state: inMemory, simulated: true, publicPage: false, cursorSecret: 'bench' },
      batchFolder: join(folder, 'billing'),
      figuresSettings: {
        ...{ targetSuccessRate: 99.5, lossHighPercent: 6, lossNegativePercent: -1 },
        ...{ lossMinSuccessPercent: 95, lossJumpPercent: 30 },
      },
      logger: quietLogger(),
      metrics: new Metrics({ process: 'api', runtime: false }),
      requestsPerMinute: 1_000_000,
      outageSettings: DEFAULT_OUTAGE_SETTINGS,
    },
    '0.0.0',
  );
  let version = 1;
  const ask = async (path: string): Promise<Taken> => {
    await clock.advance(300);
    const start = performance.now();
    const cpu = process.cpuUsage();
    const { statusCode, body } = await app.inject({
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${KEY}` },
    });
    const ms = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${body.slice(0, 300)}`);
    return { ms, cpuMs: (user + system) / 1000 };
  };
  const measured = async (name: string, path: string, requests = REQUESTS): Promise<string[]> => {
    const first = await ask(path);
    const taken: Taken[] = [];
    for (let i = 0; i < requests; i++) {
      if (i % 10 === 9) await change(figures, ++version);
      taken.push(await ask(path));
    }
    const row = [
      name,
      first.ms.toFixed(0),
      ...quantiles(taken.map(({ ms }) => ms)),
      ...quantiles(taken.map(({ cpuMs }) => cpuMs)),
    ];
    console.error(row.join(' '));
    return row;
  };
  const rows: string[][] = [];
  const summary = `/collection/summary?date=${TODAY}`;
  rows.push(await measured('summary, no groups', summary));
  for (const grouping of GROUPINGS) {
    rows.push(await measured(`summary by ${grouping}, 100 a page`, `${summary}&groupBy=${grouping}&limit=100`));
  }
  rows.push(await measured('summary by area, 1,000 a page', `${summary}&groupBy=area`));
  rows.push(await measured('summary by area, worst first', `${summary}&groupBy=area&sort=successRate&limit=100`));
  rows.push(await measured('summary of a feeder by area', `${summary}&groupBy=area&feeder=F7`));
  rows.push(
    await measured(
      'summary of 7 days by district',
      `/collection/summary?from=${addDays(TODAY, -6)}&to=${TODAY}&groupBy=district`,
    ),
  );
  rows.push(await measured('arrival', `/collection/arrival?date=${TODAY}`, 20));
  rows.push(await measured('completeness by area', `/collection/completeness?date=${TODAY}&groupBy=area`, 20));
  rows.push(await measured('coverage by district', '/collection/coverage?groupBy=district', 5));
  console.log(`${machine()}\n${METERS} meters, ${AREAS} areas; answers inside the process`);
  printTable(['', 'first ms', 'p50 ms', 'p95 ms', 'CPU p50 ms', 'CPU p95 ms'], rows);
  await app.close();
  await figures.close();
  await readings.close();
  await state.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
