import { escape as escaped } from '@influxdata/influxdb-client';
import { isQuantity, type QuantityName, quantity } from '#contract/quantities.ts';
import type { Series } from './query.ts';

export const HOUR = 'hour';
const TAGS = ['area', 'district', 'meter', 'task'] as const;

/** What the hourly values are made of: the fields that the curves have. */
export interface CurveFields {
  readonly counters: readonly QuantityName[];
  readonly gauges: readonly QuantityName[];
}

/** States and times have no meaningful mean and do not add up; they stay in the curves. */
export function curveFields(names: readonly string[]): CurveFields {
  const quantities = names.filter(isQuantity);
  const ofKind = (kind: string): QuantityName[] => quantities.filter((name) => quantity(name).kind === kind);
  return { counters: ofKind('counter'), gauges: ofKind('gauge') };
}

/** Mean, least and greatest of each gauge, and the number of points. */
export function gaugeColumns(gauges: readonly QuantityName[]): string {
  const each = gauges.flatMap((name) => [
    `mean("${name}") AS "${name}"`,
    `min("${name}") AS "${name}_min"`,
    `max("${name}") AS "${name}_max"`,
  ]);
  return ['count("read_at") AS "points"', ...each].join(', ');
}

/**
 * Lines of one hour: of a series as `gaugeColumns` asks for it, or of counters at the full hour. Counters and numbers
 * of points stay integers; a mean is rounded to one digit more than its gauge has. Both kinds of lines have one key, so
 * the server unites their fields.
 */
export function hourlyLines({ tags = {}, columns, values }: Series, hour: number): string[] {
  const names = TAGS.filter((name) => (tags[name] ?? '') !== '');
  const key = [HOUR, ...names.map((name) => `${name}=${escaped.tag(tags[name] ?? '')}`)].join(',');
  return values.flatMap((row) => {
    const fields = columns.flatMap((name, c) => {
      const value = row[c];
      return name === 'time' || typeof value !== 'number' ? [] : [`${name}=${fieldText(name, value)}`];
    });
    return fields.length === 0 ? [] : [`${key} ${fields.join(',')} ${hour}`];
  });
}

function fieldText(name: string, value: number): string {
  if (name === 'points' || (isQuantity(name) && quantity(name).kind === 'counter')) return `${value}i`;
  if (!isQuantity(name)) return String(value);
  return String(Number(value.toFixed(quantity(name).decimals + 1)));
}
