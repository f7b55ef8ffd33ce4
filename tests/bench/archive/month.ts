import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { QuantityName } from '#contract/quantities.ts';
import { openSqlite } from '#platform/sqlite/open.ts';
import { sealedPath } from '#stores/parquet-archive/make-generation.ts';
import { CREATE_META, createTable, insertInto, LAYOUT, quoted, tableOf } from '#stores/sqlite-readings/layout.ts';
import { randomFrom } from '../../support/random.ts';

export const TASK = 'profile';
export const MONTH = '2026-08';
export const QUARTER_MS = 900_000;
export const SLOTS = 31 * 96;
export const FIRST_SLOT = Date.parse(`${MONTH}-01T00:00:00Z`);
const SEED = 20_260_801;

export const QUANTITIES = [
  ...(['energy_import_wh', 'energy_export_wh', 'voltage_a_v', 'voltage_b_v', 'voltage_c_v'] as const),
  ...(['current_a_a', 'current_b_a', 'current_c_a', 'power_active_total_w'] as const),
] satisfies readonly QuantityName[];

export function meterAt(m: number): string {
  return `1301${String(m).padStart(8, '0')}`;
}

/**
 * What the meters read in a month of quarter hours, slot after slot: a load with a shape of the day, a register that
 * keeps to it, and noise in everything, also in the moment of reading. Noise is what fills an archive: real meters have
 * no more of it.
 */
function* rowsOf(meters: number): Generator<number[]> {
  const random = randomFrom(SEED);
  const registers = Float64Array.from({ length: meters }, (_, m) => 1_000_000 + m * 137);
  for (let s = 0; s < SLOTS; s++) {
    const day = (s % 96) / 96;
    const shape = 0.4 + 0.6 * Math.sin(day * Math.PI) ** 2;
    for (let m = 0; m < meters; m++) {
      const powerW = (100 + (m % 300) * 10) * shape * (0.8 + 0.4 * random());
      const register = (registers[m] ?? 0) + Math.round(powerW / 4);
      registers[m] = register;
      const volts = 220 + 4 * Math.sin(day * 2 * Math.PI + m);
      const voltage = [0, 1, -1].map((more) => Math.round((volts + more + 3 * random()) * 100));
      const current = [0, 1, 2].map(() => Math.round((powerW / 660) * 1000 * (0.9 + 0.2 * random())));
      const readAt = 20_000 + (m % 500) * 90 + Math.floor(random() * 80);
      const meterTime = Math.round(random() * 4) * 1000;
      yield [
        FIRST_SLOT + s * QUARTER_MS,
        m + 1,
        meterTime,
        readAt,
        0,
        register,
        m,
        ...voltage,
        ...current,
        Math.round(powerW * 10),
      ];
    }
  }
}

/** Writes the sealed file of the month with the statement of the store; gives its rows and bytes. */
export async function writeSealed(folder: string, meters: number): Promise<{ rows: number; bytes: number }> {
  const path = sealedPath(folder, MONTH);
  const database = openSqlite({ path, readOnly: false, busyTimeoutMs: 1000 });
  database.exec(CREATE_META);
  database.exec(`PRAGMA user_version = ${LAYOUT}`);
  const columns = QUANTITIES.map((name) => `${quoted(name)} INTEGER`).join(', ');
  database.exec(createTable(tableOf(TASK)).replace('PRIMARY KEY', `${columns}, PRIMARY KEY`));
  database.exec('BEGIN');
  const meter = database.prepare('INSERT INTO meter_ref (meter) VALUES (?)');
  for (let m = 0; m < meters; m++) meter.run(meterAt(m));
  const insert = database.prepare(insertInto(tableOf(TASK), QUANTITIES, false).sql);
  for (const row of rowsOf(meters)) insert.run(...row);
  database.exec('COMMIT');
  database.close();
  return { rows: meters * SLOTS, bytes: (await stat(path)).size };
}

/** Size of the same rows as plain CSV, with instants as an analyst would write them. */
export async function csvBytes(folder: string, meters: number): Promise<number> {
  const path = join(folder, 'rows.csv');
  const file = createWriteStream(path);
  file.write(`meter,slot,meter_time,read_at,quality,${QUANTITIES.join(',')}\n`);
  let text = '';
  const iso = (ms: number): string => new Date(ms).toISOString();
  for (const [slot = 0, ref = 0, meterTime = 0, readAt = 0, , wh, export_, ...rest] of rowsOf(meters)) {
    const gauges = rest.map((value, i) => (i < 3 ? value / 100 : i < 6 ? value / 1000 : value / 10));
    const lead = [meterAt(ref - 1), iso(slot), iso(slot + meterTime), iso(slot + readAt), 'valid'];
    text += `${[...lead, wh, export_, ...gauges].join(',')}\n`;
    if (text.length < 1 << 20) continue;
    if (!file.write(text)) await once(file, 'drain');
    text = '';
  }
  file.end(text);
  await finished(file);
  return (await stat(path)).size;
}
