import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { batch, block, QUANTITIES } from './ingest-rows.ts';

/**
 * Rows a second that the SQLite reading store takes, against bare inserts of the same numbers into the same table by a
 * thread that does nothing else. Both sync every batch to disk. Making the rows is not timed.
 */
const ROUNDS = 3;
const SECONDS_A_RUN = 1.5;
const BATCH_SIZES = [500, 5000];

const CREATE =
  'CREATE TABLE reading (slot INTEGER NOT NULL, meter INTEGER NOT NULL, meter_time INTEGER, ' +
  `read_at INTEGER NOT NULL, quality INTEGER NOT NULL, rules TEXT, ${QUANTITIES.map((name) => `${name} INTEGER`).join(', ')}, ` +
  'PRIMARY KEY (slot, meter)) STRICT, WITHOUT ROWID';
const INSERT =
  `INSERT INTO reading (slot, meter, meter_time, read_at, quality, ${QUANTITIES.join(', ')}) ` +
  `VALUES (?, ?, ?, ?, ?, ${QUANTITIES.map(() => '?').join(', ')})`;

interface Writer {
  /** Writes `size` rows from row `from` on and gives the time it took, ms. */
  write(from: number, size: number): Promise<number>;
  close(): Promise<void>;
}

async function bareWriter(path: string): Promise<Writer> {
  const worker = new Worker(new URL('./ingest-bare-worker.ts', import.meta.url), {
    workerData: { path, create: CREATE, insert: INSERT },
  });
  await once(worker, 'message');
  return {
    write: async (from, size) => {
      const { numbers, width } = block(from, size);
      const begun = performance.now();
      worker.postMessage({ numbers, width }, [numbers.buffer as ArrayBuffer]);
      await once(worker, 'message');
      return performance.now() - begun;
    },
    close: async () => {
      await worker.terminate();
    },
  };
}

async function storeWriter(path: string): Promise<Writer> {
  const store = await openSqliteReadingStore(path);
  return {
    write: async (from, size) => {
      const readings = batch(from, size);
      const begun = performance.now();
      const { stored } = await store.write([readings]);
      if (stored !== size) throw new Error(`${stored} of ${size} rows stored`);
      return performance.now() - begun;
    },
    close: () => store.close(),
  };
}

/** Rows a second over about SECONDS_A_RUN of writing, after a warm-up that fills the first slot. */
async function measure(open: (path: string) => Promise<Writer>, size: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'meterway-bench-'));
  const path = join(folder, 'readings.db');
  const writer = await open(path);
  let row = 0;
  for (; row < 10_000; row += size) await writer.write(row, size);
  let tookMs = 0;
  const first = row;
  for (; tookMs < SECONDS_A_RUN * 1000; row += size) tookMs += await writer.write(row, size);
  await writer.close();
  const bytes = statSync(path).size / row;
  if (bytes > 200) throw new Error(`${bytes} bytes a row: the rows are not stored as intended`);
  rmSync(folder, { recursive: true });
  return ((row - first) / tookMs) * 1000;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

console.log(`${QUANTITIES.length} quantities a row, FULL sync, median of ${ROUNDS} runs of ${SECONDS_A_RUN} s\n`);
console.log('rows a batch   bare inserts, rows/s   reading store, rows/s   ratio');
for (const size of BATCH_SIZES) {
  const bare: number[] = [];
  const store: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(await measure(bareWriter, size));
    store.push(await measure(storeWriter, size));
  }
  const columns = [
    String(size).padStart(12),
    Math.round(median(bare)).toLocaleString('en').padStart(22),
    Math.round(median(store)).toLocaleString('en').padStart(23),
    `${Math.round((median(store) / median(bare)) * 100)} %`.padStart(7),
  ];
  console.log(columns.join(' '));
}
