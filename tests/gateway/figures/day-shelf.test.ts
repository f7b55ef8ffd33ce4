import { expect, test } from 'vitest';
import { COLUMN_BIT, emptyDay } from '#domain/collection/day-columns.ts';
import { CHUNK_ROWS, type DayChunk, type DayHead, type FiguresStore } from '#stores/figures-store.ts';
import { DayShelf } from '../../../gateway/figures/day-shelf.ts';
import { RowSet } from '../../../gateway/figures/row-set.ts';
import type { Site } from '../../../gateway/figures/site.ts';
import { Versions } from '../../../gateway/figures/versions.ts';

const ROWS = CHUNK_ROWS + 10;
const DATES = ['2026-11-18', '2026-11-19', '2026-11-20'];

/** What a store would hold of days. */
function disk() {
  const chunks = new Map<string, DayChunk>();
  const heads = new Map<string, DayHead>();
  const figures = {
    days: async (task: string) => [...heads.values()].filter((head) => head.task === task),
    chunks: async (task: string, date: string) =>
      [...chunks.values()].filter((chunk) => chunk.task === task && chunk.date === date),
  } as unknown as FiguresStore;
  const save = (shelf: DayShelf): DayChunk[] => {
    const { days, chunks: changed } = shelf.unsaved();
    for (const head of days) heads.set(head.date, head);
    for (const each of changed) chunks.set(`${each.date} ${each.column} ${each.chunk}`, each);
    shelf.settle();
    return changed;
  };
  return { figures, save, heads };
}

function versions(now = 0): Versions {
  return new Versions({ now: () => now });
}

function siteOf(rows: number): Site {
  return { meters: Array.from({ length: rows }, (_, i) => `m${i}`), rowOf: () => undefined } as unknown as Site;
}

test('only the changed pieces of changed columns are put on disk, and a day comes back from them as it was', async () => {
  const { figures, save, heads } = disk();
  const shelf = new DayShelf(figures, siteOf(ROWS), 1, versions());
  for (const date of DATES) shelf.put(emptyDay('f', date, 5, ROWS), 'b');
  expect(save(shelf)).toHaveLength(DATES.length * 6 * 2);
  const held = await shelf.hold('f', '2026-11-19');
  if (!held) throw new Error('not kept');
  held.day.importWh[CHUNK_ROWS + 1] = 7;
  held.touch(CHUNK_ROWS + 1, COLUMN_BIT.importWh);
  const [chunk, ...others] = save(shelf);
  expect([chunk?.column, chunk?.chunk, chunk?.bytes.length, others]).toEqual(['importWh', 1, 80, []]);
  expect(heads.get('2026-11-19')?.version).toBe(2);
  const again = new DayShelf(figures, siteOf(ROWS + 1), 1, versions());
  await again.know('f');
  const day = await again.of('f', '2026-11-19');
  expect([day?.rows, day?.importWh[CHUNK_ROWS + 1], day?.importWh[ROWS]]).toEqual([ROWS + 1, 7, Number.NaN]);
});

test('a day that is being changed stays in memory while others read many', async () => {
  const { figures, save } = disk();
  const shelf = new DayShelf(figures, siteOf(ROWS), 1, versions());
  for (const date of DATES) shelf.put(emptyDay('f', date, 5, ROWS), 'b');
  save(shelf);
  const held = await shelf.hold('f', '2026-11-18');
  for (const date of DATES.slice(1)) await shelf.of('f', date);
  expect(await shelf.of('f', '2026-11-18')).toBe(held?.day);
  const [one, other] = await Promise.all([shelf.of('f', '2026-11-20'), shelf.of('f', '2026-11-20')]);
  expect(one).toBe(other);
});

test('a set of rows gives every row once, ascending', () => {
  const rows = new RowSet(3);
  for (const row of [9, 0, 4097, 9, 2]) rows.add(row);
  expect([...rows]).toEqual([0, 2, 9, 4097]);
  expect([rows.size, rows.has(9), rows.has(10)]).toEqual([4, true, false]);
});

test('a day that was forgotten comes back under a higher version, from the same program and from another one', async () => {
  const { figures, save, heads } = disk();
  const versionOf = (): number => heads.get('2026-11-18')?.version ?? 0;
  const shelf = new DayShelf(figures, siteOf(ROWS), 1, versions(1000));
  const seen: number[] = [];
  for (const each of [shelf, shelf, new DayShelf(figures, siteOf(ROWS), 1, versions(2000))]) {
    each.clear();
    heads.clear();
    each.put(emptyDay('f', '2026-11-18', 5, ROWS), 'b');
    save(each);
    seen.push(versionOf());
  }
  expect(seen).toEqual([1000, 1001, 2000]);
});

test('a version goes on from the one on disk when the clock was put back', async () => {
  const { figures, save, heads } = disk();
  const before = new DayShelf(figures, siteOf(ROWS), 1, versions(5000));
  before.put(emptyDay('f', '2026-11-18', 5, ROWS), 'b');
  save(before);
  const after = new DayShelf(figures, siteOf(ROWS), 1, versions(10));
  await after.know('f');
  (await after.hold('f', '2026-11-18'))?.touch(0, COLUMN_BIT.class);
  save(after);
  expect(heads.get('2026-11-18')?.version).toBe(5001);
});

test('a day on new grounds is said to be so until it is on disk', async () => {
  const { figures, save } = disk();
  const shelf = new DayShelf(figures, siteOf(ROWS), 1, versions());
  shelf.put(emptyDay('f', '2026-11-18', 5, ROWS), 'b');
  save(shelf);
  (await shelf.hold('f', '2026-11-18'))?.setBasis('other');
  for (const _ of [1, 2]) {
    expect(shelf.changes()).toMatchObject([{ date: '2026-11-18', isOnNewBasis: true }]);
    shelf.unsaved();
  }
  save(shelf);
  expect(shelf.changes()).toEqual([]);
});
