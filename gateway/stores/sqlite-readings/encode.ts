import { isId } from '#contract/ids.ts';
import { qualityCode } from '#contract/quality.ts';
import { isQuantity, toScaled } from '#contract/quantities.ts';
import type { ColumnsStatement } from '#platform/sqlite/protocol.ts';
import { hasMonth } from '../months.ts';
import type { NewReading, NewReadings } from '../reading-store.ts';
import { refused } from '../refused.ts';
import { insertInto, LEAD, tableOf } from './layout.ts';
import type { MeterRefs } from './meter-refs.ts';

/** Refuses what may not stand in a statement. */
export function checkBatch({ task, quantities, rows }: NewReadings): void {
  if (!isId(task)) throw refused(`${JSON.stringify(task)} is no task id`);
  for (const [i, name] of quantities.entries()) {
    if (!isQuantity(name)) throw refused(`no quantity is called ${JSON.stringify(name)}`);
    if (quantities.indexOf(name) !== i) throw refused(`${name} stands twice in a batch of task ${task}`);
  }
  for (const { meter, slot, meterTime, readAt, values } of rows) {
    if (!Number.isSafeInteger(slot) || !Number.isSafeInteger(readAt) || !Number.isSafeInteger(meterTime ?? 0)) {
      throw refused(`slot ${slot}, meterTime ${meterTime} or readAt ${readAt} of meter ${meter} is no instant`);
    }
    if (!hasMonth(slot)) throw refused(`slot ${slot} of meter ${meter} lies in no year from 1970 to 9999`);
    if (values.length !== quantities.length) {
      throw refused(`${values.length} values for ${quantities.length} quantities of meter ${meter}`);
    }
  }
}

/** Stored integers of column c, row by row into `into`; NaN for a value that the meter has not. */
export function scaleColumn(batch: NewReadings, c: number, into: Float64Array): Float64Array {
  const name = batch.quantities[c];
  if (!name) throw new RangeError(`BUG: a batch of ${batch.quantities.length} quantities has no column ${c}`);
  const factor = toScaled(name, 1);
  let i = 0;
  for (const row of batch.rows) {
    const value = row.values[c] ?? null;
    const scaled = value === null ? Number.NaN : Math.round(value * factor);
    if (value !== null && !Number.isSafeInteger(scaled)) {
      throw refused(`${name} of meter ${row.meter} at slot ${row.slot} is ${value}`);
    }
    into[i++] = scaled;
  }
  return into;
}

/** One bulk insert. All numbers lie in one block, column after column, because each moved buffer has its price. */
export function insertOf(batch: NewReadings, refs: MeterRefs): ColumnsStatement {
  const { rows, quantities, task } = batch;
  const count = rows.length;
  const block = new Float64Array((LEAD.length + quantities.length) * count);
  const column = (c: number): Float64Array => block.subarray(c * count, (c + 1) * count);
  const lead = LEAD.map((_, c) => column(c));
  const [slots, meters, meterTimes, readAts, qualities] = lead as Lead;
  let i = 0;
  for (const { meter, slot, meterTime, readAt, quality } of rows) {
    slots[i] = slot;
    meters[i] = refs.ref(meter) ?? Number.NaN;
    meterTimes[i] = meterTime === null ? Number.NaN : meterTime - slot;
    readAts[i] = readAt - slot;
    qualities[i] = qualityCode(quality);
    i++;
  }
  const values = quantities.map((_, c) => scaleColumn(batch, c, column(LEAD.length + c)));
  const withRules = rows.some((row) => row.rules.length > 0);
  return {
    ...insertInto(tableOf(task), quantities, withRules),
    columns: [...lead, ...values, ...(withRules ? [rows.map(rulesText)] : [])],
    count,
  };
}

type Lead = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];

function rulesText({ rules }: NewReading): string | null {
  return rules.length === 0 ? null : JSON.stringify(rules);
}
