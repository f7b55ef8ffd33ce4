/**
 * What the figures process takes with a million meters: its memory after every step, with everybody who works in it, and
 * the time for each row of a day freeze. Stores are embedded and in a temporary folder.
 *
 *   node tests/bench/figures/million.ts [meters]
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { Registry } from '#contract/registry.ts';
import { DEFAULT_TASKS } from '#contract/tasks.ts';
import { addDays, instantOf } from '#contract/zone.ts';
import { createLogger } from '#platform/logger.ts';
import { loadSettings } from '#platform/settings/load.ts';
import { centreFolder, openState, readingsFolder } from '#stores/open-stores.ts';
import type { NewReading } from '#stores/reading-store.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import { openKeeper } from '../../../gateway/figures/open-keeper.ts';
import { toldOf } from '../../../gateway/ingest/told-rows.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { processUse } from '../kit/process-use.ts';

const ZONE = 'Asia/Shanghai';
const DATE = '2026-11-20';
const PER_LINE = 500;
const PER_AREA = 200;
const GROUP = 5000;
/** Register of the first meter when it was put in, and what each counts in a day, Wh. */
const FIRST_WH = 1_000_000;
const DAY_WH = 8000;
const NOTHING = { outcomes: [], events: [], quarantine: [], baselines: [], marks: [] };

const [phase = '1000000', folder = '', count = '0', day = DATE] = process.argv.slice(2);
const settings = loadSettings({ METERWAY_DATA_DIR: folder });
if (phase === 'make') await make(folder, Number(count));
else if (phase === 'read') await read(Number(count), day);
else if (phase === 'measure') await measure(folder, Number(count));
else run(Number(phase));

/** Every phase is a process of its own: what one has left in memory is not that of the other. */
function run(meters: number): void {
  const place = mkdtempSync(join(tmpdir(), 'meterway-million-'));
  try {
    for (const each of ['make', 'measure']) own(each, place, String(meters));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function own(...args: readonly string[]): void {
  const file = fileURLToPath(import.meta.url);
  const { status } = spawnSync(process.execPath, [file, ...args], { stdio: 'inherit', timeout: 900_000 });
  if (status !== 0) throw new Error(`${args[0]} ended with ${status}`);
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
    tasks: DEFAULT_TASKS.map((task) => ({ ...task, backfillDays: 0 })),
  };
}

/** Past the store, whose care for a registry that changes would take minutes here. */
async function make(place: string, meters: number): Promise<void> {
  mkdirSync(centreFolder(place), { recursive: true });
  const path = join(centreFolder(place), 'state.sqlite');
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
    'INSERT INTO installation (meter, account, from_at, to_at, start_wh, end_wh) VALUES (?, ?, ?, NULL, ?, NULL)',
  );
  const since = instantOf(ZONE, addDays(DATE, -1));
  for (let i = 0; i < meters; i++) {
    const id = idOf(i);
    account.run(`33${id}`, `用户${i}`, `人民路${i}号3单元501室`);
    meter.run(id, id, `l${Math.floor(i / PER_LINE)}`, id, `a${Math.floor(i / PER_AREA)}`, since);
    installation.run(id, `33${id}`, since, FIRST_WH + i);
  }
  database.exec('COMMIT');
  database.close();
}

/** A day of rows, as the gateway stores and tells them. */
async function read(meters: number, date: string): Promise<void> {
  const state = await openState(settings);
  const readings = await openSqliteReadingStore(readingsFolder(settings.dataDir));
  for (let from = 0; from < meters; from += GROUP) {
    const group = groupOf(from, Math.min(meters, from + GROUP), date);
    await readings.write(group.judged.readings);
    const feed = toldOf([group], () => 'freeze-day');
    await state.ledger.commit({ ...NOTHING, ...(feed && { feed }) });
  }
  await readings.close();
  await state.close();
}

async function measure(place: string, meters: number): Promise<void> {
  own('read', place, String(meters), addDays(DATE, -1));
  const clock = new ManualClock(instantOf(ZONE, DATE) + 3_600_000);
  const logger = createLogger({ process: 'bench', level: 'silent' });
  let begun = performance.now();
  const opened = await openKeeper(settings, clock, logger);
  const { keeper } = opened;
  tell('stores open', begun);
  begun = performance.now();
  await keeper.step();
  tell('registry read, a day made', begun);
  begun = performance.now();
  await keeper.catchUp();
  tell('all days made and followed', begun);
  own('read', place, String(meters), DATE);
  begun = performance.now();
  await keeper.catchUp();
  const took = performance.now() - begun;
  tell('a day of rows taken', begun);
  line('  of it, for a row', `${((took / meters) * 1000).toFixed(3)} µs`);
  begun = performance.now();
  clock.jump(86_400_000);
  for (const { worker } of opened.workers) await worker.tick();
  await keeper.catchUp();
  tell('the day closed', begun);
  begun = performance.now();
  change(place);
  await keeper.catchUp();
  tell('a changed registry read, all days looked at again', begun);
  await opened.close();
}

/** A registry that is another one, past the store. */
function change(place: string): void {
  const database = new DatabaseSync(join(centreFolder(place), 'state.sqlite'));
  database.exec("UPDATE account SET status = 'closed' WHERE no = (SELECT min(no) FROM account)");
  database.exec("UPDATE site SET version = 'changed'");
  database.close();
}

function groupOf(from: number, to: number, date: string) {
  const slot = instantOf(ZONE, date);
  const rows: NewReading[] = [];
  for (let i = from; i < to; i++) {
    const values = [FIRST_WH + i + (date === DATE ? DAY_WH : 0), 0];
    rows.push({ meter: idOf(i), slot, meterTime: slot, readAt: slot + i, quality: 'valid', rules: [], values });
  }
  const quantities = ['energy_import_wh', 'energy_export_wh'] as const;
  return {
    judged: { readings: [{ task: 'freeze-day', quantities, rows }], ledger: { outcomes: [] } },
    written: { stored: rows.length, repeated: 0, conflicts: [] },
  };
}

function tell(what: string, since: number): void {
  const { rssMb, peakRssMb } = processUse(process.pid);
  const seconds = ((performance.now() - since) / 1000).toFixed(1);
  const load = loadavg()[0]?.toFixed(1);
  const megabytes = `${Math.round(rssMb)} MB in memory, ${Math.round(peakRssMb)} MB at most so far`;
  line(what, `${seconds} s; ${megabytes}; load ${load}`);
}

function line(what: string, value: string): void {
  process.stdout.write(`${what.padEnd(60)} ${value}\n`);
}
