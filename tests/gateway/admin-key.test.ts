import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashApiKey, newApiKey } from '#platform/api-key.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { ensureAdminKey } from '../../gateway/admin-key.ts';
import { scratchPaths } from './stores/scratch-folder.ts';

const newPath = scratchPaths();
let dataDir: string;
let state: StateStore;

beforeEach(async () => {
  const file = newPath('state.sqlite');
  state = await openSqliteStateStore(file);
  dataDir = file.slice(0, file.lastIndexOf('/'));
});
afterEach(() => state.close());

const ensured = async (now: number): Promise<string> =>
  readFileSync(await ensureAdminKey(state.keys, dataDir, now), 'utf8').trim();
const revokedAt = async (key: string): Promise<number | null | undefined> =>
  (await state.keys.byHash(hashApiKey(key)))?.revokedAt;

test('the administrator key is made once and stays', async () => {
  const key = await ensured(1);
  expect(await ensured(2)).toBe(key);
  expect(await revokedAt(key)).toBeNull();
  expect(await state.keys.list()).toHaveLength(1);
});

test('deleting the file gives a new administrator key and revokes the old one, and no other key', async () => {
  const client = { id: 'client', name: 'billing', hash: 'ab'.repeat(32), createdAt: 0, revokedAt: null };
  await state.keys.add(client);
  const old = await ensured(1);
  rmSync(`${dataDir}/admin-key`);
  const key = await ensured(2);
  expect(key).not.toBe(old);
  expect([await revokedAt(key), await revokedAt(old)]).toEqual([null, 2]);
  expect(await state.keys.byHash(client.hash)).toEqual(client);
  writeFileSync(`${dataDir}/admin-key`, old);
  await expect(ensured(3)).rejects.toThrow(/its key was revoked; delete the file/);
});

test('the key of the file is taken up by a new store', async () => {
  const key = newApiKey();
  writeFileSync(`${dataDir}/admin-key`, `${key}\n`);
  expect(await ensured(1)).toBe(key);
  expect(await revokedAt(key)).toBeNull();
});

test.each(['', 'secret', 'mw_short', `${'x'.repeat(46)}`])(
  'a file that holds %j is refused by its name',
  async (text) => {
    writeFileSync(`${dataDir}/admin-key`, text);
    await expect(ensured(1)).rejects.toThrow(/^cannot use .*admin-key: it does not hold a key/);
    expect(await state.keys.list()).toEqual([]);
  },
);
