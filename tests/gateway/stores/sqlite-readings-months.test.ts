import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { NewReadings } from '#stores/reading-store.ts';
import { firstReleasePath, monthsIn, namesIn, openPath, sealedPath } from '#stores/sqlite-readings/folder.ts';
import { Gate } from '#stores/sqlite-readings/gate.ts';
import { openToWrite } from '#stores/sqlite-readings/month-file.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { prepareWrite } from '#stores/sqlite-readings/write.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { allStored, batchOf } from './reading-samples.ts';
import { scratchPaths } from './scratch-folder.ts';

const newPath = scratchPaths();
const MONTHS = ['2026-07', '2026-08', '2026-09', '2026-10', '2026-11'];

function slotIn(month: string, minutes = 0): number {
  return Date.parse(`${month}-01T00:00:00Z`) + minutes * 60_000;
}

/** One reading of m1 in each month. */
function across(months: readonly string[], value = 1): NewReadings {
  const rows = months.map((month) => ({ slot: slotIn(month), values: [value] }));
  return batchOf('profile', ['energy_import_wh'], rows);
}

describe('months of readings', () => {
  test('each reading lies in the file of the UTC month of its slot, the last millisecond included', async () => {
    const folder = newPath('readings');
    const store = await openSqliteReadingStore(folder);
    const last = Date.UTC(2026, 7, 31, 23, 59, 59, 999);
    const batch = batchOf(
      'profile',
      ['energy_import_wh'],
      [
        { slot: last, values: [1] },
        { slot: last + 1, values: [2] },
      ],
    );
    await store.write([batch]);
    expect(monthsIn(folder).map(({ month }) => month)).toEqual(['2026-08', '2026-09']);
    expect(await store.ofMeter('profile', 'm1', [last, last + 1])).toEqual(allStored(batch));
    await store.close();
  });

  test('a value that is refused in one month keeps the others from being written', async () => {
    const store = await openSqliteReadingStore(newPath('readings'));
    const good = across(['2026-08']);
    const bad = batchOf('profile', ['energy_import_wh'], [{ slot: slotIn('2026-09'), values: [1e300] }]);
    await expect(store.write([good, bad])).rejects.toMatchObject({ code: 'store_refused' });
    expect(await store.ofMeter('profile', 'm1', [slotIn('2026-08')])).toEqual([]);
    await store.close();
  });

  test('a slot of no year that a meter could name is refused, and asking for one gives nothing', async () => {
    const store = await openSqliteReadingStore(newPath('readings'));
    for (const slot of [-1, Date.UTC(10_000, 0, 1), Number.MAX_SAFE_INTEGER]) {
      const batch = batchOf('profile', ['energy_import_wh'], [{ slot, readAt: 1, meterTime: null, values: [1] }]);
      await expect(store.write([batch])).rejects.toMatchObject({ code: 'store_refused', next: 'skip' });
      expect(await store.ofMeter('profile', 'm1', [slot, Number.NaN])).toEqual([]);
    }
    await store.close();
  });

  test('sealed months take late rows into a new part, and a reader beside follows every step', async () => {
    const folder = newPath('readings');
    const reader = await openSqliteReadingStore(folder, { readOnly: true });
    const store = await openSqliteReadingStore(folder);
    const slots = [0, 15, 30].map((minutes) => slotIn('2026-08', minutes));
    const rows = slots.map((slot, i) => batchOf('profile', ['energy_import_wh'], [{ slot, values: [i] }]));
    const [first, second, third] = rows as [NewReadings, NewReadings, NewReadings];
    await store.write([first]);
    expect(await reader.ofMeter('profile', 'm1', slots)).toEqual(allStored(first));
    expect(await store.keeper?.seal('2026-08')).toBe(true);
    expect(await reader.ofMeter('profile', 'm1', slots)).toEqual(allStored(first));
    expect(await store.write([first, second])).toEqual({ stored: 1, repeated: 1, conflicts: [] });
    const other = batchOf('profile', ['energy_import_wh'], [{ slot: slots[0] ?? 0, values: [9] }]);
    const conflicts = [{ task: 'profile', stored: allStored(first)[0], refused: allStored(other)[0] }];
    expect(await store.write([other])).toEqual({ stored: 0, repeated: 0, conflicts });
    expect(await store.keeper?.seal('2026-08'), 'the first one still waits').toBe(false);
    await store.write([third]);
    for (const each of [store, reader]) {
      expect(await each.ofMeter('profile', 'm1', slots)).toEqual(rows.flatMap(allStored));
      expect(await each.marks('profile', slots)).toHaveLength(3);
    }
    await store.keeper?.remove('2026-08');
    for (const each of [store, reader]) expect(await each.ofMeter('profile', 'm1', slots)).toEqual([]);
    expect(namesIn(folder)).toEqual(['in-use']);
    await Promise.all([store.close(), reader.close()]);
    expect(namesIn(folder)).toEqual([]);
  });

  test('more months than connections are written, read and closed, and nothing is left open', async () => {
    const folder = newPath('readings');
    const store = await openSqliteReadingStore(folder);
    const reader = await openSqliteReadingStore(folder, { readOnly: true });
    const many = Array.from({ length: 9 }, (_, i) => `2026-0${i + 1}`);
    await store.write([across(many)]);
    const slots = many.map((month) => slotIn(month));
    for (const each of [store, reader]) {
      const [all, again] = await Promise.all([
        each.ofMeter('profile', 'm1', slots),
        each.ofMeter('profile', 'm1', slots),
      ]);
      expect(all).toEqual(allStored(across(many)));
      expect(again).toEqual(all);
    }
    await reader.close();
    await store.close();
    expect(namesIn(folder)).toEqual(many.map((month) => `${month}.sqlite`));
  });

  test('expired tasks leave the open part while a reader has it open, and the rest stays', async () => {
    const folder = newPath('readings');
    const store = await openSqliteReadingStore(folder);
    const reader = await openSqliteReadingStore(folder, { readOnly: true });
    const curve = across(['2026-08']);
    const freeze = { ...curve, task: 'freeze-day' };
    await store.write([curve, freeze]);
    const slots = [slotIn('2026-08')];
    expect(await reader.ofMeter('profile', 'm1', slots)).toEqual(allStored(curve));
    expect(await store.keeper?.dropTasks('2026-08', (task) => task === 'profile')).toEqual(['profile']);
    expect(await reader.ofMeter('profile', 'm1', slots)).toEqual([]);
    expect(await reader.ofMeter('freeze-day', 'm1', slots)).toEqual(allStored(freeze));
    expect(await store.write([curve]), 'a late row begins the task anew').toMatchObject({ stored: 1 });
    await Promise.all([store.close(), reader.close()]);
  });
});

