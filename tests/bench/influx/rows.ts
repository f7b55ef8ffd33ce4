import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { QuantityName } from '#contract/quantities.ts';
import type { NewReading, NewReadings } from '#stores/reading-store.ts';

export const METERS = 10_000;
/** Unit of `blocks`, whatever the file system. */
const BLOCK_BYTES = 512;
const QUARTER_MS = 900_000;
const FIRST_SLOT = Date.UTC(2026, 10, 1);

const QUANTITIES = [
  'energy_import_wh',
  'energy_export_wh',
  'voltage_a_v',
  'voltage_b_v',
  'voltage_c_v',
  'current_a_a',
  'power_active_total_w',
  'power_factor_total',
] as const satisfies readonly QuantityName[];

/** Rows of the n-th batch: slot after slot, as a fleet gives them; the same n gives the same rows. */
export function freshBatch(n: number, count: number, meters = METERS): NewReadings {
  const rows = Array.from({ length: count }, (_, i) => rowAt(n * count + i, meters));
  return { task: 'profile', quantities: QUANTITIES, rows };
}

function rowAt(i: number, meters: number): NewReading {
  const meter = i % meters;
  const slotNumber = Math.floor(i / meters);
  const slot = FIRST_SLOT + slotNumber * QUARTER_MS;
  const noise = (c: number): number => ((meter * 31 + slotNumber * 17 + c * 97) * 2_654_435_761) % 1000;
  return {
    meter: `m${String(meter).padStart(7, '0')}`,
    slot,
    meterTime: slot + (noise(9) % 5) * 1000,
    readAt: slot + 20_000 + noise(8) * 100,
    quality: 'valid',
    rules: [],
    values: [
      meter * 1_000_000 + slotNumber * 250 + (noise(0) % 50),
      meter % 10 === 0 ? slotNumber * 20 : 0,
      (22_500 + noise(1)) / 100,
      (22_500 + noise(2)) / 100,
      (22_500 + noise(3)) / 100,
      (1000 + noise(4) * 4) / 1000,
      (5000 + noise(5) * 10) / 10,
      (900 + (noise(6) % 100)) / 1000,
    ],
  };
}

export function csvOf({ task, rows }: NewReadings): string {
  return rows
    .map(({ meter, slot, meterTime, readAt, quality, values }) =>
      [task, meter, new Date(slot).toISOString(), meterTime, readAt, quality, ...values].join(','),
    )
    .join('\n');
}

/** Bytes that all files below a folder take of the disk; InfluxDB makes some longer than they are filled. */
export function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).blocks * BLOCK_BYTES, 0);
}
