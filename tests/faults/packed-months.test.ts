import { describe, expect, test } from 'vitest';
import { monthsIn } from '#stores/sqlite-readings/folder.ts';
import { openSqliteReadingStore, type SqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { MemoryArchive } from '../gateway/stores/memory-archive.ts';
import { allStored, batchOf, QUARTER_MS, SLOT } from '../gateway/stores/reading-samples.ts';
import { describeReadingStore } from '../gateway/stores/reading-store-contract.ts';
import { scratchPaths } from '../gateway/stores/scratch-folder.ts';

const newPath = scratchPaths();

async function sealAll(store: SqliteReadingStore, folder: string): Promise<void> {
  for (const { month } of monthsIn(folder)) await store.keeper?.seal(month);
}

/** Seals what is open and packs what is sealed. */
async function packAll(store: SqliteReadingStore, folder: string, archive: MemoryArchive): Promise<void> {
  await sealAll(store, folder);
  for (const { month } of monthsIn(folder).filter(({ isSealed }) => isSealed)) {
    await archive.pack(folder, month);
    await store.keeper?.removeSealed(month);
  }
}

/**
 * A store whose months are sealed before its second write and packed before the third, and so on now and then: most of
 * what comes is late.
 */
function restless() {
  const places = new Map<string, { folder: string; archive: MemoryArchive }>();
  return async (place: string, options?: { readOnly?: boolean }): Promise<SqliteReadingStore> => {
    const known = places.get(place) ?? { folder: newPath(place), archive: new MemoryArchive() };
    places.set(place, known);
    const { folder, archive } = known;
    const store = await openSqliteReadingStore(folder, { ...options, archive });
    if (options?.readOnly) return store;
    if (monthsIn(folder).length > 0) await packAll(store, folder, archive);
    const write = store.write.bind(store);
    let calls = 0;
    let moving: Promise<void> = Promise.resolve();
    store.write = (batches) => {
      const call = ++calls;
      if (call === 3 || call % 50 === 0) moving = moving.then(() => packAll(store, folder, archive));
      else if (call === 2 || call % 50 === 25) moving = moving.then(() => sealAll(store, folder));
      else return write(batches);
      return moving.then(() => write(batches));
    };
    return store;
  };
}

describeReadingStore('SQLite, with months that are sealed and packed between the writes', restless());

describe('rows for a month that is packed', () => {
  test('a quantity or a meter that the archive never had is taken, and read together with it', async () => {
    const folder = newPath();
    const archive = new MemoryArchive();
    const store = await openSqliteReadingStore(folder, { archive });
    const early = batchOf('profile', ['energy_import_wh'], [{ meter: 'm1', values: [1] }]);
    const late = batchOf('profile', ['voltage_a_v'], [{ meter: 'm2', values: [230] }]);
    await store.write([early]);
    await packAll(store, folder, archive);
    expect(monthsIn(folder)).toEqual([]);
    expect(await store.write([late, early])).toEqual({ stored: 1, repeated: 1, conflicts: [] });
    expect(await store.ofSlot('profile', SLOT, ['m1', 'm2'])).toEqual([...allStored(early), ...allStored(late)]);
    await store.close();
  });

  test('a reader beside misses nothing while parts are sealed, packed and removed under it', async () => {
    const folder = newPath();
    const archive = new MemoryArchive();
    const store = await openSqliteReadingStore(folder, { archive });
    const reader = await openSqliteReadingStore(folder, { readOnly: true, archive });
    const slots = Array.from({ length: 12 }, (_, i) => SLOT + i * QUARTER_MS);
    let acked = 0;
    let isOver = false;
    const reading = (async () => {
      for (let reads = 1; ; reads++) {
        const least = acked;
        const found = await reader.ofMeter('profile', 'm1', slots);
        expect(found.map(({ slot }) => slot)).toEqual(slots.slice(0, found.length));
        expect(found.length).toBeGreaterThanOrEqual(least);
        if (isOver) return reads;
      }
    })();
    for (const slot of slots) {
      await store.write([batchOf('profile', ['energy_import_wh'], [{ slot, values: [1] }])]);
      acked++;
      if (acked % 3 === 1) await sealAll(store, folder);
      if (acked % 3 === 0) await packAll(store, folder, archive);
    }
    isOver = true;
    expect(await reading).toBeGreaterThan(3);
    await Promise.all([store.close(), reader.close()]);
  });
});