describe('the one file of the first release', () => {
  async function firstRelease(folder: string, batches: readonly NewReadings[]): Promise<void> {
    const file = await openToWrite(firstReleasePath(folder));
    await (await prepareWrite(file, batches)).commit();
    await file.client.close();
  }

  test('is carried over into months by the writer, and answers readers until then', async () => {
    const folder = newPath('readings');
    const curve = across(MONTHS);
    const freeze = batchOf(
      'Freeze-Day',
      ['voltage_a_v', 'energy_import_wh'],
      [{ meter: 'm2', slot: slotIn('2026-09'), values: [230.1, null], rules: ['jump'], quality: 'suspect' }],
    );
    await firstRelease(folder, [curve, freeze]);
    const slots = MONTHS.map((month) => slotIn(month));
    const reader = await openSqliteReadingStore(folder, { readOnly: true });
    expect(await reader.ofMeter('profile', 'm1', slots)).toEqual(allStored(curve));
    const logger = quietLogger();
    const store = await openSqliteReadingStore(folder, { log: logger });
    expect(existsSync(firstReleasePath(folder))).toBe(false);
    expect(logger.lines.filter(({ message }) => message === 'a month has been carried over')).toHaveLength(5);
    for (const each of [store, reader]) {
      expect(await each.ofMeter('profile', 'm1', slots)).toEqual(allStored(curve));
      expect(await each.ofSlot('Freeze-Day', slotIn('2026-09'), ['m2'])).toEqual(allStored(freeze));
    }
    expect(await store.write([curve, freeze])).toEqual({ stored: 0, repeated: 6, conflicts: [] });
    await Promise.all([store.close(), reader.close()]);
  });

  test('is carried over again from the beginning when the first time was cut short', async () => {
    const folder = newPath('readings');
    await firstRelease(folder, [across(MONTHS)]);
    const half = await openToWrite(openPath(folder, '2026-08'));
    await (
      await prepareWrite(half, [batchOf('profile', ['energy_import_wh'], [{ meter: 'm0', values: [7] }])])
    ).commit();
    await (await prepareWrite(half, [across(['2026-08'])])).commit();
    await half.client.close();
    const store = await openSqliteReadingStore(folder);
    const slots = MONTHS.map((month) => slotIn(month));
    expect(await store.ofMeter('profile', 'm1', slots)).toEqual(allStored(across(MONTHS)));
    expect(await store.marks('profile', slots)).toHaveLength(5);
    await store.close();
  });

  test('is set aside, saying so, when it is damaged, and the gateway goes on', async () => {
    const folder = newPath('readings');
    mkdirSync(dirname(firstReleasePath(folder)), { recursive: true });
    writeFileSync(firstReleasePath(folder), 'no database '.repeat(1000));
    const logger = quietLogger();
    const store = await openSqliteReadingStore(folder, { log: logger });
    expect(await store.write([across(MONTHS)])).toMatchObject({ stored: 5 });
    expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    expect(existsSync(join(dirname(folder), 'readings.damaged-1.sqlite'))).toBe(true);
    await store.close();
  });
});

