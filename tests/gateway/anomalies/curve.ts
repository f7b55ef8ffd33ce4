import type { Batch } from '#contract/envelope.ts';
import { QUARTER_MS, readingBatch, SLOT } from '../../support/centre.ts';

/** Point `quarter` of a curve that begins at SLOT. */
export type Point = readonly [quarter: number, importWh: number | null, powerW: number | null];

export function curve(points: readonly Point[], id = 'm1', task = 'profile'): Batch {
  const rows = points.map(([quarter, ...values]) => [id, SLOT + quarter * QUARTER_MS, ...values] as const);
  return readingBatch(task, ['energy_import_wh', 'power_active_total_w'], rows);
}

/** Quarters [from, to) with the register standing still under a load. */
export function still(from: number, to: number, importWh = 5000, powerW: number | null = 1000): Point[] {
  return Array.from({ length: to - from }, (_, i) => [from + i, importWh, powerW] as const);
}
