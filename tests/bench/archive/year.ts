import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '#platform/clock.ts';
import { type Month, monthStart } from '#stores/months.ts';
import { Duck } from '#stores/parquet-archive/duckdb.ts';
import { generationFolder } from '#stores/parquet-archive/generations.ts';
import { columnsOf, publish } from '#stores/parquet-archive/make-generation.ts';
import { fileOf } from '#stores/parquet-archive/manifest.ts';
import { digestsOf } from '#stores/parquet-archive/stretches.ts';
import { nameMeters, writeTaskFile } from '#stores/parquet-archive/write-file.ts';
import { LEAD } from '#stores/sqlite-readings/layout.ts';
import { QUANTITIES, QUARTER_MS, SLOTS, TASK } from './month.ts';

/**
 * Makes the archive of a month without its SQLite file: DuckDB itself makes up rows like those of `month.ts`, of which
 * the packer's own statement writes the file. Nothing is verified; it is there to be asked.
 */
export async function inventMonth(folder: string, month: Month, meters: number): Promise<void> {
  const own = generationFolder(folder, month, 1);
  mkdirSync(own);
  const path = join(own, fileOf(TASK));
  const duck = await Duck.open({ memoryMb: 512, threads: 2, spillFolder: join(folder, '.spill') });
  try {
    await duck.connected(async (connection) => {
      const run = (sql: string): Promise<void> => duck.run(connection, sql);
      await run(
        `CREATE TABLE meter_ref AS SELECT m::INTEGER + 1 AS id, '1301' || lpad(m::VARCHAR, 8, '0') AS meter ` +
          `FROM range(${meters}) AS r(m)`,
      );
      const columns = [...LEAD, ...QUANTITIES].map((name) => `"${name}" DOUBLE`).join(', ');
      await run(`CREATE TABLE sealed (${columns}, rules VARCHAR)`);
      await run(`INSERT INTO sealed ${invented(month, meters)}`);
      await nameMeters(duck, connection);
      await writeTaskFile(duck, connection, { task: TASK, month, path, sealed: QUANTITIES, before: null });
    });
    const digests = await digestsOf(duck, path);
    const file = { task: TASK, file: fileOf(TASK), rows: meters * SLOTS, ...digests, columns: columnsOf(QUANTITIES) };
    publish(folder, own, { month, generation: 1, tasks: [file] }, systemClock());
  } finally {
    duck.close();
  }
}

function invented(month: Month, meters: number): string {
  const power = '((100 + (m % 300) * 10) * (0.4 + 0.6 * sin((s % 96) / 96.0 * pi()) ** 2) * (0.8 + 0.4 * random()))';
  const volts = (more: number): string =>
    `round((220 + ${more} + 4 * sin((s % 96) / 96.0 * 2 * pi() + m) + 3 * random()) * 100)`;
  const current = 'round(w / 660 * 1000 * (0.9 + 0.2 * random()))';
  return (
    `SELECT ${monthStart(month)} + s * ${QUARTER_MS}, m + 1, round(random() * 4) * 1000, ` +
    '20000 + (m % 500) * 90 + floor(random() * 80), 0, round(1000000 + m * 137 + (100 + (m % 300) * 10) * 0.7 * s / 4), ' +
    `m, ${[0, 1, -1].map(volts).join(', ')}, ${[current, current, current].join(', ')}, round(w * 10), NULL ` +
    `FROM (SELECT s, m, ${power} AS w FROM range(${SLOTS}) AS a(s), range(${meters}) AS b(m))`
  );
}
