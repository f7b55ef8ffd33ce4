import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';

export const MARKS = [{ collector: 'c1', epoch: 'e1', upTo: 7, ranges: [], lost: 0 }];

/** A data folder with a state, one month of readings, one packed month, and secrets. */
export class DataFolder {
  readonly root = mkdtempSync(join(tmpdir(), 'meterway-backup-'));
  readonly dataDir = join(this.root, 'data');
  readonly backups = join(this.root, 'backups');

  static async make(): Promise<DataFolder> {
    const folder = new DataFolder();
    const state = await openSqliteStateStore(folder.at('centre/state.sqlite'));
    await state.ledger.commit({ outcomes: [], events: [], quarantine: [], baselines: [], marks: MARKS });
    await state.close();
    folder.database('centre/readings/2026-11.sqlite', 1000);
    folder.file('centre/readings/2026-08.1/readings-freeze-day.parquet', 'PAR1 … PAR1');
    folder.file('centre/readings/2026-08.1/manifest.json', '{}');
    folder.file('broker/credentials.json', '{"$gateway":"secret"}');
    folder.file('admin-key', 'mw_secret');
    folder.file('collectors/c1/spool.sqlite', 'the collector keeps this');
    return folder;
  }

  /** The same once more, backups included. */
  copy(): DataFolder {
    const folder = new DataFolder();
    cpSync(this.root, folder.root, { recursive: true });
    return folder;
  }

  at(path: string): string {
    return join(this.dataDir, path);
  }

  file(path: string, content: string): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), content);
  }

  read(path: string): string {
    return readFileSync(this.at(path), 'utf8');
  }

  database(path: string, rows: number): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    const database = new DatabaseSync(this.at(path));
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS seen (n INTEGER PRIMARY KEY, filler TEXT)');
    const insert = database.prepare('INSERT INTO seen VALUES (?, ?)');
    database.exec('BEGIN');
    for (let n = 1; n <= rows; n++) insert.run(n, 'x'.repeat(200));
    database.exec('COMMIT');
    database.close();
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Highest number in the table `seen`. */
export function lastSeen(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const row = database.prepare('SELECT max(n) AS n FROM seen').get();
    return Number(row?.['n']);
  } finally {
    database.close();
  }
}

/** What the gateway does: a reading first, then the state says that it is committed. */
const WRITER = `
const { DatabaseSync } = require('node:sqlite');
const { parentPort, workerData } = require('node:worker_threads');
const open = (path) => {
  const database = new DatabaseSync(path, { timeout: 5000 });
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS seen (n INTEGER PRIMARY KEY, filler TEXT)');
  return [database, database.prepare('INSERT INTO seen VALUES (?, ?)')];
};
const [state, intoState] = open(workerData.state);
const [readings, intoReadings] = open(workerData.readings);
let n = 100000;
let isOver = false;
parentPort.on('message', () => { isOver = true; });
const step = () => {
  if (isOver) {
    state.close();
    readings.close();
    parentPort.close();
    return;
  }
  n++;
  intoReadings.run(n, 'y'.repeat(500));
  intoState.run(n, 'y');
  if (n === 100050) parentPort.postMessage('writing');
  setImmediate(step);
};
step();
`;

/** Writes as fast as it can until stopped; resolves when it has begun. */
export async function startWriter(folder: DataFolder): Promise<{ stop: () => Promise<void> }> {
  const worker = new Worker(WRITER, {
    eval: true,
    workerData: { state: folder.at('centre/state.sqlite'), readings: folder.at('centre/readings/2026-11.sqlite') },
  });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  await new Promise((resolve) => worker.once('message', resolve));
  return {
    stop: async () => {
      worker.postMessage('stop');
      await ended;
    },
  };
}
