import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { MeterwayError } from '#platform/errors.ts';
import { packMonth } from '#stores/parquet-archive/pack.ts';
import { monthsIn } from '#stores/sqlite-readings/folder.ts';
import { openSqliteReadingStore, type SqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { readingsBytes } from '../../gateway/upkeep/upkeep-metrics.ts';
import { allStored, batchOf } from '../gateway/stores/reading-samples.ts';
import { scratchPaths } from '../gateway/stores/scratch-folder.ts';
import { monthOfReadings, slotIn, upkeepOver } from '../gateway/upkeep/upkeep-bench.ts';

const PROGRAM = fileURLToPath(new URL('../gateway/upkeep/upkeep-program.ts', import.meta.url));
const newPath = scratchPaths();
/** Packing starts a process, which takes seconds on a busy machine. */
const PACKING = { timeout: 90_000 };
const HOUR_MS = 3_600_000;
const PACKED = { isOpen: false, isSealed: false };

async function contentOf(store: SqliteReadingStore, month: string, task = 'profile') {
  const slots = [0, 15, 30].map((minutes) => slotIn(month, minutes));
  return [...(await store.ofMeter(task, 'm1', slots)), ...(await store.ofMeter(task, 'm2', slots))];
}

test('a month that ended long enough ago is packed, answers as before, and takes late rows', PACKING, async () => {
  const folder = newPath('readings');
  const { store, upkeep, clock, counted } = await upkeepOver(folder);
  const months = ['2026-08', '2026-10', '2026-11'];
  await store.write(months.map((month) => monthOfReadings(month)));
  expect(await upkeep.once()).toMatchObject({ packed: [{ month: '2026-08', rows: 4 }], dropped: [], failed: [] });
  expect(monthsIn(folder)).toMatchObject([{ month: '2026-08', ...PACKED, generations: [1] }, { isOpen: true }, {}]);
  for (const month of months) expect(await contentOf(store, month)).toEqual(allStored(monthOfReadings(month)));
  const bytes = readingsBytes(folder);
  expect([bytes.get('open'), bytes.get('parquet')]).toEqual([expect.any(Number), expect.any(Number)]);

  const late = batchOf('profile', ['energy_import_wh'], [{ meter: 'm2', slot: slotIn('2026-08', 30), values: [9] }]);
  const all = [...allStored(monthOfReadings('2026-08')), ...allStored(late)];
  const written = await store.write([monthOfReadings('2026-08'), late]);
  expect(written).toEqual({ stored: 1, repeated: 4, conflicts: [] });
  expect(await contentOf(store, '2026-08')).toEqual(all);
  expect(await upkeep.once(), 'late rows wait for one another').toMatchObject({ packed: [] });
  await clock.advance(24 * HOUR_MS);
  expect(await upkeep.once()).toMatchObject({ packed: [{ month: '2026-08', rows: 5 }] });
  expect(monthsIn(folder)).toMatchObject([{ month: '2026-08', ...PACKED, generations: [2] }, {}, {}]);
  expect(await contentOf(store, '2026-08')).toEqual(all);
  expect(counted).toEqual({ packed: 2, failed: 0 });
  await store.close();
});

test('a month that cannot be packed stays readable, is told with its reason and tried again', PACKING, async () => {
  const folder = newPath('readings');
  let isFull = true;
  const { store, upkeep, logger, counted } = await upkeepOver(folder, {
    pack: async (at, month, signal) => {
      if (!isFull) return packMonth(at, month, { signal });
      mkdirSync(join(at, `${month}.1`));
      throw new MeterwayError('cannot write: no space left on device', { code: 'archive_failed', next: 'retry' });
    },
  });
  await store.write([monthOfReadings('2026-07'), monthOfReadings('2026-08')]);
  const failed = ['2026-07', '2026-08'].map((month) => ({ month, why: 'cannot write: no space left on device' }));
  expect(await upkeep.once()).toEqual({ packed: [], dropped: [], failed });
  expect(counted.failed).toBe(2);
  expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(2);
  expect(await contentOf(store, '2026-08')).toEqual(allStored(monthOfReadings('2026-08')));
  isFull = false;
  expect(await upkeep.once()).toMatchObject({ packed: [{ month: '2026-07' }, { month: '2026-08' }], failed: [] });
  expect(monthsIn(folder)).toMatchObject([PACKED, PACKED]);
  await store.close();
});

test('what is older than it is kept goes: curves first, whole months later, packed or not', PACKING, async () => {
  const folder = newPath('readings');
  const { store, upkeep, clock } = await upkeepOver(folder);
  const old = ['2021-10', '2025-08', '2025-09'];
  const batches = [...old, '2026-10', '2026-11'].flatMap((month) => [
    monthOfReadings(month),
    monthOfReadings(month, 'freeze-day'),
  ]);
  await store.write(batches);
  const report = await upkeep.once();
  expect(report.dropped).toEqual(['2021-10', '2025-08 profile', '2025-09 profile']);
  for (const month of ['2025-08', '2025-09']) {
    expect(await contentOf(store, month)).toEqual([]);
    expect(await contentOf(store, month, 'freeze-day')).toEqual(allStored(monthOfReadings(month, 'freeze-day')));
  }
  expect(await contentOf(store, '2021-10', 'freeze-day')).toEqual([]);
  expect(await contentOf(store, '2026-11')).toHaveLength(4);
  expect(await upkeep.once()).toEqual({ packed: [], dropped: [], failed: [] });
  clock.jump(80 * 365 * 24 * HOUR_MS);
  expect((await upkeep.once()).dropped, 'a clock far ahead removes nothing').toEqual([]);
  await store.close();
});

test.for(['mid-archive', 'before-archive-swap', 'after-archive-swap'])(
  'killed at %s, a month has every reading once, and the next round finishes it',
  PACKING,
  async (failpoint) => {
    const folder = newPath('readings');
    const store = await openSqliteReadingStore(folder);
    await store.write([monthOfReadings('2026-08'), monthOfReadings('2026-11')]);
    await store.close();
    const killed = spawnSync(process.execPath, [PROGRAM, folder, failpoint], { encoding: 'utf8' });
    expect([killed.signal, killed.stderr]).toEqual(['SIGKILL', '']);
    const { store: again, upkeep } = await upkeepOver(folder);
    expect(await contentOf(again, '2026-08')).toEqual(allStored(monthOfReadings('2026-08')));
    expect(await again.marks('profile', [slotIn('2026-08')])).toHaveLength(2);
    const repeated = await again.write([monthOfReadings('2026-08'), monthOfReadings('2026-11')]);
    expect(repeated).toEqual({ stored: 0, repeated: 8, conflicts: [] });
    expect((await upkeep.once()).failed).toEqual([]);
    const [august] = monthsIn(folder);
    expect(august?.generations).toHaveLength(1);
    expect(august).toMatchObject({ month: '2026-08', isSealed: false });
    expect(await contentOf(again, '2026-08')).toEqual(allStored(monthOfReadings('2026-08')));
    await again.close();
  },
);

test('a round that is told to stop ends at once and leaves the month sealed', PACKING, async () => {
  const folder = newPath('readings');
  let begun = (): void => {};
  const packing = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const { store, upkeep, counted } = await upkeepOver(folder, {
    pack: (_folder, _month, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped')));
        begun();
      }),
  });
  await store.write([monthOfReadings('2026-08')]);
  const round = upkeep.once();
  await packing;
  await upkeep.stop();
  expect(await round).toEqual({ packed: [], dropped: [], failed: [] });
  expect(counted.failed).toBe(0);
  expect(monthsIn(folder)).toMatchObject([{ isSealed: true }]);
  await store.close();
});
