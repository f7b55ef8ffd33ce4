import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test, vi } from 'vitest';
import { MeterwayError } from '#platform/errors.ts';
import { namesIn, openPath, sealedPath } from '#stores/sqlite-readings/folder.ts';
import { tableOf } from '#stores/sqlite-readings/layout.ts';
import { openToWrite } from '#stores/sqlite-readings/month-file.ts';
import { MonthParts } from '#stores/sqlite-readings/month-parts.ts';
import { MonthWriter } from '#stores/sqlite-readings/month-writer.ts';
import { OpenFiles } from '#stores/sqlite-readings/open-files.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { prepareWrite } from '#stores/sqlite-readings/write.ts';
import { NO_LOG } from '#stores/store-log.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { MemoryArchive } from './memory-archive.ts';
import { allStored, batchOf, SLOT } from './reading-samples.ts';
import { scratchPaths } from './scratch-folder.ts';

const newPath = scratchPaths();
const MONTH = '2026-11';
/** Bytes of a page of SQLite, unless told otherwise. */
const PAGE = 4096;
const AUGUST = Date.UTC(2026, 7, 15);

/** Enough meters for a table of many pages. */
function many(slot: number, task = 'profile') {
  const rows = Array.from({ length: 3000 }, (_, m) => ({ slot, meter: `m${m}`, values: [m] }));
  return batchOf(task, ['energy_import_wh'], rows);
}

async function written(folder: string, slot = SLOT): Promise<void> {
  const store = await openSqliteReadingStore(folder);
  await store.write([many(slot)]);
  await store.close();
}

/** Overwrites the first page of the table of a task. */
function damage(path: string, task = 'profile'): void {
  const database = new DatabaseSync(path, { readOnly: true });
  const found = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(tableOf(task));
  database.close();
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(PAGE, 0xa5), 0, PAGE, (Number(found?.['rootpage']) - 1) * PAGE);
  closeSync(file);
}

test('a month file that is no database is set aside when it is opened, and the month goes on in a new one', async () => {
  const folder = newPath('readings');
  await written(folder);
  writeFileSync(openPath(folder, MONTH), 'no database '.repeat(1000));
  const logger = quietLogger();
  const store = await openSqliteReadingStore(folder, { log: logger });
  const [line] = logger.lines.filter(({ level }) => level === 'error');
  expect(line?.fields).toMatchObject({
    path: openPath(folder, MONTH),
    aside: expect.stringContaining('damaged-1'),
  });
  expect(await store.write([many(SLOT)])).toMatchObject({ stored: 3000 });
  expect(readFileSync(join(folder, `${MONTH}.damaged-1.sqlite`), 'utf8')).toContain('no database');
  await store.close();
});

test('after an end without order, the files that were in use are checked before anything is written', async () => {
  const folder = newPath('readings');
  await written(folder);
  damage(openPath(folder, MONTH));
  writeFileSync(join(folder, 'in-use'), '');
  writeFileSync(`${openPath(folder, MONTH)}-wal`, '');
  const logger = quietLogger();
  const store = await openSqliteReadingStore(folder, { log: logger });
  expect(logger.lines.map(({ level }) => level)).toEqual(['error']);
  expect(namesIn(folder)).toContain(`${MONTH}.damaged-1.sqlite`);
  await store.close();

  const again = await openSqliteReadingStore(folder, { log: logger });
  expect(logger.lines, 'an orderly end costs no check').toHaveLength(1);
  await again.close();
});

test('damage that shows while writing sets the file aside, and the same rows are taken when they come again', async () => {
  const folder = newPath('readings');
  await written(folder);
  damage(openPath(folder, MONTH));
  const logger = quietLogger();
  const store = await openSqliteReadingStore(folder, { log: logger });
  expect(logger.lines).toEqual([]);
  await expect(store.write([many(SLOT)])).rejects.toMatchObject({ code: 'store_failed', next: 'retry' });
  expect(logger.lines.map(({ level }) => level)).toEqual(['error']);
  expect(namesIn(folder)).toContain(`${MONTH}.damaged-1.sqlite`);
  expect(await store.write([many(SLOT)])).toEqual({ stored: 3000, repeated: 0, conflicts: [] });
  expect(await store.marks('profile', [SLOT])).toHaveLength(3000);
  await store.close();
});

test('late rows of a month whose sealed part is damaged are stored all the same, and so are those of today', async () => {
  const folder = newPath('readings');
  const logger = quietLogger();
  const store = await openSqliteReadingStore(folder, { log: logger });
  await store.write([many(AUGUST)]);
  await store.keeper?.seal('2026-08');
  damage(sealedPath(folder, '2026-08'));
  const late = batchOf('profile', ['energy_import_wh'], [{ slot: AUGUST, meter: 'late', values: [1] }]);
  const result = await store.write([late, many(AUGUST), many(SLOT)]);
  expect(result).toMatchObject({ stored: 6001, conflicts: [] });
  expect(logger.lines.some(({ message }) => message.includes('late readings are stored unseen'))).toBe(true);
  expect(namesIn(folder), 'what can still be read of it stays').toContain('2026-08.sealed.sqlite');
  expect(await store.marks('profile', [SLOT])).toHaveLength(3000);
  await store.close();
});

test('late rows wait while their month cannot be read for a moment: they are tried again, not stored unseen', async () => {
  const folder = newPath('readings');
  const archive = new MemoryArchive();
  const store = await openSqliteReadingStore(folder, { archive });
  const first = batchOf('profile', ['energy_import_wh'], [{ slot: AUGUST, values: [1] }]);
  await store.write([first]);
  await store.keeper?.seal('2026-08');
  await archive.pack(folder, '2026-08');
  await store.keeper?.removeSealed('2026-08');
  const short = new MeterwayError('cannot read: out of memory', { code: 'archive_failed', next: 'retry' });
  const asked = vi.spyOn(archive, 'ofKeys').mockRejectedValueOnce(short);
  await expect(store.write([first])).rejects.toBe(short);
  asked.mockRestore();
  expect(await store.write([first])).toEqual({ stored: 0, repeated: 1, conflicts: [] });
  await store.close();
});

test('a disk that is full for one of two months rejects the write, and repeating it brings what is missing', async () => {
  const folder = newPath('readings');
  const august = await openToWrite(openPath(folder, '2026-08'));
  await (await prepareWrite(august, [many(AUGUST - 900_000)])).commit();
  // As many as there are: the meters are known, their next readings find no room.
  await august.client.query('PRAGMA max_page_count = 1');
  const files = new OpenFiles(async (path) => (path === openPath(folder, '2026-08') ? august : openToWrite(path)));
  const writer = new MonthWriter(folder, files, new MonthParts(folder, files, null), NO_LOG);
  const both = [many(AUGUST), many(SLOT)];
  await expect(writer.write(both)).rejects.toMatchObject({ code: 'store_full', next: 'retry' });
  await august.client.query('PRAGMA max_page_count = 10000');
  expect(await writer.write(both)).toEqual({ stored: 3000, repeated: 3000, conflicts: [] });
  await files.closeAll();
  const store = await openSqliteReadingStore(folder);
  const meters = many(SLOT).rows.map(({ meter }) => meter);
  for (const [slot, batch] of [
    [AUGUST, both[0]],
    [SLOT, both[1]],
  ] as const) {
    const sorted = batch ? allStored(batch).sort((a, b) => (a.meter < b.meter ? -1 : 1)) : [];
    expect(await store.ofSlot('profile', slot, meters)).toEqual(sorted);
  }
  await store.close();
});
