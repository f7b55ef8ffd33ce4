import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import { integrityOf, writeUntilKilled } from './crash.ts';
import { ledgerOf, slotOf } from './crash-samples.ts';
import { scratchPaths } from './scratch-folder.ts';
import { commit, registry } from './state-samples.ts';
import { describeStateStore } from './state-store-contract.ts';

const newPath = scratchPaths();
const paths = new Map<string, string>();

describeStateStore('SQLite', (place, options) => {
  const path = paths.get(place) ?? newPath(`${place}.db`);
  paths.set(place, path);
  return openSqliteStateStore(path, options);
});

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

describe('state in SQLite', () => {
  test('a writer killed with -9 again and again loses no acknowledged commit and leaves none by halves', async () => {
    const path = newPath();
    let next = 0;
    for (const more of [1, 30, 6]) {
      const last = await writeUntilKilled('state', path, next, next + more);
      const store = await openSqliteStateStore(path);
      const [mark] = await store.ledger.marks();
      const upTo = mark?.upTo ?? 0;
      expect(upTo).toBeGreaterThanOrEqual(last + 1);
      expect(upTo).toBeLessThanOrEqual(last + 2);
      for (let n = next; n < upTo; n++) {
        expect(await store.ledger.outcomes('profile', [slotOf(n)])).toEqual(ledgerOf(n).outcomes);
      }
      expect(await store.ledger.outcomes('profile', [slotOf(upTo)])).toEqual([]);
      expect(await store.ledger.baselines()).toEqual(ledgerOf(upTo - 1).baselines);
      await store.close();
      expect(integrityOf(path)).toEqual(['ok']);
      next = upTo;
    }
  });

  test('a file of a newer program is refused by writer and reader, naming both numbers', async () => {
    const path = newPath();
    await (await openSqliteStateStore(path)).close();
    change(path, "INSERT INTO migration VALUES (99, 'from the future')");
    const newer = { code: 'store_newer', next: 'stop', message: expect.stringMatching(/migration 99.*up to \d/) };
    await expect(openSqliteStateStore(path)).rejects.toMatchObject(newer);
    const reader = await openSqliteStateStore(path, { readOnly: true });
    await expect(reader.registry.load()).rejects.toMatchObject(newer);
    await reader.close();
  });

  test('two programs that start at the same time make the tables once', async () => {
    const path = newPath();
    const stores = await Promise.all([1, 2, 3].map(() => openSqliteStateStore(path)));
    for (const store of stores) await store.registry.replace(registry());
    for (const store of stores) expect(await store.registry.load()).toEqual(registry());
    await Promise.all(stores.map((store) => store.close()));
  });

  test('a migration that fails leaves nothing by halves, and is done at the next start', async () => {
    const path = newPath();
    await (await openSqliteStateStore(path)).close();
    const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
    const tables = (): string[] =>
      database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
        .all()
        .map((row) => String(row['name']));
    const all = tables();
    for (const table of all) if (table !== 'api_key') database.exec(`DROP TABLE ${table}`);
    await expect(openSqliteStateStore(path)).rejects.toMatchObject({ code: 'store_refused' });
    expect(tables()).toEqual(['api_key']);
    database.exec('DROP TABLE api_key');
    await (await openSqliteStateStore(path)).close();
    expect(tables()).toEqual(all);
    database.close();
  });

  test('replacing the registry by the same one writes nothing', async () => {
    const path = newPath();
    const store = await openSqliteStateStore(path);
    const beside = new DatabaseSync(path, { readOnly: true });
    const dataVersion = () => beside.prepare('PRAGMA data_version').get();
    const empty = dataVersion();
    await store.registry.replace(registry());
    const filled = dataVersion();
    expect(filled).not.toEqual(empty);
    await store.registry.replace(registry());
    expect(dataVersion()).toEqual(filled);
    beside.close();
    await store.close();
  });

  test('quarantined content is kept to the character, NUL included', async () => {
    const store = await openSqliteStateStore(newPath());
    const content = '\u0000{"v":1}\u0000\uFEFF\u001f';
    const entry = { at: 1, collector: 'c1', epoch: 'e1', seq: 1, kind: 'envelope', why: 'not JSON', content };
    await store.ledger.commit(commit({ quarantine: [entry] }));
    expect(await store.ledger.quarantine(1)).toEqual([entry]);
    await store.close();
  });

  test('a program beside the gateway reads nothing and is told to try again until the tables are there, then writes', async () => {
    const path = newPath();
    const api = await openSqliteStateStore(path, { beside: true });
    const key = { id: 'k1', name: 'n', hash: 'ab'.repeat(32), createdAt: 1, revokedAt: null };
    expect(await api.keys.list()).toEqual([]);
    await expect(api.keys.add(key)).rejects.toMatchObject({ code: 'store_not_there', next: 'retry' });
    const gateway = await openSqliteStateStore(path);
    await Promise.all([api.keys.add(key), gateway.registry.replace(registry())]);
    const entry = { at: 1, collector: 'c1', epoch: 'e1', seq: 1, kind: 'row', why: '', content: '' };
    await api.ledger.commit(commit({ quarantine: [entry] }));
    expect([await gateway.keys.list(), await api.registry.load()]).toEqual([[key], registry()]);
    expect(await gateway.ledger.quarantine(1)).toEqual([entry]);
    await api.close();
    await gateway.close();
    await expect(api.keys.list()).rejects.toMatchObject({ code: 'store_closed' });
  });
});
