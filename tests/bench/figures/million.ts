/**
 * What the figures process takes with a million meters: its memory after every step, and the time for each row of a day
 * freeze, on the side of the gateway and on its own. Stores are embedded and in a temporary folder.
 *
 *   node tests/bench/figures/million.ts [meters]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { Registry } from '#contract/registry.ts';
import { DEFAULT_TASKS } from '#contract/tasks.ts';
import { addDays, instantOf } from '#contract/zone.ts';
import { createLogger } from '#platform/logger.ts';
import type { NewReading } from '#stores/reading-store.ts';
import { openSqliteFiguresStore } from '#stores/sqlite-figures/store.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { commitStatements } from '#stores/sqlite-state/ledger-commit.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import { Keeper } from '../../../gateway/figures/keeper.ts';
import { toldOf } from '../../../gateway/ingest/told-rows.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const ZONE = 'Asia/Shanghai';
const DATE = '2026-11-20';
const PER_LINE = 500;
const PER_AREA = 200;
const GROUP = 5000;

const [phase = '1000000', folder = '', count = '0'] = process.argv.slice(2);
if (phase === 'make') await make(folder, Number(count));
else if (phase === 'measure') await measure(folder, Number(count));
else run(Number(phase));

/** Every phase is a process of its own: what one has left in memory is not that of the other. */
function run(meters: number): void {
  const place = mkdtempSync(join(tmpdir(), 'meterway-million-'));
  try {
    for (const each of ['make', 'measure']) {
      const args = [fileURLToPath(import.meta.url), each, place, String(meters)];
      const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', timeout: 900_000 });
      if (status !== 0) throw new Error(`${each} ended with ${status}`);
    }
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function idOf(i: number): string {
  return String(100_000_000_000 + i);
}

function registryOf(meters: number): Registry {
  const lines = [...Array(Math.ceil(meters / PER_LINE)).keys()];
  const areas = [...Array(Math.ceil(meters / PER_AREA)).keys()];
  const timing = { replyTimeoutMs: 500, byteGapMs: 100, pauseMs: 50, quietMs: 200 };
  return {
    name: 'million',
    timeZone: ZONE,
    districts: [{ id: 'd', name: '市' }],
    feeders: [{ id: 'f', name: '线', district: 'd' }],
    areas: areas.map((i) => ({ id: `a${i}`, name: `台区${i}`, feeder: 'f', kva: 400 })),
    collectors: [{ id: 'c', district: 'd' }],
    lines: lines.map((i) => ({
      ...{ id: `l${i}`, collector: 'c', protocol: 'dlt645', concentrator: `l${i}`, timing },
      link: { tcp: { host: '127.0.0.1', port: 1 + (i % 60_000) } },
    })),
    accounts: [],
    meters: [],
    installations: [],
    tasks: DEFAULT_TASKS.filter(({ kind }) => kind === 'freeze-day').map((task) => ({ ...task, backfillDays: 0 })),
  };
}

/** Past the store, whose care for a registry that changes would take minutes here. */
async function make(place: string, meters: number): Promise<void> {
  const path = join(place, 'state.sqlite');
  const state = await openSqliteStateStore(path);
  await state.registry.replace(registryOf(meters));
  await state.close();
  const database = new DatabaseSync(path);
  database.exec('BEGIN');
  const account = database.prepare(
    "INSERT INTO account (no, name, address, category, priority, status) VALUES (?, ?, ?, 'resident', 'normal', 'active')",
  );
  const meter = database.prepare(
    'INSERT INTO meter (id, no, model, line, address, area, role, phase, ct, pt, collected_from) ' +
      "VALUES (?, ?, 'dlt645-1ph', ?, ?, ?, 'customer', 'a', 1, 1, ?)",
  );
  const installation = database.prepare(
    'INSERT INTO installation (meter, account, from_at, to_at, start_wh, end_wh) VALUES (?, ?, ?, NULL, 0, NULL)',
  );
  const since = instantOf(ZONE, addDays(DATE, -1));
  for (let i = 0; i < meters; i++) {
    const id = idOf(i);
    account.run(`33${id}`, `用户${i}`, `人民路${i}号3单元501室`);
    meter.run(id, id, `l${Math.floor(i / PER_LINE)}`, id, `a${Math.floor(i / PER_AREA)}`, since);
    installation.run(id, `33${id}`, since);
  }
  database.exec('COMMIT');
  database.close();
}

async function measure(place: string, meters: number): Promise<void> {
  const state = await openSqliteStateStore(join(place, 'state.sqlite'));
  const readings = await openSqliteReadingStore(join(place, 'readings'));
  const figures = await openSqliteFiguresStore(join(place, 'figures.sqlite'));
  const clock = new ManualClock(instantOf(ZONE, DATE) + 3_600_000);
  const logger = createLogger({ process: 'bench', level: 'silent' });
  const settings = { keepFiguresDays: 400 };
  const keeper = new Keeper({ state, readings, figures, clock, logger, settings, followers: [], takers: [] });
  tell('stores open', performance.now());
  const begun = performance.now();
  await keeper.catchUp();
  tell('registry read, two days made', begun);
  let told = 0;
  let ledger = 0;
  for (let from = 0; from < meters; from += GROUP) {
    const group = groupOf(from, Math.min(meters, from + GROUP));
    const start = performance.now();
    const feed = toldOf([group], () => 'freeze-day');
    const changes = { outcomes: [], events: [], quarantine: [], baselines: [], marks: [], ...(feed && { feed }) };
    commitStatements(changes);
    told += performance.now() - start;
    const committing = performance.now();
    await state.ledger.commit(changes);
    ledger += performance.now() - committing;
  }
  line('gateway: rows told, in its own thread', `${((told / meters) * 1000).toFixed(3)} µs a row`);
  line('gateway: commit with nothing but the feed', `${((ledger / meters) * 1000).toFixed(3)} µs a row`);
  const taking = performance.now();
  await keeper.catchUp();
  const took = performance.now() - taking;
  tell('a day of rows taken', taking);
  line('figures: rows taken and on disk', `${((took / meters) * 1000).toFixed(3)} µs a row`);
  const comparing = performance.now();
  let differing = 0;
  await keeper.rebuild(true, (day) => {
    differing += day.meters;
  });
  tell(`compared with the stores (which hold no readings: ${differing} differ)`, comparing);
  await figures.close();
  await readings.close();
  await state.close();
}

function groupOf(from: number, to: number) {
  const slot = instantOf(ZONE, DATE);
  const rows: NewReading[] = [];
  for (let i = from; i < to; i++) {
    const values = [1_000_000 + i, 0];
    rows.push({ meter: idOf(i), slot, meterTime: slot, readAt: slot + i, quality: 'valid', rules: [], values });
  }
  const quantities = ['energy_import_wh', 'energy_export_wh'] as const;
  return {
    judged: { readings: [{ task: 'freeze-day', quantities, rows }], ledger: { outcomes: [] } },
    written: { stored: rows.length, repeated: 0, conflicts: [] },
  };
}

function tell(what: string, since: number): void {
  const status = readFileSync('/proc/self/status', 'utf8');
  const mega = (name: string): string => {
    const kilo = new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1];
    return `${Math.round(Number(kilo) / 1024)} MB`;
  };
  const seconds = ((performance.now() - since) / 1000).toFixed(1);
  line(what, `${seconds} s; ${mega('VmRSS')} in memory, ${mega('VmHWM')} at most so far`);
}

function line(what: string, value: string): void {
  process.stdout.write(`${what.padEnd(60)} ${value}\n`);
}
