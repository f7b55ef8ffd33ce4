import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite } from '#platform/sqlite/open.ts';

/**
 * The yardstick of the ingest benchmark: a thread that does nothing but insert numbers that are ready to be bound, one
 * transaction a message, each synced. Every message is one block of rows, row after row; 'close' ends it.
 */
export interface BareOrder {
  readonly path: string;
  readonly create: string;
  /** Everything before the tuples. */
  readonly insert: string;
  readonly tuple: string;
  /** Numbers of a row. */
  readonly width: number;
  /** Rows in one run of the statement. */
  readonly rowsARun: number;
}

const { path, create, insert, tuple, width, rowsARun } = workerData as BareOrder;
const database = openSqlite({ path, readOnly: false, busyTimeoutMs: 1000 });
database.exec(create);
const statement = database.prepare(`${insert} ${new Array(rowsARun).fill(tuple).join(', ')}`);

parentPort?.on('message', (numbers: Float64Array | 'close') => {
  if (numbers === 'close') {
    // The last pages go from the log into the file now, where their size is looked at.
    database.close();
    parentPort?.close();
    return;
  }
  const step = width * rowsARun;
  if (numbers.length % step !== 0) throw new Error(`BUG: ${numbers.length / width} rows, ${rowsARun} a run`);
  database.exec('BEGIN IMMEDIATE');
  const params: number[] = new Array(step).fill(0);
  for (let from = 0; from < numbers.length; from += step) {
    for (let c = 0; c < step; c++) params[c] = numbers[from + c] ?? 0;
    statement.run(...params);
  }
  database.exec('COMMIT');
  parentPort?.postMessage('committed');
});
parentPort?.postMessage('open');
