import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdLock } from '#platform/sqlite/lock.ts';
import { openSqliteFiguresStore } from '#stores/sqlite-figures/store.ts';
import type { Examined } from '../../../gateway/cli/doctor/check.ts';
import { FIGURES_CHECKS } from '../../../gateway/cli/doctor/figures.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';

const newPath = scratchPaths();
const [check] = FIGURES_CHECKS;
let dataDir = '';

beforeAll(async () => {
  dataDir = newPath('data');
  const figures = await openSqliteFiguresStore(join(dataDir, 'centre', 'figures.sqlite'));
  await figures.checkpoint({ position: 100, days: [], chunks: [], findings: { of: [], found: [] }, areaDays: [] });
  await figures.close();
});

let release = (): void => {};
afterAll(() => release());

async function find(oldest: number, newest: number): Promise<unknown[]> {
  const state = { feed: { range: async () => ({ oldest, newest }) } };
  const found = await check?.run({ dataDir, settings: { dataDir }, state } as unknown as Examined);
  return (found ?? []).map(({ verdict, what }) => `${verdict}: ${what}`);
}

test('finds that nobody keeps the figures, and how far behind they are', async () => {
  expect(await find(0, 100)).toEqual(['fault: no figures process is running']);
  release = holdLock(join(dataDir, 'centre', 'figures.lock'), 'test');
  const running = 'ok: the figures process is running';
  expect(await find(0, 100)).toEqual([running, 'ok: figures are kept up to entry 100 of 100']);
  expect(await find(101, 700)).toEqual([running, 'warning: figures are kept up to entry 100 of 700']);
  expect(await find(102, 700)).toEqual([running, 'warning: the change feed does not go on where the figures end']);
  writeFileSync(join(dataDir, 'centre', 'figures.sqlite'), 'nonsense'.repeat(2000));
  expect(await find(0, 100)).toEqual([running, 'fault: the file of the figures is damaged']);
});
