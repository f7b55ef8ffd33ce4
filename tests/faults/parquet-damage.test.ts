import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm, truncate } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { openParquetArchive } from '#stores/parquet-archive/archive.ts';
import { generation, MONTH, make, seal } from '../gateway/stores/parquet-archive/sealed-file.ts';
import { batchOf, QUARTER_MS, SLOT } from '../gateway/stores/reading-samples.ts';
import { scratchPaths } from '../gateway/stores/scratch-folder.ts';
import { randomFrom, testSeed } from '../support/random.ts';

const newPath = scratchPaths();
const FILE = 'readings-profile.parquet';
const SLOTS = Array.from({ length: 40 }, (_, i) => SLOT + i * QUARTER_MS);

const batch = batchOf(
  'profile',
  ['energy_import_wh', 'voltage_a_v'],
  SLOTS.flatMap((slot, i) =>
    ['m1', 'm2', 'm3'].map((meter) => ({ slot, meter, values: [i * 1000, 230 + (i % 7) / 10] })),
  ),
);

async function sealed(): Promise<string> {
  const folder = newPath('readings');
  mkdirSync(folder, { recursive: true });
  await seal(folder, [batch]);
  return folder;
}

/** Rewrites a Parquet file with other rows, `select` from the relation `rows`. */
async function rewrite(path: string, select: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE rows AS SELECT * FROM read_parquet('${path}')`);
  await connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
}

describe('an archived file that is not as it was written', () => {
  test('any flipped bit is found before a value is given, and the file is named', async () => {
    const folder = await sealed();
    await make(folder);
    const path = generation(folder, 1, FILE);
    const whole = readFileSync(path);
    const seed = testSeed();
    const random = randomFrom(seed);
    for (let round = 0; round < 60; round++) {
      const flipped = Buffer.from(whole);
      const at = Math.floor(random() * whole.length);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      writeFileSync(path, flipped);
      const archive = openParquetArchive(folder);
      const read =
        round % 2 === 0 ? archive.ofMeter(MONTH, 'profile', 'm2', SLOTS) : archive.marks(MONTH, 'profile', SLOTS);
      const error = { code: 'archive_damaged', message: expect.stringContaining(path) };
      await expect(read, `seed ${seed}, byte ${at}`).rejects.toMatchObject(error);
      await archive.close();
    }
    await expect(make(folder)).rejects.toMatchObject({ code: 'archive_damaged', context: { path } });
  });

  test('a file that is missing or too short and a manifest that is none are named, and no older one is taken', async () => {
    const folder = await sealed();
    await make(folder);
    await make(folder);
    const path = generation(folder, 2, FILE);
    const manifest = generation(folder, 2, 'manifest.json');
    const archive = openParquetArchive(folder);
    const harms = [
      () => truncate(path, 100),
      () => rm(path),
      () => truncate(manifest, 50),
      () => writeFileSync(manifest, '{}'),
    ];
    const named = [`${path}: it has 100 bytes`, path, manifest, manifest];
    for (const [i, harm] of harms.entries()) {
      await harm();
      const fresh = openParquetArchive(folder);
      expect(await fresh.months()).toEqual(new Set([MONTH]));
      const error = { code: 'archive_damaged', message: expect.stringContaining(named[i] ?? '') };
      await expect(fresh.marks(MONTH, 'profile', SLOTS)).rejects.toMatchObject(error);
      await fresh.close();
    }
    await archive.close();
  });
});

describe('verification of a new generation', () => {
  const key = `meter = 'm2' AND epoch_ms(slot) = ${SLOTS[7]}`;
  const wrong = {
    'a value': [
      `SELECT * REPLACE (CASE WHEN ${key} THEN 230.71 ELSE voltage_a_v END AS voltage_a_v) FROM rows`,
      /voltage_a_v.*230\.71.*230/,
    ],
    'a value that there was not': [
      `SELECT * REPLACE (CASE WHEN NOT (${key}) THEN energy_import_wh END AS energy_import_wh) FROM rows`,
      /energy_import_wh.*none.*7000/,
    ],
    'a quality': [
      `SELECT * REPLACE (CASE WHEN ${key} THEN 'late' ELSE quality END AS quality) FROM rows`,
      /quality.*2 .*0 /,
    ],
    'an instant': [`SELECT * REPLACE (CASE WHEN ${key} THEN slot ELSE read_at END AS read_at) FROM rows`, /read time/],
    rules: [`SELECT * REPLACE (CASE WHEN ${key} THEN '["x"]' END AS rules) FROM rows`, /rules.*\["x"\].*none/],
    'a lost row': [`SELECT * FROM rows WHERE NOT (${key})`, /row.*none.*there/],
    'a row too much': [`SELECT * FROM rows UNION ALL SELECT * FROM rows WHERE ${key}`, /row.*there.*none/],
    'another meter': [`SELECT * REPLACE (CASE WHEN ${key} THEN 'm4' ELSE meter END AS meter) FROM rows`, /row/],
  } as const;
  test.each(Object.entries(wrong))('finds %s', async (_what, [select, message]) => {
    const folder = await sealed();
    const making = make(folder, (own) => rewrite(`${own}/${FILE}`, select));
    await expect(making).rejects.toMatchObject({ code: 'archive_differs', message: expect.stringMatching(message) });
    const archive = openParquetArchive(folder);
    expect(await archive.months()).toEqual(new Set());
    await archive.close();
  });

  test('finds a row of the generation before that is not taken over', async () => {
    const folder = await sealed();
    await make(folder);
    await rm(`${folder}/${MONTH}.sealed.sqlite`);
    await seal(folder, [batchOf('profile', ['energy_import_wh'], [{ meter: 'm9', values: [1] }])]);
    const select = `SELECT * FROM rows WHERE NOT (${key})`;
    await expect(make(folder, (own) => rewrite(`${own}/${FILE}`, select))).rejects.toMatchObject({
      message: expect.stringMatching(/row of meter m2 at 2026-11-20T17:45.* none /),
    });
  });

  test('a slot of another month and a column that is no quantity are refused', async () => {
    const folder = newPath('readings');
    mkdirSync(folder, { recursive: true });
    await seal(folder, [batchOf('profile', ['energy_import_wh'], [{ values: [1] }])], '2026-10');
    await expect(make(folder, undefined, '2026-10')).rejects.toMatchObject({ code: 'archive_source' });
  });
});
