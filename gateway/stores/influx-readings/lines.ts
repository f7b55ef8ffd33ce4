import { escape as escaped } from '@influxdata/influxdb-client';
import { isId } from '#contract/ids.ts';
import { isQuantity, quantity } from '#contract/quantities.ts';
import type { NewReading, NewReadings, Places, StoredReading } from '../reading-store.ts';
import { refused } from '../refused.ts';
import { decimalText, wholeText } from './number-text.ts';

export const READING = 'reading';

/** InfluxDB keeps 64 bits of nanoseconds since 1970: 1677 to 2262. */
export const FIRST_MS = -9_223_372_036_854;
export const LAST_MS = 9_223_372_036_854;

/** A reading on its way: its line, and what is needed to tell about it. */
export interface Outgoing {
  readonly line: string;
  readonly batch: NewReadings;
  readonly row: NewReading;
}

/** A quantity as it is written: integers where the meter counts whole units, so that sums stay exact. */
interface Field {
  readonly key: string;
  readonly decimals: number;
  readonly factor: number;
}

/**
 * The points of a batch: measurement `reading`, tags area, district, meter, task (in this order, which the server would
 * otherwise sort), the slot as time stamp. A value that the meter does not have is no field. Throws `store_refused`.
 */
export function linesOf(batch: NewReadings, places: Places): Outgoing[] {
  const { task, quantities, rows } = batch;
  if (!isId(task)) throw refused(`${JSON.stringify(task)} is no task id`);
  const fields = quantities.map((name, i): Field => {
    if (!isQuantity(name)) throw refused(`no quantity is called ${JSON.stringify(name)}`);
    if (quantities.indexOf(name) !== i) throw refused(`${name} stands twice in a batch of task ${task}`);
    const { decimals } = quantity(name);
    return { key: `${name}=`, decimals, factor: 10 ** decimals };
  });
  return rows.map((row) => {
    checkRow(row, quantities.length);
    const place = places.placeOf(row.meter);
    const tags = `${tag('area', place?.area)}${tag('district', place?.district)},meter=${row.meter},task=${task}`;
    return { line: `${READING}${tags} ${fieldsOf(row, fields)} ${wholeText(row.slot)}`, batch, row };
  });
}

function checkRow({ meter, slot, meterTime, readAt, values }: NewReading, quantities: number): void {
  if (!isId(meter)) throw refused(`${JSON.stringify(meter)} is no meter id`);
  if (!Number.isSafeInteger(slot) || !Number.isSafeInteger(readAt) || !Number.isSafeInteger(meterTime ?? 0)) {
    throw refused(`slot ${slot}, meterTime ${meterTime} or readAt ${readAt} of meter ${meter} is no instant`);
  }
  if (slot < FIRST_MS || slot > LAST_MS) {
    throw refused(`slot ${slot} of meter ${meter} is outside of what InfluxDB can name, ${FIRST_MS} to ${LAST_MS}`);
  }
  if (values.length !== quantities) {
    throw refused(`${values.length} values for ${quantities} quantities of meter ${meter}`);
  }
}

/** An empty tag would vanish on the server; it is left out here. */
function tag(name: string, value: string | undefined): string {
  if (value === undefined || value === '') return '';
  return `,${name}=${isId(value) ? value : escaped.tag(value)}`;
}

function fieldsOf(row: NewReading, fields: readonly Field[]): string {
  let text = '';
  for (let c = 0; c < fields.length; c++) {
    const value = row.values[c];
    const field = fields[c];
    if (value === null || value === undefined || !field) continue;
    const scaled = Math.round(value * field.factor);
    if (!Number.isSafeInteger(scaled)) {
      throw refused(`${field.key.slice(0, -1)} of meter ${row.meter} at slot ${row.slot} is ${value}`);
    }
    text += `${field.key}${field.decimals === 0 ? `${wholeText(scaled)}i` : decimalText(scaled, field.decimals)},`;
  }
  if (row.meterTime !== null) text += `meter_time=${wholeText(row.meterTime)}i,`;
  text += `read_at=${wholeText(row.readAt)}i,quality="${row.quality}"`;
  return row.rules.length === 0 ? text : `${text},rules=${escaped.quoted(JSON.stringify(row.rules))}`;
}

/** The row as a store gives it back. */
export function asStored({ batch, row }: Outgoing): StoredReading {
  const { meter, slot, meterTime, readAt, quality, rules } = row;
  const named = batch.quantities.flatMap((name, c): [string, number][] => {
    const value = row.values[c];
    return typeof value === 'number' ? [[name, value]] : [];
  });
  return { meter, slot, meterTime, readAt, quality, rules, values: Object.fromEntries(named) };
}
