import type { QuantityName } from '#contract/quantities.ts';
import type { NewReading, NewReadings } from '#stores/reading-store.ts';

export const TASK = 'profile';
export const QUANTITIES = [
  'energy_import_wh',
  'energy_export_wh',
  'voltage_a_v',
  'voltage_b_v',
  'voltage_c_v',
  'current_a_a',
  'current_b_a',
  'power_active_total_w',
] as const satisfies readonly QuantityName[];
const DECIMALS = [0, 0, 2, 2, 2, 3, 3, 1];

const METERS = 5000;
const FIRST_SLOT = Date.UTC(2026, 10, 1);
const meterIds = Array.from({ length: METERS }, (_, i) => String(100_000_000_000 + i * 7));

/** Row number n of a district that is read slot by slot: all meters of 00:00, then all meters of 00:15. */
function reading(n: number): NewReading {
  const m = n % METERS;
  const slot = FIRST_SLOT + Math.floor(n / METERS) * 900_000;
  const wave = ((n * 7919) % 1000) / 1000;
  return {
    meter: meterIds[m] ?? '',
    slot,
    meterTime: slot + 12,
    readAt: slot + 20_000 + m,
    quality: 'valid',
    rules: [],
    values: [
      1_000_000 + m * 137 + n,
      m,
      Math.round((220 + 10 * wave) * 100) / 100,
      Math.round((221 + 9 * wave) * 100) / 100,
      Math.round((219 + 8 * wave) * 100) / 100,
      Math.round(40_000 * wave) / 1000,
      Math.round(30_000 * wave) / 1000,
      Math.round(80_000 * wave - 10_000) / 10,
    ],
  };
}

export function batch(from: number, size: number): NewReadings {
  return { task: TASK, quantities: QUANTITIES, rows: Array.from({ length: size }, (_, i) => reading(from + i)) };
}

/** The same rows as the numbers that end up in the table, row after row. */
export function block(from: number, size: number): { numbers: Float64Array; width: number } {
  const width = 5 + QUANTITIES.length;
  const numbers = new Float64Array(size * width);
  for (let i = 0; i < size; i++) {
    const { slot, meterTime, readAt, values } = reading(from + i);
    const meter = ((from + i) % METERS) + 1;
    const scaled = values.map((value, c) => Math.round((value ?? 0) * 10 ** (DECIMALS[c] ?? 0)));
    numbers.set([slot, meter, (meterTime ?? slot) - slot, readAt - slot, 0, ...scaled], i * width);
  }
  return { numbers, width };
}
