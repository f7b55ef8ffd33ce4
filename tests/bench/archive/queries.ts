import { performance } from 'node:perf_hooks';
import { openSqlite } from '#platform/sqlite/open.ts';
import type { Month } from '#stores/months.ts';
import { monthStart } from '#stores/months.ts';
import { sealedPath } from '#stores/parquet-archive/make-generation.ts';
import type { ReadingArchive } from '#stores/reading-archive.ts';
import { quoted, tableOf } from '#stores/sqlite-readings/layout.ts';
import { MONTH, meterAt, QUARTER_MS, SLOTS, TASK } from './month.ts';

/** Times of the answers, ms, the first one apart: before it the library was not loaded or the file not looked at. */
export interface Times {
  readonly what: string;
  readonly firstMs: number;
  readonly laterMs: readonly number[];
  readonly rows: number;
}

export interface Asked {
  readonly months: readonly Month[];
  readonly meters: number;
  readonly times: number;
}

/** The three questions that the centre asks of closed months, each time to another month, meter and slot. */
export async function askArchive(archive: ReadingArchive, asked: Asked): Promise<Times[]> {
  const all = Array.from({ length: asked.meters }, (_, m) => meterAt(m));
  const monthOf = (n: number): Month => asked.months[n % asked.months.length] ?? MONTH;
  const slotOf = (n: number, s: number): number => monthStart(monthOf(n)) + (s % (28 * 96)) * QUARTER_MS;
  const slotsFrom = (n: number, s: number, count: number) =>
    Array.from({ length: count }, (_, i) => slotOf(n, 0) + (s + i) * QUARTER_MS);
  const meterOf = (n: number): string => meterAt((n * 7919) % asked.meters);
  return [
    await timesOf("a meter's month", asked.times * 3, (n) =>
      archive.ofMeter(monthOf(n), TASK, meterOf(n), slotsFrom(n, 0, SLOTS)),
    ),
    await timesOf('one slot of all meters', asked.times, (n) =>
      archive.ofSlot(monthOf(n), TASK, slotOf(n, n * 37), all),
    ),
    await timesOf('marks of a day', asked.times, (n) =>
      archive.marks(monthOf(n), TASK, slotsFrom(n, (n % 28) * 96, 96)),
    ),
  ];
}

/** The same questions to the SQLite file, straight from a thread that may wait for them: the least it can take. */
export async function askSqlite(folder: string, meters: number, times: number): Promise<Times[]> {
  const database = openSqlite({ path: sealedPath(folder, MONTH), readOnly: true, busyTimeoutMs: 1000 });
  const table = quoted(tableOf(TASK));
  const inSlots = 'slot IN (SELECT value FROM json_each(?))';
  const ofMeter = database.prepare(`SELECT * FROM ${table} WHERE ${inSlots} AND meter = ?`);
  const ofSlot = database.prepare(`SELECT * FROM ${table} WHERE slot = ?`);
  const marks = database.prepare(`SELECT slot, meter, read_at, quality FROM ${table} WHERE ${inSlots}`);
  for (const statement of [ofMeter, ofSlot, marks]) statement.setReturnArrays(true);
  const slots = (s: number, count: number): string =>
    JSON.stringify(Array.from({ length: count }, (_, i) => monthStart(MONTH) + (s + i) * QUARTER_MS));
  const found = [
    await timesOf("a meter's month", times * 3, async (n) => ofMeter.all(slots(0, SLOTS), ((n * 7919) % meters) + 1)),
    await timesOf('one slot of all meters', times, async (n) =>
      ofSlot.all(monthStart(MONTH) + ((n * 37) % SLOTS) * QUARTER_MS),
    ),
    await timesOf('marks of a day', times, async (n) => marks.all(slots((n % 28) * 96, 96))),
  ];
  database.close();
  return found;
}

async function timesOf(what: string, times: number, ask: (n: number) => Promise<readonly unknown[]>): Promise<Times> {
  const took: number[] = [];
  let rows = 0;
  for (let n = 0; n < times; n++) {
    const begun = performance.now();
    const found = await ask(n);
    took.push(performance.now() - begun);
    rows = found.length;
    if (rows === 0) throw new Error(`${what}: question ${n} was answered with nothing`);
  }
  const [firstMs = Number.NaN, ...laterMs] = took;
  return { what, firstMs, laterMs, rows };
}
