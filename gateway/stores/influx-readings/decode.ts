import { QUALITIES, type Quality } from '#contract/quality.ts';
import { fromScaled, isQuantity, type QuantityName, toScaled } from '#contract/quantities.ts';
import type { StoredReading } from '../reading-store.ts';
import type { Series } from './query.ts';

const QUALITY_NAMES = new Set<unknown>(QUALITIES);

export function isQuality(value: unknown): value is Quality {
  return QUALITY_NAMES.has(value);
}

/**
 * The readings of a series asked for with `SELECT *`. A point without read time or quality is none of ours: whoever put
 * it there, it is left out.
 */
export function readingsOf({ columns, values }: Series): StoredReading[] {
  const place = (name: string): number => columns.indexOf(name);
  const [time, meter, meterTime, readAt, quality, rules] = [
    ...['time', 'meter', 'meter_time', 'read_at', 'quality', 'rules'].map(place),
  ] as [number, number, number, number, number, number];
  const quantities = columns.flatMap((name, c): [QuantityName, number][] => (isQuantity(name) ? [[name, c]] : []));
  const readings: StoredReading[] = [];
  for (const row of values) {
    const read = row[readAt];
    const judged = row[quality];
    if (typeof read !== 'number' || !isQuality(judged)) continue;
    const said = row[rules];
    const at = row[meterTime];
    readings.push({
      meter: String(row[meter]),
      slot: Number(row[time]),
      meterTime: typeof at === 'number' ? at : null,
      readAt: read,
      quality: judged,
      rules: typeof said === 'string' ? (JSON.parse(said) as string[]) : [],
      values: valuesOf(row, quantities),
    });
  }
  return readings;
}

function valuesOf(
  row: readonly unknown[],
  quantities: readonly (readonly [QuantityName, number])[],
): StoredReading['values'] {
  const values: Partial<Record<QuantityName, number>> = {};
  for (const [name, c] of quantities) {
    const value = row[c];
    if (typeof value === 'number') values[name] = fromScaled(name, toScaled(name, value));
  }
  return values;
}
