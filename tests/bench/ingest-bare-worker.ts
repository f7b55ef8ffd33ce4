import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite } from '#platform/sqlite/open.ts';

/**
 * The yardstick of the ingest benchmark: a thread that does nothing but insert numbers that are ready to be bound, one
 * transaction a message, each synced. Every message is one block of rows.
 */
interface Block {
  readonly numbers: Float64Array;
  readonly width: number;
}

const { path, create, insert } = workerData as { path: string; create: string; insert: string };
const database = openSqlite({ path, readOnly: false, busyTimeoutMs: 1000 });
database.exec(create);
const statement = database.prepare(insert);

parentPort?.on('message', ({ numbers, width }: Block) => {
  database.exec('BEGIN IMMEDIATE');
  const row: number[] = new Array(width).fill(0);
  for (let at = 0; at < numbers.length; at += width) {
    for (let c = 0; c < width; c++) row[c] = numbers[at + c] ?? 0;
    statement.run(...row);
  }
  database.exec('COMMIT');
  parentPort?.postMessage('committed');
});
parentPort?.postMessage('open');
