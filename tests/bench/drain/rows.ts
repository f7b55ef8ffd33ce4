import type { ReadingRow } from '#contract/envelope.ts';
import { recordsOf, type SpoolRecord } from '../../../collector/spool/record.ts';
import { at, task } from '../../support/plan.ts';

const TASK = task('profile');
const FIRST_SLOT = at('2026-11-20');
const SLOT_MS = 900_000;
const METERS = 500;

/** Begins the ids of meters that are read while the backlog is on its way. */
export const LIVE = 'live-';

/** The n-th row of a load profile, as a three-phase meter gives it. */
function row(meter: string, n: number, readAt: number): ReadingRow {
  const wave = ((n * 7919) % 1000) / 1000;
  const values = {
    energy_import_wh: 1_000_000 + n * 137,
    energy_export_wh: n,
    voltage_a_v: Number((216 + 8 * wave).toFixed(1)),
    voltage_b_v: Number((217 + 7 * wave).toFixed(1)),
    voltage_c_v: Number((218 + 6 * wave).toFixed(1)),
    current_a_a: Number((1 + wave).toFixed(3)),
    current_b_a: Number((2 - wave).toFixed(3)),
    current_c_a: Number((1.5 + wave / 2).toFixed(3)),
    power_active_total_w: Number((900 + 100 * wave).toFixed(1)),
  } as Readonly<Record<string, number>>;
  const slot = FIRST_SLOT + Math.floor(n / METERS) * SLOT_MS;
  return { meter, slot, meterTime: slot, readAt, values: TASK.items.map((name) => values[name] ?? null) };
}

/** One record of the backlog: `n` counts from 0. */
export function oldRecord(n: number): SpoolRecord[] {
  return records(row(`310001${String(n % METERS).padStart(6, '0')}`, n, FIRST_SLOT + n));
}

/** One record of a meter that was read just now. */
export function liveRecord(n: number, readAt: number): SpoolRecord[] {
  return records(row(`${LIVE}${String(n % METERS).padStart(6, '0')}`, n, readAt));
}

function records(reading: ReadingRow): SpoolRecord[] {
  return recordsOf({ stream: 'reading', task: TASK.id, quantities: TASK.items, rows: [reading] });
}
