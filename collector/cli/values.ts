import { type QuantityName, quantity } from '#contract/quantities.ts';
import { isoLocal } from '#contract/zone.ts';

/** `1234.56 kWh`: energies in thousands, as meters show them; instants in the zone; null = the meter has no value. */
function valueText(name: QuantityName, value: number | null, zone: string): string {
  if (value === null) return 'no value';
  const { unit, kind, decimals } = quantity(name);
  if (kind === 'time') return isoLocal(zone, value).slice(0, 19).replace('T', ' ');
  if (unit === 'Wh' || unit === 'varh') return `${(value / 1000).toFixed(3).replace(/0$/, '')} k${unit}`;
  return `${value.toFixed(decimals)} ${unit}`.trimEnd();
}

/** Rows of a table: Chinese and English name, value, name in tasks and site files. */
export function valueRows(values: ReadonlyMap<QuantityName, number | null>, zone: string): string[][] {
  return [...values].map(([name, value]) => {
    const { zh, en } = quantity(name);
    return [zh, en, valueText(name, value, zone), name];
  });
}
