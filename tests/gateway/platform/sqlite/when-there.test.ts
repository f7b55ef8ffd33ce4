import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { SqliteClient } from '#platform/sqlite/client.ts';
import { WhenThere } from '#platform/sqlite/when-there.ts';
import { scratchPaths } from '../../stores/scratch-folder.ts';

const newPath = scratchPaths();

/** Gives the names of the items once their table is there. */
async function names(client: SqliteClient): Promise<(() => Promise<unknown>) | null> {
  const tables = await client.all("SELECT 1 FROM sqlite_schema WHERE name = 'item'");
  return tables.length === 0 ? null : () => client.all('SELECT name FROM item');
}

test('a reader that starts first has nothing, until the writer has made the file and its tables', async () => {
  const path = newPath();
  let prepared = 0;
  const reader = new WhenThere(path, (client) => {
    prepared++;
    return names(client);
  });
  expect(await reader.get()).toBeNull();
  expect(prepared).toBe(0);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  expect(await reader.get()).toBeNull();
  const writer = await SqliteClient.open(path);
  expect(await reader.get()).toBeNull();
  await writer.transaction([
    { sql: 'CREATE TABLE item (name TEXT)', rows: [] },
    { sql: "INSERT INTO item VALUES ('a')", rows: [] },
  ]);
  const [first, second] = await Promise.all([reader.get(), reader.get()]);
  expect(await first?.()).toEqual([{ name: 'a' }]);
  expect(second).toBe(first);
  expect(prepared).toBe(3);
  await Promise.all([reader.close(), writer.close()]);
});

test('it is asked again after an error', async () => {
  const path = newPath();
  const writer = await SqliteClient.open(path);
  await writer.query('CREATE TABLE item (name TEXT)');
  let fail = true;
  const reader = new WhenThere(path, async (client) => {
    if (fail) throw new Error('not yet');
    return client;
  });
  await expect(reader.get()).rejects.toThrow('not yet');
  fail = false;
  expect(await reader.get()).toBeInstanceOf(SqliteClient);
  await Promise.all([reader.close(), writer.close()]);
});

test('after its close it opens nothing any more', async () => {
  const reader = new WhenThere(newPath(), async (client) => client);
  await reader.close();
  await expect(reader.get()).rejects.toMatchObject({ code: 'store_closed' });
});
