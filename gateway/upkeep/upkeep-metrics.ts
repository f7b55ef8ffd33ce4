import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Metrics } from '#platform/metrics.ts';
import { monthsIn, namesIn } from '#stores/sqlite-readings/folder.ts';
import type { UpkeepObserver } from './upkeep.ts';

const KINDS = ['open', 'sealed', 'parquet', 'damaged'] as const;
type Kind = (typeof KINDS)[number];

/** Counters of the upkeep, and what the folder of readings holds. */
export function observeUpkeep(metrics: Metrics, folder: string): UpkeepObserver {
  const rows = metrics.counter('archive_rows_total', 'Readings packed into the archive');
  const seconds = metrics.counter('archive_seconds_total', 'Time spent packing');
  const failures = metrics.counter('archive_failures_total', 'Months that could not be packed or dropped');
  const months = metrics.gauge('archive_months', 'Months of readings by state of their parts', ['state']);
  const bytes = metrics.gauge('readings_bytes', 'Bytes on disk of the embedded readings', ['kind']);
  metrics.onScrape(() => {
    const files = monthsIn(folder);
    months.set({ state: 'open' }, files.filter(({ isOpen }) => isOpen).length);
    months.set({ state: 'sealed' }, files.filter(({ isSealed }) => isSealed).length);
    months.set({ state: 'archived' }, files.filter(({ generations }) => generations.length > 0).length);
    for (const [kind, size] of readingsBytes(folder)) bytes.set({ kind }, size);
  });
  return {
    packed: (report) => {
      rows.inc(report.rows);
      seconds.inc(report.tookMs / 1000);
    },
    failed: () => failures.inc(),
  };
}

/** Bytes in the folder by kind; what vanishes during the look does not count. */
export function readingsBytes(folder: string): Map<Kind, number> {
  const bytes = new Map<Kind, number>(KINDS.map((kind) => [kind, 0]));
  for (const name of namesIn(folder)) {
    const kind = kindOf(name);
    if (kind) bytes.set(kind, (bytes.get(kind) ?? 0) + sizeOf(join(folder, name)));
  }
  return bytes;
}

function kindOf(name: string): Kind | null {
  if (/\.damaged-\d+\.sqlite/.test(name)) return 'damaged';
  if (/\.sealed\.sqlite/.test(name)) return 'sealed';
  if (/\.sqlite/.test(name)) return 'open';
  return /\.\d+$/.test(name) ? 'parquet' : null;
}

function sizeOf(path: string): number {
  try {
    const found = statSync(path);
    if (!found.isDirectory()) return found.size;
    return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
  } catch {
    return 0;
  }
}
