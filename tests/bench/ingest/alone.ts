import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { createTable, insertInto, quoted, tableOf } from '#stores/sqlite-readings/layout.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { Stopwatch } from '../kit/stopwatch.ts';
import type { Run } from '../kit/timed.ts';
import type { BareOrder } from './bare-worker.ts';
import type { District } from './district.ts';
import { LEAD, numbersOf, QUANTITIES, readingsOf, TASK } from './rows.ts';

/** How many rows are written before and while time is taken, and how many of them in one transaction. */
export interface Load {
  readonly warmUpRows: number;
  readonly rows: number;
  readonly groupRows: number;
}

/** Runs `write` over all groups of the load; only those after the warm-up, and only what `write` runs, are timed. */
async function overGroups<T>(
  { warmUpRows, rows, groupRows }: Load,
  make: (from: number, size: number) => T,
  write: (made: T) => Promise<void>,
): Promise<Run> {
  const stopwatch = new Stopwatch();
  const end = warmUpRows + rows;
  for (let from = 0; from < end; ) {
    const limit = from < warmUpRows ? warmUpRows : end;
    const size = Math.min(groupRows, limit - from);
    const made = make(from, size);
    if (from < warmUpRows) await write(made);
    else await stopwatch.run(size, () => write(made));
    from += size;
  }
  return stopwatch.total;
}

/** Inserts that are ready to be bound, into the table that the store makes, by a thread that does nothing else. */
export async function bareInserts(folder: string, district: District, load: Load, rowsARun: number): Promise<Run> {
  const table = tableOf(TASK.id);
  const columns = QUANTITIES.map((name) => `${quoted(name)} INTEGER`).join(', ');
  const { sql, tuple } = insertInto(table, QUANTITIES, false);
  const order: BareOrder = {
    path: join(folder, 'readings', 'bare.sqlite'),
    create: createTable(table).replace('PRIMARY KEY', `${columns}, PRIMARY KEY`),
    insert: sql.slice(0, sql.indexOf(tuple)),
    tuple,
    width: LEAD + QUANTITIES.length,
    rowsARun,
  };
  const worker = new Worker(new URL('./bare-worker.ts', import.meta.url), { workerData: order });
  await once(worker, 'message');
  try {
    return await overGroups(
      load,
      (from, size) => numbersOf(district, from, size),
      async (numbers) => {
        worker.postMessage(numbers, [numbers.buffer as ArrayBuffer]);
        await once(worker, 'message');
      },
    );
  } finally {
    const ended = once(worker, 'exit');
    worker.postMessage('close');
    await ended;
  }
}

/** The reading store, given readings that were judged before. */
export async function storeAlone(folder: string, district: District, load: Load): Promise<Run> {
  const store = await openSqliteReadingStore(join(folder, 'readings'));
  try {
    return await overGroups(
      load,
      (from, size) => readingsOf(district, from, size),
      async (readings) => {
        const { stored } = await store.write([readings]);
        if (stored !== readings.rows.length) throw new Error(`${stored} of ${readings.rows.length} rows stored`);
      },
    );
  } finally {
    await store.close();
  }
}
