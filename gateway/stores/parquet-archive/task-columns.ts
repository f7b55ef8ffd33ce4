import { QUALITIES, type Quality } from '#contract/quality.ts';
import { isQuantity, type QuantityName, quantity } from '#contract/quantities.ts';
import type { ReadingMark, StoredReading } from '../reading-store.ts';
import type { Cells } from './duckdb.ts';

/**
 * Columns of an archived file, the same for every task, before one column for each quantity. Instants are TIMESTAMP in
 * UTC; DuckDB writes them with microseconds, whose last three digits are always 0.
 */
export const LEAD_COLUMNS = ['meter', 'slot', 'meter_time', 'read_at', 'quality', 'rules'] as const;

export function quantitiesAmong(columns: readonly string[]): QuantityName[] {
  return columns.filter(isQuantity);
}

/** SQL of an instant, ms as DOUBLE or BIGINT, as it stands in the file. */
export function toTimestamp(ms: string): string {
  return `make_timestamptz((${ms})::BIGINT * 1000)`;
}

/** SQL of an instant of the file in ms. It goes through BIGINT: microseconds would not fit into a DOUBLE. */
function toMs(column: string): string {
  return `coalesce(epoch_ms(${column})::DOUBLE, 'NaN'::DOUBLE)`;
}

/**
 * SQL of a quantity as it stands in the file, from its scaled integer in a DOUBLE column, NaN for none: BIGINT where
 * the contract keeps no decimals, a timestamp for instants, else DOUBLE. Dividing the same two numbers gives the same
 * DOUBLE everywhere, so what is read equals `fromScaled`.
 */
export function toStanding(name: QuantityName, scaled: string): string {
  const { kind, decimals } = quantity(name);
  const given = `nullif(${scaled}, 'NaN'::DOUBLE)`;
  if (kind === 'time') return toTimestamp(given);
  return decimals === 0 ? `${given}::BIGINT` : `${given} / 1e${decimals}`;
}

/** Type of the column of a quantity. */
export function typeOf(name: QuantityName): string {
  const { kind, decimals } = quantity(name);
  if (kind === 'time') return 'TIMESTAMP WITH TIME ZONE';
  return decimals === 0 ? 'BIGINT' : 'DOUBLE';
}

/** SQL of a column of the file as a DOUBLE in the unit of the quantity, NaN for none: null cells are slow to look at. */
export function toNumber(name: QuantityName): string {
  if (quantity(name).kind === 'time') return toMs(`"${name}"`);
  return `coalesce("${name}"::DOUBLE, 'NaN'::DOUBLE)`;
}

/** SQL of everything that `readingAt` needs. */
export function selectReading(quantities: readonly QuantityName[]): string {
  const values = quantities.map((name) => `, ${toNumber(name)}`).join('');
  return `meter, ${toMs('slot')}, ${toMs('meter_time')}, ${toMs('read_at')}, quality, rules${values}`;
}

export const SELECT_MARK = `meter, ${toMs('slot')}, ${toMs('read_at')}, quality`;

/** SQL of a whole reading as numbers, in the order of `CHECKED`, then the quantities; `rules` comes last. */
export function selectChecked(ref: string, quantities: readonly (QuantityName | null)[]): string {
  const list = QUALITIES.map((each) => `'${each}'`).join(', ');
  const values = quantities.map((name) => (name ? `${toNumber(name)}, ` : `'NaN'::DOUBLE, `)).join('');
  return (
    `${toMs('slot')} AS slot_ms, coalesce(${ref}::DOUBLE, 'NaN'::DOUBLE) AS ref, ${toMs('meter_time')}, ` +
    `${toMs('read_at')}, coalesce(list_position([${list}], quality)::DOUBLE - 1, 'NaN'::DOUBLE), ${values}rules`
  );
}

const QUALITY_BY_NAME: ReadonlyMap<string, Quality> = new Map(QUALITIES.map((each) => [each, each]));

function qualityNamed(text: string): Quality {
  const quality = QUALITY_BY_NAME.get(text);
  if (!quality) throw new RangeError(`no quality is called ${JSON.stringify(text)}`);
  return quality;
}

/** The reading in row i of a chunk selected by `selectReading`. */
export function readingAt(columns: readonly Cells[], i: number, quantities: readonly QuantityName[]): StoredReading {
  const [meters, slots, meterTimes, readAts, qualities, ruleLists] = columns;
  const meterTime = meterTimes?.[i] as number;
  const rules = ruleLists?.[i] as string | null;
  const values: Partial<Record<QuantityName, number>> = {};
  for (const [c, name] of quantities.entries()) {
    const value = columns[LEAD_COLUMNS.length + c]?.[i] as number;
    if (!Number.isNaN(value)) values[name] = value;
  }
  return {
    meter: meters?.[i] as string,
    slot: slots?.[i] as number,
    meterTime: Number.isNaN(meterTime) ? null : meterTime,
    readAt: readAts?.[i] as number,
    quality: qualityNamed(qualities?.[i] as string),
    rules: rules === null ? [] : (JSON.parse(rules) as string[]),
    values,
  };
}

/** The mark in row i of a chunk selected by `SELECT_MARK`. */
export function markAt(columns: readonly Cells[], i: number): ReadingMark {
  const [meters, slots, readAts, qualities] = columns;
  return {
    meter: meters?.[i] as string,
    slot: slots?.[i] as number,
    readAt: readAts?.[i] as number,
    quality: qualityNamed(qualities?.[i] as string),
  };
}
