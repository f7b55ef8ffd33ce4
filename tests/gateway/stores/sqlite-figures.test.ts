import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { FiguresCheckpoint, FiguresStore } from '#stores/figures-store.ts';
import { openSqliteFiguresStore } from '#stores/sqlite-figures/store.ts';
import { scratchPaths } from './scratch-folder.ts';

const newPath = scratchPaths();
const NAME = { task: 'freeze-day', date: '2026-11-20' };

/** A day whose bytes and texts are easily found in the file. */
const CONTENT: FiguresCheckpoint = {
  position: 7,
  days: [{ ...NAME, slots: [5], rows: 4096, version: 3, basis: 'BASISBASIS' }],
  chunks: [{ ...NAME, column: 'importWh', chunk: 0, version: 3, bytes: new Uint8Array(32_768).fill(0x5a) }],
  findings: { of: [], found: [{ task: 'freeze-day', slot: 5, meter: 'm1', rule: 'spike', facts: { wh: 123_456 } }] },
  areaDays: [{ ...NAME, area: 'A1', content: { soldWh: 654_321 } }],
};

async function written(): Promise<string> {
  const path = newPath('figures.sqlite');
  const store = await openSqliteFiguresStore(path);
  await store.checkpoint(CONTENT);
  await store.close();
  return path;
}

/** Changes the bytes of a piece of the file. */
function change(path: string, from: string, to: string): void {
  const bytes = readFileSync(path);
  const at = bytes.indexOf(from);
  expect(at).toBeGreaterThan(0);
  bytes.write(to, at);
  writeFileSync(path, bytes);
}

async function holds(store: FiguresStore): Promise<unknown[]> {
  return [
    await store.position(),
    await store.days(NAME.task),
    await store.chunks(NAME.task, NAME.date, ['importWh'], 0),
    await store.findings({ limit: 9 }),
    await store.areaDays('2026-11-01', '2026-11-30'),
  ];
}

describe('a file of figures', () => {
  test('gives back what was written', async () => {
    const store = await openSqliteFiguresStore(await written());
    const [position, days, chunks, findings, areaDays] = await holds(store);
    expect([position, days, findings, areaDays]).toEqual([
      ...[7, CONTENT.days, CONTENT.findings.found],
      [{ area: 'A1', date: NAME.date, content: { soldWh: 654_321 } }],
    ]);
    expect(chunks).toEqual(CONTENT.chunks);
    expect(await store.chunks(NAME.task, NAME.date, ['importWh'], 0, 0)).toEqual(CONTENT.chunks);
    expect(await store.chunks(NAME.task, NAME.date, ['importWh'], 0, 1)).toEqual([]);
    await store.close();
  });

  test.each([
    ['a register', 'ZZZZZZZZ', 'ZZZZYZZZ'],
    ['the grounds of a day', 'BASISBASIS', 'BASISBASES'],
    ['an energy of an area', '654321', '654421'],
    ['a fact of a finding', '123456', '113456'],
  ])('in which %s was changed gives no answer, not a wrong one, until it is cleared', async (_what, from, to) => {
    const path = await written();
    change(path, from, to);
    const store = await openSqliteFiguresStore(path);
    const reader = await openSqliteFiguresStore(path, { readOnly: true });
    await expect(holds(reader)).rejects.toMatchObject({ code: 'figures_damaged' });
    await expect(holds(store)).rejects.toMatchObject({ code: 'figures_damaged' });
    expect(store.damage).toContain('has been changed by something else (checksum)');
    await store.clear();
    expect(store.damage).toBeNull();
    expect(await holds(store)).toEqual([null, [], [], [], []]);
    await store.checkpoint(CONTENT);
    // The reader sees the new file, although it has the old one open.
    expect(await reader.position()).toBe(7);
    await reader.close();
    await store.close();
  });

  test.each<[string, (path: string) => void]>([
    ['is cut short', (path) => truncateSync(path, readFileSync(path).length / 2)],
    ['is no database', (path) => writeFileSync(path, 'nonsense'.repeat(2000))],
    ['has a page that cannot be', (path) => writeFileSync(path, readFileSync(path).fill(0xff, 4096, 8192))],
  ])('that %s opens, says so, and is made anew when it is cleared', async (_what, damage) => {
    const path = await written();
    damage(path);
    const store = await openSqliteFiguresStore(path);
    expect(store.damage).toContain(`cannot use ${path}`);
    await expect(store.position()).rejects.toMatchObject({ code: 'store_failed' });
    await store.clear();
    await store.checkpoint(CONTENT);
    expect(await store.position()).toBe(7);
    await store.close();
    const again = await openSqliteFiguresStore(path);
    expect([again.damage, await again.position()]).toEqual([null, 7]);
    await again.close();
  });
});
