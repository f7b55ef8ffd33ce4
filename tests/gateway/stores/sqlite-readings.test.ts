import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { MeterwayError } from '#platform/errors.ts';
import { openPath } from '#stores/sqlite-readings/folder.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { integrityOf, writeUntilKilled } from './crash.ts';
import { readingsOf, slotOf } from './crash-samples.ts';
import { allStored, batchOf, SLOT } from './reading-samples.ts';
import { describeReadingStore } from './reading-store-contract.ts';
import { scratchPaths } from './scratch-folder.ts';

const newPath = scratchPaths();
const paths = new Map<string, string>();

describeReadingStore('SQLite', (place, options) => {
  const path = paths.get(place) ?? newPath(place);
  paths.set(place, path);
  return openSqliteReadingStore(path, options);
});

/** Does as the store says: a writer that has waited too long for the other one tries again. */
async function whenFree<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof MeterwayError && error.code === 'store_busy' && error.next === 'retry') return whenFree(write);
    throw error;
  }
}

describe('readings in SQLite', () => {
  test('a writer killed with -9 again and again loses nothing acknowledged and leaves nothing by halves', async () => {
    const path = newPath();
    let next = 0;
    for (const more of [1, 30, 6]) {
      const last = await writeUntilKilled('readings', path, next, next + more);
      const reader = await openSqliteReadingStore(path, { readOnly: true });
      for (let n = next; n <= last; n++) {
        const batch = readingsOf(n);
        const meters = batch.rows.map((row) => row.meter);
        expect(await reader.ofSlot('profile', slotOf(n), meters)).toEqual(allStored(batch));
      }
      const unsure = (await reader.marks('profile', [slotOf(last + 1)])).length;
      expect([0, readingsOf(0).rows.length]).toContain(unsure);
      expect(await reader.marks('profile', [slotOf(last + 2)])).toEqual([]);
      await reader.close();
      expect(integrityOf(openPath(path, '2026-11'))).toEqual(['ok']);
      next = last + 1;
    }
    const again = await openSqliteReadingStore(path);
    const repeated = await again.write(Array.from({ length: next }, (_, n) => readingsOf(n)));
    expect(repeated).toEqual({ stored: 0, repeated: next * readingsOf(0).rows.length, conflicts: [] });
    await again.close();
  });

  test('a slot of more meters than one answer holds is marked whole, and so are the slots after it', async () => {
    const store = await openSqliteReadingStore(newPath());
    const rows = Array.from({ length: 100_010 }, (_, i) => ({ meter: `m${i}`, values: [i] }));
    const next = SLOT + 900_000;
    await store.write([
      batchOf('profile', ['energy_import_wh'], rows),
      batchOf('profile', ['energy_import_wh'], [{ meter: 'm1', slot: next, values: [1] }]),
    ]);
    const marks = await store.marks('profile', [next, SLOT]);
    expect(marks).toHaveLength(100_011);
    expect(new Set(marks.map((mark) => `${mark.slot} ${mark.meter}`)).size).toBe(100_011);
    await store.close();
  });

  test('rows are clustered by (slot, meter) and every number is stored as an integer', async () => {
    const path = newPath();
    const store = await openSqliteReadingStore(path);
    const row = { meter: 'm7', values: [1e12, 230.46], rules: ['jump'], quality: 'late' } as const;
    await store.write([batchOf('Freeze-Day', ['energy_import_wh', 'voltage_a_v'], [row])]);
    await store.close();
    const database = new DatabaseSync(openPath(path, '2026-11'), { readOnly: true });
    const table = '"reading:^freeze-^day"';
    expect(database.prepare(`SELECT * FROM ${table}`).all()).toMatchObject([
      {
        ...{ slot: SLOT, meter: 1, meter_time: 7, read_at: 21_000, quality: 2, rules: '["jump"]' },
        ...{ energy_import_wh: 1_000_000_000_000, voltage_a_v: 23_046 },
      },
    ]);
    const types = 'typeof(slot) a, typeof(meter) b, typeof(energy_import_wh) c, typeof(voltage_a_v) d';
    expect(Object.values(database.prepare(`SELECT ${types} FROM ${table}`).get() ?? {})).toEqual(
      Array.from({ length: 4 }, () => 'integer'),
    );
    const plan = database.prepare(`EXPLAIN QUERY PLAN SELECT * FROM ${table} WHERE slot IN (1, 2) AND meter = 3`).all();
    expect(plan).toMatchObject([{ detail: expect.stringContaining('USING PRIMARY KEY (slot=? AND meter=?)') }]);
    database.close();
  });

  test('a file of a newer program is refused by writer and reader', async () => {
    const path = newPath();
    await (await openSqliteReadingStore(path)).close();
    const database = new DatabaseSync(openPath(path, '2026-11'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    const newer = { code: 'store_newer', next: 'stop', message: expect.stringContaining('layout 99') };
    await expect(openSqliteReadingStore(path)).rejects.toMatchObject(newer);
    const reader = await openSqliteReadingStore(path, { readOnly: true });
    await expect(reader.marks('profile', [SLOT])).rejects.toMatchObject(newer);
    await reader.close();
  });

  test('a reader cannot write', async () => {
    const reader = await openSqliteReadingStore(newPath(), { readOnly: true });
    const written = reader.write([batchOf('profile', ['energy_import_wh'], [{ values: [1] }])]);
    await expect(written).rejects.toMatchObject({ code: 'store_read_only', next: 'stop' });
    await reader.close();
  });

  test('two writers on one file give every meter one number and every key one reading', async () => {
    const path = newPath();
    const [a, b] = await Promise.all([openSqliteReadingStore(path), openSqliteReadingStore(path)]);
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, n) => whenFree(() => (n % 2 === 0 ? a : b).write([readingsOf(n % 10)]))),
    );
    expect(results.reduce((sum, result) => sum + result.stored, 0)).toBe(10 * readingsOf(0).rows.length);
    expect(results.flatMap((result) => result.conflicts)).toEqual([]);
    for (let n = 0; n < 10; n++) {
      const meters = readingsOf(n).rows.map((row) => row.meter);
      expect(await a.ofSlot('profile', slotOf(n), meters)).toEqual(allStored(readingsOf(n)));
    }
    for (let n = 0; n < 25; n++) {
      const batch = { ...readingsOf(0), task: `new-${n}` };
      await Promise.all([a, b].map((store) => whenFree(() => store.write([batch]))));
      expect(await b.marks(batch.task, [SLOT])).toHaveLength(batch.rows.length);
    }
    await Promise.all([a.close(), b.close()]);
  });
});
