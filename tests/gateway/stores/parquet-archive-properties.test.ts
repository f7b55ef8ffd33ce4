import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QUALITIES } from '#contract/quality.ts';
import { fromScaled, QUANTITIES, type QuantityName } from '#contract/quantities.ts';
import { openParquetArchive } from '#stores/parquet-archive/archive.ts';
import type { NewReading, NewReadings } from '#stores/reading-store.ts';
import { testSeed } from '../../support/random.ts';
import { fromSqlite, inOrder, MONTH, make, type SqliteAnswers, seal } from './parquet-archive/sealed-file.ts';
import { QUARTER_MS, SLOT } from './reading-samples.ts';
import { scratchPaths } from './scratch-folder.ts';

const newPath = scratchPaths();
const METERS = ['m1', 'M1', 'm10', 'm2', '_', 'constructor'];
const SLOTS = Array.from({ length: 12 }, (_, i) => i).map((i) => SLOT + i * QUARTER_MS);
const TASKS = ['profile', 'Profile', 'freeze-day'];
/** Differences to the slot stay whole numbers. */
const LATEST = Number.MAX_SAFE_INTEGER - SLOT - 1e9;

const quantities = fc.subarray(
  QUANTITIES.map(({ name }) => name),
  { minLength: 1, maxLength: 6 },
);
const key = fc.record({ meter: fc.constantFrom(...METERS), slot: fc.constantFrom(...SLOTS) });

function readingOf(names: readonly QuantityName[]): fc.Arbitrary<NewReading> {
  const scaled = fc.oneof(fc.constant(null), fc.integer({ min: -100_000, max: 100_000 }), fc.maxSafeInteger());
  const values = fc.tuple(
    ...names.map((name) => scaled.map((value) => (value === null ? null : fromScaled(name, value)))),
  );
  const instant = fc.oneof(fc.integer({ min: SLOT - 1e9, max: SLOT + 1e9 }), fc.integer({ min: 0, max: LATEST }));
  const lead = fc.record({
    meterTime: fc.option(instant),
    readAt: instant,
    quality: fc.constantFrom(...QUALITIES),
    rules: fc.array(
      fc.string({ maxLength: 6, unit: 'binary' }).filter((text) => !text.includes('\0')),
      { maxLength: 2 },
    ),
  });
  return fc.tuple(key, lead, values).map(([where, rest, all]) => ({ ...where, ...rest, values: all }));
}

const batch: fc.Arbitrary<NewReadings> = fc
  .tuple(fc.constantFrom(...TASKS), quantities)
  .chain(([task, names]) =>
    fc
      .uniqueArray(readingOf(names), { minLength: 1, maxLength: 60, selector: ({ meter, slot }) => `${meter} ${slot}` })
      .map((rows) => ({ task, quantities: names, rows })),
  );

/** Rows of one key stand in one batch only, because the store keeps the first and the test does not look for which. */
const batches = fc.uniqueArray(batch, { maxLength: 3, selector: ({ task }) => task });

async function everything(answers: SqliteAnswers) {
  const found: unknown[] = [];
  for (const task of TASKS) {
    for (const meter of METERS) found.push(await answers.ofMeter(task, meter, SLOTS.slice(1)));
    for (const slot of SLOTS) found.push(await answers.ofSlot(task, slot, METERS.slice(1)));
    found.push(inOrder(await answers.marks(task, SLOTS.slice(0, 3))));
    const keys = METERS.flatMap((meter, i) => [0, 2].map((s) => ({ meter, slot: SLOTS[(s + i) % 12] ?? 0 })));
    found.push(inOrder(await answers.ofKeys(task, keys)));
  }
  return found;
}

test('the archive answers as SQLite does from the file that it was made of, also after a second packing', async () => {
  const seed = testSeed();
  await fc.assert(
    fc.asyncProperty(batches, fc.boolean(), async (sealed, twice) => {
      const folder = newPath('readings');
      mkdirSync(folder, { recursive: true });
      await seal(folder, sealed);
      await make(folder);
      if (twice) await make(folder);
      const archive = openParquetArchive(folder);
      const archived = await everything({
        ofMeter: (...asked) => archive.ofMeter(MONTH, ...asked),
        ofSlot: (...asked) => archive.ofSlot(MONTH, ...asked),
        marks: (...asked) => archive.marks(MONTH, ...asked),
        ofKeys: (...asked) => archive.ofKeys(MONTH, ...asked),
      });
      await archive.close();
      expect(archived).toEqual(await fromSqlite(folder, everything));
      await rm(folder, { recursive: true });
    }),
    { numRuns: 4, seed },
  );
}, 60_000);
