import { closeSync, mkdirSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { SqliteClient } from '#platform/sqlite/client.ts';
import { scratchPaths } from '../../stores/scratch-folder.ts';

const newPath = scratchPaths();

test('a lock held by another process is reported as busy after the wait, and may be tried again', async () => {
  const path = newPath();
  const holder = await SqliteClient.open(path);
  const other = await SqliteClient.open(path, { busyTimeoutMs: 30 });
  await holder.query('CREATE TABLE item (id INTEGER)');
  await holder.exclusive(async ({ query }) => {
    await query('BEGIN IMMEDIATE');
    await expect(other.transaction([{ sql: 'DELETE FROM item', rows: [] }])).rejects.toMatchObject({
      code: 'store_busy',
      next: 'retry',
    });
  });
  await other.transaction([{ sql: 'DELETE FROM item', rows: [] }]);
  await Promise.all([holder.close(), other.close()]);
});

test('a full disk undoes the transaction whole, and the same write succeeds once there is room', async () => {
  const db = await SqliteClient.open(newPath());
  await db.query('CREATE TABLE item (id INTEGER, filler TEXT)');
  await db.query('PRAGMA max_page_count = 20');
  const big = [
    { sql: 'INSERT INTO item VALUES (?, ?)', rows: Array.from({ length: 100 }, (_, i) => [i, 'x'.repeat(2000)]) },
  ];
  await expect(db.transaction(big)).rejects.toMatchObject({ code: 'store_full', next: 'retry' });
  expect(await db.all('SELECT COUNT(*) AS n FROM item')).toEqual([{ n: 0 }]);
  await db.query('PRAGMA max_page_count = 2000');
  await db.transaction(big);
  expect(await db.all('SELECT COUNT(*) AS n FROM item')).toEqual([{ n: 100 }]);
  await db.close();
});

test('a damaged file stops the connection: nothing after it is taken', async () => {
  const path = newPath();
  const db = await SqliteClient.open(path);
  await db.query('CREATE TABLE item (id INTEGER PRIMARY KEY, filler TEXT)');
  const rows = Array.from({ length: 500 }, (_, i) => [i, 'x'.repeat(500)]);
  await db.transaction([{ sql: 'INSERT INTO item VALUES (?, ?)', rows }]);
  await db.close();
  overwrite(path, 8192);
  const damaged = await SqliteClient.open(path);
  const scan = damaged.all('SELECT SUM(LENGTH(filler)) AS n FROM item');
  const pending = damaged.all('SELECT 1 AS one');
  await expect(scan).rejects.toMatchObject({ code: 'store_failed', next: 'stop' });
  await expect(pending).rejects.toMatchObject({ code: 'store_failed' });
  await expect(damaged.query('CREATE TABLE other (id INTEGER)')).rejects.toMatchObject({ code: 'store_failed' });
  await damaged.close();
});

function overwrite(path: string, from: number): void {
  const file = openSync(path, 'r+');
  const rubbish = Buffer.alloc(statSync(path).size - from, 0xa5);
  writeSync(file, rubbish, 0, rubbish.length, from);
  closeSync(file);
}

test('a file that is no database is refused on opening, naming the file', async () => {
  const path = newPath('notes.db');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'not a database '.repeat(1000));
  await expect(SqliteClient.open(path)).rejects.toMatchObject({
    code: 'store_failed',
    next: 'stop',
    message: expect.stringContaining('notes.db'),
  });
});

test('a client that nobody waited for rejects its first request when it could not open', async () => {
  const client = new SqliteClient(newPath(), { readOnly: true });
  await expect(client.all('SELECT 1')).rejects.toMatchObject({ code: 'store_failed' });
  await client.close();
});
