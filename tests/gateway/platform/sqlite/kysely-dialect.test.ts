import { type Generated, Kysely, sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { SqliteClient } from '#platform/sqlite/client.ts';
import { WorkerSqliteDialect } from '#platform/sqlite/kysely-dialect.ts';
import { scratchPaths } from '../../stores/scratch-folder.ts';

interface Tables {
  item: { id: Generated<number>; name: string; size: number | null };
}

const newPath = scratchPaths();
const opened: SqliteClient[] = [];

async function database(path = newPath(), readOnly = false): Promise<Kysely<Tables>> {
  const client = await SqliteClient.open(path, { readOnly });
  opened.push(client);
  const db = new Kysely<Tables>({ dialect: new WorkerSqliteDialect(client) });
  if (!readOnly) {
    await db.schema
      .createTable('item')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull().unique())
      .addColumn('size', 'bigint')
      .execute();
  }
  return db;
}

afterEach(async () => {
  for (const client of opened.splice(0)) await client.close();
});

test('an insert tells the new id and the number of rows, an update the changed rows', async () => {
  const db = await database();
  const inserted = await db.insertInto('item').values({ name: 'a', size: 1 }).executeTakeFirstOrThrow();
  expect(inserted).toMatchObject({ insertId: 1n, numInsertedOrUpdatedRows: 1n });
  const updated = await db.updateTable('item').set({ size: 2 }).executeTakeFirstOrThrow();
  expect(updated.numUpdatedRows).toBe(1n);
});

test('returning gives the rows, and a value that reads "returning" does not', async () => {
  const db = await database();
  const rows = await db
    .insertInto('item')
    .values([
      { name: 'returning', size: 1 },
      { name: '台区', size: null },
    ])
    .returning(['id', 'name'])
    .execute();
  expect(rows).toEqual([
    { id: 1, name: 'returning' },
    { id: 2, name: '台区' },
  ]);
  const plain = await sql`UPDATE item SET name = 'not returning' WHERE name = 'returning'`.execute(db);
  expect(plain).toMatchObject({ rows: [], numAffectedRows: 1n });
});

test('a raw statement that gives rows gives them', async () => {
  const db = await database();
  expect((await sql`PRAGMA journal_mode`.execute(db)).rows).toEqual([{ journal_mode: 'wal' }]);
  const counted = await sql<{ n: number }>`WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3)
    SELECT n FROM c`.execute(db);
  expect(counted.rows).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
});

test('a transaction is kept whole, or undone whole when its callback fails', async () => {
  const db = await database();
  await db.transaction().execute(async (trx) => {
    await trx.insertInto('item').values({ name: 'a', size: 1 }).execute();
    await trx.insertInto('item').values({ name: 'b', size: 2 }).execute();
  });
  const failing = db.transaction().execute(async (trx) => {
    await trx.insertInto('item').values({ name: 'c', size: 3 }).execute();
    await trx.insertInto('item').values({ name: 'a', size: 4 }).execute();
  });
  await expect(failing).rejects.toMatchObject({ code: 'store_refused', next: 'skip' });
  expect(await db.selectFrom('item').select('name').orderBy('name').execute()).toEqual([{ name: 'a' }, { name: 'b' }]);
});

test('a query outside waits for an open transaction and does not become part of it', async () => {
  const db = await database();
  const outside: Promise<unknown>[] = [];
  const undone = db.transaction().execute(async (trx) => {
    await trx.insertInto('item').values({ name: 'inside', size: 1 }).execute();
    outside.push(db.insertInto('item').values({ name: 'outside', size: 1 }).execute());
    await trx.selectFrom('item').selectAll().execute();
    throw new Error('undo');
  });
  await expect(undone).rejects.toThrow('undo');
  await Promise.all(outside);
  expect(await db.selectFrom('item').select('name').execute()).toEqual([{ name: 'outside' }]);
});

test('a read-only transaction sees one state while another connection writes', async () => {
  const path = newPath();
  const writer = await database(path);
  const reader = await database(path, true);
  const count = (db: Kysely<Tables>): Promise<unknown> =>
    db.selectFrom('item').select(db.fn.countAll().as('n')).executeTakeFirst();
  await reader
    .transaction()
    .setAccessMode('read only')
    .execute(async (trx) => {
      expect(await count(trx)).toEqual({ n: 0 });
      await writer.insertInto('item').values({ name: 'a', size: 1 }).execute();
      expect(await count(trx)).toEqual({ n: 0 });
    });
  expect(await count(reader)).toEqual({ n: 1 });
});

test('a read-only transaction holds up no writer', async () => {
  const path = newPath();
  const db = await database(path);
  const other = await SqliteClient.open(path, { busyTimeoutMs: 0 });
  opened.push(other);
  await db
    .transaction()
    .setAccessMode('read only')
    .execute(async (trx) => {
      await trx.selectFrom('item').selectAll().execute();
      await other.query("INSERT INTO item (name) VALUES ('meanwhile')");
    });
  expect(await db.selectFrom('item').select('name').execute()).toEqual([{ name: 'meanwhile' }]);
});

test('an error after which SQLite has rolled back by itself is reported as what it was', async () => {
  const db = await database();
  const failing = db.transaction().execute(async (trx) => {
    await trx.insertInto('item').values({ name: 'a', size: 1 }).execute();
    await sql`INSERT OR ROLLBACK INTO item (name) VALUES ('a')`.execute(trx);
  });
  await expect(failing).rejects.toThrow('UNIQUE constraint failed');
  expect(await db.selectFrom('item').selectAll().execute()).toEqual([]);
});

test('destroying it closes the connection', async () => {
  const db = await database();
  await db.destroy();
  await expect(opened[0]?.all('SELECT 1')).rejects.toMatchObject({ code: 'store_closed' });
});