test('a first release whose pages are damaged is set aside, and what was read of it before stays', async () => {
  const folder = newPath('readings');
  const file = await openToWrite(firstReleasePath(folder));
  const rows = (month: string) =>
    Array.from({ length: 3000 }, (_, m) => ({ slot: slotIn(month, m), meter: `m${m}`, values: [m] }));
  const batches = ['2026-07', '2026-08', '2026-09'].map((month) =>
    batchOf('profile', ['energy_import_wh'], rows(month)),
  );
  await (await prepareWrite(file, batches)).commit();
  await file.client.close();
  // Meters come first, then the readings of July; here lie those of the months after it.
  const content = readFileSync(firstReleasePath(folder));
  const from = Math.floor((content.length * 0.8) / 4096) * 4096;
  writeFileSync(firstReleasePath(folder), content.fill(0xa5, from, from + 4096));
  const logger = quietLogger();
  const store = await openSqliteReadingStore(folder, { log: logger });
  const [line] = logger.lines.filter(({ level }) => level === 'error');
  expect(line?.fields).toMatchObject({ path: firstReleasePath(folder) });
  expect(await store.ofMeter('profile', 'm1', [slotIn('2026-07', 1)])).toHaveLength(1);
  expect(await store.write([across(MONTHS)])).toMatchObject({ stored: 5 });
  await store.close();
});

test('a first release with a reading of no month is set aside, and the others are carried over', async () => {
  const folder = newPath('readings');
  const file = await openToWrite(firstReleasePath(folder));
  const far = Date.UTC(10_000, 0, 1);
  const batch = batchOf(
    'profile',
    ['energy_import_wh'],
    [
      { slot: far, values: [1] },
      { slot: slotIn('2026-08'), values: [2] },
    ],
  );
  await (await prepareWrite(file, [batch])).commit();
  await file.client.close();
  const logger = quietLogger();
  const store = await openSqliteReadingStore(folder, { log: logger });
  expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  expect(existsSync(join(dirname(folder), 'readings.damaged-1.sqlite'))).toBe(true);
  expect(await store.ofMeter('profile', 'm1', [slotIn('2026-08')])).toHaveLength(1);
  await store.close();
});

test('a seal that was cut short after the renaming is finished by the next start', async () => {
  const folder = newPath('readings');
  const store = await openSqliteReadingStore(folder);
  await store.write([across(['2026-08'])]);
  await store.keeper?.seal('2026-08');
  await store.close();
  writeFileSync(`${openPath(folder, '2026-08')}-wal`, '');
  writeFileSync(`${openPath(folder, '2026-08')}-shm`, 'x');
  const again = await openSqliteReadingStore(folder);
  expect(namesIn(folder).filter((name) => /-(wal|shm)$/.test(name))).toEqual([]);
  expect(existsSync(sealedPath(folder, '2026-08'))).toBe(true);
  expect(await again.write([across(['2026-08'])])).toEqual({ stored: 0, repeated: 1, conflicts: [] });
  await again.close();
});

test('what must run alone waits for what runs, and holds up what comes later', async () => {
  const gate = new Gate();
  const order: string[] = [];
  const ends: (() => void)[] = [];
  const long = gate.shared(() => new Promise<void>((resolve) => ends.push(resolve)));
  const alone = gate.alone(async () => void order.push('alone'));
  const later = gate.shared(async () => void order.push('later'));
  await new Promise(setImmediate);
  expect(order).toEqual([]);
  for (const end of ends) end();
  await Promise.all([long, alone, later]);
  expect(order).toEqual(['alone', 'later']);
});
