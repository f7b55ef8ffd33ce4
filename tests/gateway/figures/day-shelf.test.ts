import { expect, test } from 'vitest';
import { COLUMN_BIT, emptyDay } from '#domain/collection/day-columns.ts';
import { CHUNK_ROWS, type DayChunk, type DayHead, type FiguresStore } from '#stores/figures-store.ts';
import { DayShelf } from '../../../gateway/figures/day-shelf.ts';
import { RowSet } from '../../../gateway/figures/row-set.ts';
import type { Site } from '../../../gateway/figures/site.ts';

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

function siteOf(rows: number): Site {
  return { meters: Array.from({ length: rows }, (_, i) => `m${i}`), rowOf: () => undefined } as unknown as Site;
}

test('only the changed pieces of changed columns are put on disk, and a day comes back from them as it was', async () => {
  const { figures, save, heads } = disk();
  const shelf = new DayShelf(figures, siteOf(ROWS), 1);
  for (const date of DATES) shelf.put(emptyDay('f', date, 5, ROWS), 'b');
  expect(save(shelf)).toHaveLength(DATES.length * 6 * 2);
  const held = await shelf.hold('f', '2026-11-19');
  if (!held) throw new Error('not kept');
  held.day.importWh[CHUNK_ROWS + 1] = 7;
  held.touch(CHUNK_ROWS + 1, COLUMN_BIT.importWh);
  const [chunk, ...others] = save(shelf);
  expect([chunk?.column, chunk?.chunk, chunk?.bytes.length, others]).toEqual(['importWh', 1, 80, []]);
  expect(heads.get('2026-11-19')?.version).toBe(2);
  const again = new DayShelf(figures, siteOf(ROWS + 1), 1);
  await again.know('f');
  const day = await again.of('f', '2026-11-19');
  expect([day?.rows, day?.importWh[CHUNK_ROWS + 1], day?.importWh[ROWS]]).toEqual([ROWS + 1, 7, Number.NaN]);
});

test('a day that is being changed stays in memory while others read many', async () => {
  const { figures, save } = disk();
  const shelf = new DayShelf(figures, siteOf(ROWS), 1);
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
