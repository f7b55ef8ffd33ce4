import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { addMonths } from '#stores/months.ts';
import { openParquetArchive } from '#stores/parquet-archive/archive.ts';
import { packMonth } from '#stores/parquet-archive/pack.ts';
import { csvBytes, MONTH, QUANTITIES, SLOTS, writeSealed } from './archive/month.ts';
import { askArchive, askSqlite, type Times } from './archive/queries.ts';
import { inventMonth } from './archive/year.ts';
import { machine, median, percent, plain, printTable } from './kit/figures.ts';
import { processUse } from './kit/process-use.ts';
import { Progress } from './kit/progress.ts';

/**
 * What packing a closed month into Parquet takes and gives: rows a second including the verification of every row,
 * bytes a row against SQLite and CSV, and how long the archive takes to answer, against the SQLite file it was made of.
 */
const METERS = 1000;
const FULL_METERS = 10_000;
const TIMES = 10;
const AIM_MS = 100;

const { full, meters: wanted } = new Command('archive')
  .option('--full', `a year of ${plain(FULL_METERS)} meters; takes about half an hour and 15 GB of disk`)
  .option('--meters <n>', 'number of meters', Number)
  .parse()
  .opts<{ full?: boolean; meters?: number }>();
const meters = wanted ?? (full ? FULL_METERS : METERS);
const progress = new Progress('archive');
const folder = mkdtempSync(join(tmpdir(), 'meterway-bench-'));
try {
  await measure();
} finally {
  progress.end();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  progress.at('writing the SQLite file');
  const sealed = await writeSealed(folder, meters);
  progress.at('writing the CSV file');
  const csv = await csvBytes(folder, meters);
  progress.at('packing');
  const packed = await packMonth(folder, MONTH);
  if (packed.rows !== sealed.rows) throw new Error(`${packed.rows} of ${sealed.rows} rows packed`);
  const months = [MONTH];
  for (let back = 1; full && back < 12; back++) {
    const month = addMonths(MONTH, -back);
    progress.at(`making up ${month}`);
    await inventMonth(folder, month, meters);
    months.push(month);
  }
  progress.at('asking');
  const sqlite = await askSqlite(folder, meters, TIMES);
  const archive = openParquetArchive(folder);
  const parquet = await askArchive(archive, { months, meters, times: Math.max(TIMES, months.length * 2) });
  await archive.close();
  progress.end();
  printSizes(sealed, packed, csv);
  printTimes(sqlite, parquet, months.length);
}

interface Sized {
  readonly rows: number;
  readonly bytes: number;
}

function printSizes(sealed: Sized, packed: Sized & { readonly tookMs: number }, csv: number): void {
  const each = (bytes: number): string => plain(bytes / sealed.rows, 1);
  console.log(
    `${plain(meters)} meters, ${plain(SLOTS)} quarter hours of ${MONTH}, ${QUANTITIES.length} quantities a row: ` +
      `${plain(sealed.rows)} rows.\nPacked and verified row by row in ${plain(packed.tookMs / 1000, 1)} s: ` +
      `${plain((packed.rows / packed.tookMs) * 1000)} rows/s, by a process of low priority.\n`,
  );
  printTable(
    ['', 'bytes a row', 'of SQLite', 'of CSV'],
    [
      ['SQLite', sealed.bytes],
      ['Parquet', packed.bytes],
      ['CSV', csv],
    ].map(([name, bytes]) => [
      String(name),
      each(Number(bytes)),
      percent(Number(bytes) / sealed.bytes, 0),
      percent(Number(bytes) / csv, 0),
    ]),
  );
}

function printTimes(sqlite: readonly Times[], parquet: readonly Times[], months: number): void {
  const made = months > 1 ? `, ${months - 1} of them made up inside DuckDB by the packer's own statement` : '';
  console.log(
    `\nAnswers out of ${months} archived month(s)${made}. SQLite is the one file without the store around it, warm.\n` +
      'The first answer loads the library, and of each file it checks the digests of what it reads.\n',
  );
  const least = new Map(sqlite.map((times) => [times.what, median(times.laterMs)]));
  printTable(
    ['', 'rows', 'first, ms', 'median, ms', 'most, ms', 'SQLite, ms', 'of SQLite'],
    parquet.map(({ what, rows, firstMs, laterMs }) => {
      const base = least.get(what) ?? Number.NaN;
      const middle = median(laterMs);
      const figures = [firstMs, middle, Math.max(...laterMs), base].map((ms) => plain(ms, 1));
      return [what, plain(rows), ...figures, `${plain(middle / base, 1)} ×`];
    }),
  );
  console.log(
    `\nAim: a meter's month under ${AIM_MS} ms. This process took ${plain(processUse(process.pid).peakRssMb)} MB at most.\n${machine()}`,
  );
}
