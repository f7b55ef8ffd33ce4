import { join } from 'node:path';
import { systemClock } from '#platform/clock.ts';
import { SqliteClient } from '#platform/sqlite/client.ts';
import { makeGeneration, sealedPath } from '#stores/parquet-archive/make-generation.ts';
import type { ReadingKey } from '#stores/reading-archive.ts';
import type { NewReadings, ReadingMark, StoredReading } from '#stores/reading-store.ts';
import { Catalogue } from '#stores/sqlite-readings/catalogue.ts';
import { insertOf } from '#stores/sqlite-readings/encode.ts';
import { CREATE_META, LAYOUT } from '#stores/sqlite-readings/layout.ts';
import { MeterRefs } from '#stores/sqlite-readings/meter-refs.ts';
import { readMarks, readReadings, refsOf } from '#stores/sqlite-readings/read.ts';

export const MONTH = '2026-11';

/** Writes the batches into the sealed file of the month as the reading store does, beside what it holds already. */
export async function seal(folder: string, batches: readonly NewReadings[], month = MONTH): Promise<void> {
  const client = await SqliteClient.open(sealedPath(folder, month));
  const catalogue = new Catalogue(client);
  const refs = new MeterRefs(client);
  await client.transaction([CREATE_META, `PRAGMA user_version = ${LAYOUT}`].map((sql) => ({ sql, rows: [] })));
  await refs.add(new Set(batches.flatMap(({ rows }) => rows.map(({ meter }) => meter))));
  for (const { task, quantities } of batches) await catalogue.ensure(task, quantities);
  await client.transaction(batches.map((batch) => insertOf(batch, refs)));
  await client.close();
}

/** Makes the next generation in this process. */
export function make(folder: string, onWritten?: (own: string) => Promise<void> | void, month = MONTH) {
  const options = { memoryMb: 256, threads: 1, clock: systemClock() };
  return makeGeneration(folder, month, onWritten ? { ...options, onWritten } : options);
}

/** What SQLite answers from the sealed file. */
export async function fromSqlite<T>(folder: string, use: (answers: SqliteAnswers) => Promise<T>): Promise<T> {
  const client = await SqliteClient.open(sealedPath(folder, MONTH), { readOnly: true });
  const file = { client, catalogue: new Catalogue(client), refs: new MeterRefs(client) };
  await file.refs.load();
  const inSlots = 'r.slot IN (SELECT value FROM json_each(?))';
  const ofMeter = async (task: string, meter: string, slots: readonly number[]): Promise<StoredReading[]> => {
    const [ref] = await refsOf(file, [meter]);
    if (ref === undefined) return [];
    return readReadings(file, task, `${inSlots} AND r.meter = ? ORDER BY r.slot`, slots, [ref]);
  };
  try {
    return await use({
      ofMeter,
      ofSlot: async (task, slot, meters) => {
        const where = 'r.meter IN (SELECT value FROM json_each(?)) AND r.slot = ?';
        return byMeter(await readReadings(file, task, where, await refsOf(file, meters), [slot]));
      },
      marks: (task, slots) => readMarks(file, task, slots),
      ofKeys: async (task, keys) => (await Promise.all(keys.map((key) => ofMeter(task, key.meter, [key.slot])))).flat(),
    });
  } finally {
    await client.close();
  }
}

export interface SqliteAnswers {
  ofMeter(task: string, meter: string, slots: readonly number[]): Promise<StoredReading[]>;
  ofSlot(task: string, slot: number, meters: readonly string[]): Promise<StoredReading[]>;
  marks(task: string, slots: readonly number[]): Promise<ReadingMark[]>;
  ofKeys(task: string, keys: readonly ReadingKey[]): Promise<StoredReading[]>;
}

function byMeter(readings: StoredReading[]): StoredReading[] {
  return readings.sort((a, b) => (a.meter < b.meter ? -1 : 1));
}

/** Any order into one order. */
export function inOrder<T extends { readonly meter: string; readonly slot: number }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => a.slot - b.slot || (a.meter < b.meter ? -1 : 1));
}

export function generation(folder: string, number: number, ...file: string[]): string {
  return join(folder, `${MONTH}.${number}`, ...file);
}
