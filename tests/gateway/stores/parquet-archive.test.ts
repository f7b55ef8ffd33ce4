import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, describe, expect, test } from 'vitest';
import type { QuantityName } from '#contract/quantities.ts';
import { openParquetArchive } from '#stores/parquet-archive/archive.ts';
import { packMonth } from '#stores/parquet-archive/pack.ts';
import type { ReadingArchive } from '#stores/reading-archive.ts';
import { generation, inOrder, MONTH, make, seal } from './parquet-archive/sealed-file.ts';
import { allStored, batchOf, QUARTER_MS, SLOT } from './reading-samples.ts';
import { scratchPaths } from './scratch-folder.ts';

const newPath = scratchPaths();
const opened: ReadingArchive[] = [];

function folderOf(name = 'readings'): string {
  const folder = newPath(name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function archiveOf(folder: string): ReadingArchive {
  const archive = openParquetArchive(folder);
  opened.push(archive);
  return archive;
}

afterEach(async () => {
  for (const archive of opened.splice(0)) await archive.close();
});

const ODD_IDS = ['-', '_', '0', '01', 'm1', 'M1', 'mM', 'Mm', '__proto__', 'constructor', 'con', 'NUL', 'x'.repeat(64)];

describe('archive of closed months', () => {
  test('a reading comes back as it was written, whatever its kind, sign and size', async () => {
    const folder = folderOf();
    const quantities = [
      ...([
        'energy_import_wh',
        'energy_combined_wh',
        'voltage_a_v',
        'power_active_total_w',
        'power_factor_total',
      ] as const),
      ...(['relay_open', 'status_word_1', 'demand_import_max_at', 'clock_offset_s', 'current_n_a'] as const),
    ] satisfies readonly QuantityName[];
    const most = Number.MAX_SAFE_INTEGER;
    const batch = batchOf('profile', quantities, [
      { meter: 'm1', values: [999_999_990, -1e12, 230.46, -123_456.7, -1, 1, 0xffff, SLOT - 1234, -7, 0.005] },
      { meter: 'm2', values: [0, 0, 0, -0.1, 0.999, 0, 0, SLOT, 86_400, 1.1], meterTime: null, quality: 'late' },
      { meter: 'm3', values: quantities.map(() => null), meterTime: SLOT - 5000 },
      {
        meter: 'm4',
        values: [most, -most, 1e12, most / 10, 0.001, 1, 1, most, -most, 0.3],
        readAt: 0,
        quality: 'suspect',
      },
      { meter: 'm5', values: quantities.map(() => 1), rules: ['jump', '电压越限', `a,"b"'`], meterTime: 0 },
    ]);
    await seal(folder, [batch]);
    expect(await make(folder)).toMatchObject({ month: MONTH, generation: 1, rows: 5, tasks: 1 });
    const archive = archiveOf(folder);
    expect(await archive.ofSlot(MONTH, 'profile', SLOT, ['m5', 'm4', 'm3', 'm2', 'm1'])).toEqual(allStored(batch));
  });

  test('ids that look like keywords, numbers or each other stay apart, as task and as meter', async () => {
    const folder = folderOf();
    const batches = ODD_IDS.map((task, t) =>
      batchOf(
        task,
        ['energy_import_wh'],
        ODD_IDS.map((meter, m) => ({ meter, values: [t * 1000 + m] })),
      ),
    );
    await seal(folder, batches);
    await make(folder);
    const archive = archiveOf(folder);
    for (const batch of batches) {
      const found = await archive.ofSlot(MONTH, batch.task, SLOT, ODD_IDS);
      expect(found).toEqual(inOrder(allStored(batch)));
    }
  });

  test('any tool reads the file: names, units and instants in UTC', async () => {
    const folder = folderOf();
    const quantities = ['energy_import_wh', 'voltage_a_v', 'demand_import_max_at'] as const;
    await seal(folder, [batchOf('Freeze-Day', quantities, [{ values: [42, 230.1, SLOT], rules: ['jump'] }])]);
    await make(folder);
    const path = generation(folder, 1, 'readings-+freeze-+day.parquet');
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const rows = async (sql: string) => (await connection.run(sql, [path])).getRowObjectsJson();
    expect(await rows('SELECT * REPLACE (epoch_ms(slot) AS slot) FROM read_parquet($1)')).toMatchObject([
      {
        meter: 'm1',
        slot: String(SLOT),
        quality: 'valid',
        rules: '["jump"]',
        energy_import_wh: '42',
        voltage_a_v: 230.1,
      },
    ]);
    const types = await rows(
      `SELECT name, type || coalesce(' ' || logical_type[:35], '') AS type FROM parquet_schema($1) WHERE type IS NOT NULL`,
    );
    const instant = 'INT64 TimestampType(isAdjustedToUTC=1, un';
    expect(Object.fromEntries(types.map(({ name, type }) => [name, type]))).toMatchObject({
      slot: instant,
      meter_time: instant,
      read_at: instant,
      demand_import_max_at: instant,
      voltage_a_v: 'DOUBLE',
      energy_import_wh: expect.stringMatching(/^INT64/),
    });
    const units = await rows(`SELECT decode(value) AS value FROM parquet_kv_metadata($1) WHERE decode(key) = 'units'`);
    expect(JSON.parse(String(units[0]?.['value']))).toMatchObject({ energy_import_wh: 'Wh', voltage_a_v: 'V' });
    connection.closeSync();
    instance.closeSync();
  });

  test('a folder that is not there, a month, a task or a meter that it does not have give nothing', async () => {
    const folder = folderOf();
    const archive = archiveOf(`${folder}/later`);
    expect(await archive.months()).toEqual(new Set());
    expect(await archive.marks(MONTH, 'profile', [SLOT])).toEqual([]);
    mkdirSync(`${folder}/later`);
    await seal(`${folder}/later`, [batchOf('profile', ['energy_import_wh'], [{ values: [1] }])]);
    await make(`${folder}/later`);
    expect(await archive.months()).toEqual(new Set([MONTH]));
    expect(await archive.marks('2026-10', 'profile', [SLOT])).toEqual([]);
    expect(await archive.marks(MONTH, 'other', [SLOT])).toEqual([]);
    expect(await archive.ofMeter(MONTH, 'profile', 'm2', [SLOT])).toEqual([]);
    expect(await archive.ofMeter(MONTH, 'profile', 'm1', [])).toEqual([]);
    expect(await archive.ofMeter(MONTH, 'profile', 'm1', [SLOT + 0.5])).toEqual([]);
    expect(await archive.ofSlot(MONTH, 'profile', SLOT, [])).toEqual([]);
    expect(await archive.ofKeys(MONTH, 'profile', [])).toEqual([]);
    expect(await archive.marks(MONTH, 'profile', [SLOT])).toHaveLength(1);
  });

  test('a folder whose name looks like a pattern or a column is read, and not the one that the pattern fits', async () => {
    const parent = folderOf();
    const batches = [1, 2].map((value) => batchOf('profile', ['energy_import_wh'], [{ values: [value] }]));
    const folders = ["ab=it's", "a[b]=it's"].map((name) => `${parent}/${name}`);
    for (const [i, folder] of folders.entries()) {
      mkdirSync(folder);
      await seal(folder, batches.slice(i, i + 1));
      await make(folder);
      await make(folder);
    }
    for (const [i, folder] of folders.entries()) {
      const found = await archiveOf(folder).ofMeter(MONTH, 'profile', 'm1', [SLOT]);
      expect(found).toEqual(batches.slice(i, i + 1).flatMap(allStored));
    }
  });

  test('longer lists than fit into one statement are answered whole and each row once', async () => {
    const folder = folderOf();
    const slots = Array.from({ length: 500 }, (_, i) => SLOT + i * QUARTER_MS);
    const rows = slots.flatMap((slot, i) =>
      ['m1', 'm2', 'm3', 'm4', 'm5'].map((meter) => ({ slot, meter, values: [i] })),
    );
    const batch = batchOf('profile', ['energy_import_wh'], rows);
    await seal(folder, [batch]);
    await make(folder);
    const archive = archiveOf(folder);
    const keys = batch.rows.map(({ meter, slot }) => ({ meter, slot }));
    expect(inOrder(await archive.ofKeys(MONTH, 'profile', [...keys, ...keys]))).toEqual(inOrder(allStored(batch)));
    const many = Array.from({ length: 2500 }, (_, i) => SLOT + (i - 1000) * QUARTER_MS);
    expect(await archive.marks(MONTH, 'profile', [...many, ...many])).toHaveLength(2500);
    expect((await archive.ofMeter(MONTH, 'profile', 'm3', [...many, ...many])).map(({ slot }) => slot)).toEqual(slots);
  });

  test('a closed archive refuses, and what runs is answered before it closes', async () => {
    const folder = folderOf();
    await seal(folder, [batchOf('profile', ['energy_import_wh'], [{ values: [1] }])]);
    await make(folder);
    const archive = archiveOf(folder);
    const running = [1, 2, 3, 4].map(() => archive.marks(MONTH, 'profile', [SLOT]));
    await archive.close();
    expect((await Promise.all(running)).flat()).toHaveLength(4);
    await expect(archive.months()).rejects.toMatchObject({ code: 'store_closed' });
  });
});

describe('generations of an archived month', () => {
  const early = batchOf(
    'profile',
    ['energy_import_wh', 'voltage_a_v'],
    [
      { meter: 'm1', values: [1, 230.5] },
      { meter: 'm3', values: [3, null], readAt: SLOT + 5 },
    ],
  );
  const late = batchOf(
    'profile',
    ['current_n_a', 'energy_import_wh'],
    [
      { meter: 'm0', values: [0.7, 7], rules: ['late'] },
      { meter: 'm2', values: [0.005, 2] },
      { meter: 'm1', slot: SLOT + QUARTER_MS, values: [null, 9] },
    ],
  );

  test('a second one holds the rows of the first and of the late ones, and readers see it at once', async () => {
    const folder = folderOf();
    await seal(folder, [early, batchOf('only-before', ['relay_open'], [{ values: [1] }])]);
    await make(folder);
    const archive = archiveOf(folder);
    expect(await archive.marks(MONTH, 'profile', [SLOT])).toHaveLength(2);
    await rm(`${folder}/${MONTH}.sealed.sqlite`);
    await seal(folder, [late, batchOf('only-late', ['relay_open'], [{ values: [0] }])]);
    expect(await make(folder)).toMatchObject({ generation: 2, rows: 7, tasks: 3 });
    await rm(generation(folder, 1), { recursive: true });
    const slots = [SLOT, SLOT + QUARTER_MS];
    const found = [];
    for (const meter of ['m0', 'm1', 'm2', 'm3'])
      found.push(...(await archive.ofMeter(MONTH, 'profile', meter, slots)));
    expect(inOrder(found)).toEqual(inOrder([...allStored(early), ...allStored(late)]));
    expect(await archive.marks(MONTH, 'only-before', [SLOT])).toHaveLength(1);
    expect(await archive.marks(MONTH, 'only-late', [SLOT])).toHaveLength(1);
  });

  test('of a key that both sources have, the archived row stays; other values in it are an error', async () => {
    const folder = folderOf();
    await seal(folder, [early]);
    await make(folder);
    await rm(`${folder}/${MONTH}.sealed.sqlite`);
    const again = { meter: 'm1', readAt: SLOT + 99, quality: 'suspect' } as const;
    await seal(folder, [batchOf('profile', ['energy_import_wh', 'voltage_a_v'], [{ ...again, values: [1, 230.5] }])]);
    expect(await make(folder)).toMatchObject({ generation: 2, rows: 2 });
    expect(await archiveOf(folder).ofMeter(MONTH, 'profile', 'm1', [SLOT])).toEqual(allStored(early).slice(0, 1));
    await rm(`${folder}/${MONTH}.sealed.sqlite`);
    await seal(folder, [batchOf('profile', ['energy_import_wh'], [{ ...again, values: [2] }])]);
    await expect(make(folder)).rejects.toMatchObject({
      code: 'archive_differs',
      message: expect.stringMatching(
        /energy_import_wh of meter m1 at 2026-11-20T16:00:00.000Z in task profile is 1 .* 2 /,
      ),
    });
    await expect(stat(generation(folder, 3))).rejects.toThrow();
  });

  test('a broken-off attempt is not read and goes away with the next packing, which a whole one does not', async () => {
    const folder = folderOf();
    await seal(folder, [early]);
    await make(folder);
    await make(folder);
    await rename(generation(folder, 2), generation(folder, 7));
    await rm(generation(folder, 7, 'manifest.json'));
    const archive = archiveOf(folder);
    expect(await archive.marks(MONTH, 'profile', [SLOT])).toHaveLength(2);
    expect(await make(folder)).toMatchObject({ generation: 8, rows: 2 });
    await expect(stat(generation(folder, 7))).rejects.toThrow();
    await stat(generation(folder, 1));
  });

  test('reads that have begun with a generation go on with the one that replaces it', async () => {
    const folder = folderOf();
    await seal(folder, [early]);
    await make(folder);
    await make(folder);
    await rename(generation(folder, 2), `${folder}/aside`);
    const archive = archiveOf(folder);
    const read = () => archive.ofMeter(MONTH, 'profile', 'm1', [SLOT]);
    await read();
    const reads = Array.from({ length: 30 }, read);
    // The others wait for their turn by now, with the first generation in their hands.
    await reads[0];
    renameSync(`${folder}/aside`, generation(folder, 2));
    rmSync(generation(folder, 1), { recursive: true });
    for (const found of await Promise.all(reads)) expect(found).toEqual(allStored(early).slice(0, 1));
    await rm(generation(folder, 2), { recursive: true });
    expect(await read()).toEqual([]);
  });

  test('a month is packed by a process of its own', async () => {
    const folder = folderOf();
    await seal(folder, [early]);
    expect(await packMonth(folder, MONTH)).toMatchObject({ month: MONTH, generation: 1, rows: 2, tasks: 1 });
    expect(await archiveOf(folder).marks(MONTH, 'profile', [SLOT])).toHaveLength(2);
    await expect(packMonth(folder, '2026-10')).rejects.toMatchObject({ message: expect.stringContaining('2026-10') });
  });

  test('a packing process that is stopped is told of and leaves no generation', async () => {
    const folder = folderOf();
    await seal(folder, [early]);
    const stop = new AbortController();
    const packing = packMonth(folder, MONTH, { signal: stop.signal });
    stop.abort();
    await expect(packing).rejects.toMatchObject({ code: 'archive_stopped' });
    expect(await archiveOf(folder).months()).toEqual(new Set());
  });
});
