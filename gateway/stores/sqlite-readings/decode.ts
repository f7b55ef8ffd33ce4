import { qualityOf } from '#contract/quality.ts';
import { fromScaled, type QuantityName } from '#contract/quantities.ts';
import type { ColumnsResult } from '#platform/sqlite/protocol.ts';
import type { StoredReading } from '../reading-store.ts';
import { LEAD } from './layout.ts';

const SLOT = 0;
export const METER = 1;
const METER_TIME = 2;
const READ_AT = 3;
const QUALITY = 4;
const RULES = LEAD.length;
export const FIRST_VALUE = LEAD.length + 1;

/** Number of column c in row i; NaN for NULL. */
export function numberAt({ columns }: ColumnsResult, c: number, i: number): number {
  return columns[c]?.[i] as number;
}

/** The reading in row i of a result selected by `selectList`. */
export function readingAt(
  result: ColumnsResult,
  i: number,
  quantities: readonly QuantityName[],
  meterOf: (ref: number) => string,
): StoredReading {
  const slot = numberAt(result, SLOT, i);
  const meterTime = numberAt(result, METER_TIME, i);
  const rules = result.columns[RULES]?.[i] as string | null;
  const values: Partial<Record<QuantityName, number>> = {};
  for (const [c, name] of quantities.entries()) {
    const scaled = numberAt(result, FIRST_VALUE + c, i);
    if (!Number.isNaN(scaled)) values[name] = fromScaled(name, scaled);
  }
  return {
    meter: meterOf(numberAt(result, METER, i)),
    slot,
    meterTime: Number.isNaN(meterTime) ? null : slot + meterTime,
    readAt: slot + numberAt(result, READ_AT, i),
    quality: qualityOf(numberAt(result, QUALITY, i)),
    rules: rules === null ? [] : (JSON.parse(rules) as string[]),
    values,
  };
}
