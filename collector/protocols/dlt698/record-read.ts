import type { QuantityName } from '#contract/quantities.ts';
import { malformedContent, ReadError } from '../../lines/read-error.ts';
import type { Dlt698Column } from '../../profiles/dlt698-profile.ts';
import type { Data } from './data-types.ts';
import type { RowSelector } from './get-request.ts';
import { instantOfData } from './local-time.ts';
import { isNotSupported, type MeterSession } from './meter-session.ts';
import { decodeItem, FREEZE_TIME, type OadItem, oadItem } from './oad-items.ts';

/** Freeze time in each row; what stands before the rows of an answer besides the columns' OADs. */
const STAMP_BYTES = 8;
const COLUMN_BYTES = 5;

/** A record of freezes, and which of its rows. */
interface Freeze {
  readonly oad: string;
  readonly selector: RowSelector;
}

interface Column {
  readonly item: OadItem;
  readonly optional: boolean;
}

/** One frozen row: what stands in the columns that were asked for. */
export type Row = readonly (readonly [item: OadItem, data: Data])[];

/** Columns that hold wanted quantities and that the meter is not known to lack in the record. */
export function columnsFor(
  { meter, missing }: MeterSession,
  record: string,
  columns: readonly Dlt698Column[],
  wanted: readonly QuantityName[],
): Column[] {
  return columns.flatMap(({ oad, optional }) => {
    const item = oadItem(oad);
    if (!item?.fields.some(({ quantity }) => wanted.includes(quantity))) return [];
    return optional && missing.has(meter, `${record}.${oad}`) ? [] : [{ item, optional }];
  });
}

/** Bytes of one row with these columns, as meters usually send it. */
export function rowBytes(columns: readonly Column[]): number {
  return columns.reduce((sum, { item }) => sum + item.bytes, STAMP_BYTES);
}

/**
 * Rows by their freeze time, UTC ms; one without a time is left out. Columns that would make the answer longer than the
 * model's limit are asked for in several requests. An optional column that the meter lacks is left out; neither it nor
 * a record that the meter lacks is asked for again. Rejects with ReadError: `not_supported` (no such record, or no such column that must be there),
 * `malformed`, `device_error`, and the line's.
 */
export async function readFreezes(
  session: MeterSession,
  freeze: Freeze,
  columns: readonly Column[],
): Promise<Map<number, Row>> {
  if (lacksRecord(session, freeze.oad)) {
    throw new ReadError('not_supported', `the meter has no record ${freeze.oad}`, { next: 'skip' });
  }
  const rows = new Map<number, Row>();
  try {
    for (const part of inParts(columns, session.profile.limits.replyBytes)) {
      for (const [stamp, row] of await readPart(session, freeze, part)) {
        rows.set(stamp, [...(rows.get(stamp) ?? []), ...row]);
      }
    }
  } catch (error) {
    if (isNotSupported(error)) await noteLack(session, freeze.oad, error.detail);
    throw error;
  }
  return rows;
}

/** True when the meter has said that it has no such record at all. */
export function lacksRecord({ missing, meter }: MeterSession, oad: string): boolean {
  return missing.has(meter, oad);
}

/** A meter may refuse one way to choose rows and know another: only one that will not show its last row has none. */
async function noteLack(session: MeterSession, oad: string, why: string): Promise<void> {
  try {
    await readStamps(session, { oad, selector: { kind: 9, n: 1 } });
  } catch (error) {
    if (!(error instanceof ReadError && error.answered)) throw error;
    if (isNotSupported(error)) session.missing.add(session.meter, oad, why);
  }
}

/** Freeze times of the selected rows alone. */
export async function readStamps(session: MeterSession, freeze: Freeze): Promise<number[]> {
  return [...(await ask(session, freeze, [])).keys()];
}

/** Quantities in a row. Throws ReadError `malformed` when a value is of another shape than the table's. */
export function rowValues(row: Row, zone: string): Map<QuantityName, number | null> {
  return new Map(row.flatMap(([item, data]) => [...decodeItem(item, data, zone)]));
}

function inParts(columns: readonly Column[], most: number): Column[][] {
  const parts: Column[][] = [];
  for (const column of columns) {
    const last = parts.at(-1);
    if (last && rowBytes([...last, column]) + COLUMN_BYTES * (last.length + 2) <= most) last.push(column);
    else parts.push([column]);
  }
  return parts;
}

async function readPart(session: MeterSession, freeze: Freeze, columns: readonly Column[]): Promise<Map<number, Row>> {
  const items = columns.map(({ item }) => item);
  try {
    return await ask(session, freeze, items);
  } catch (error) {
    if (!isNotSupported(error) || !columns.some(({ optional }) => optional)) throw error;
  }
  // One DAR for the whole record does not say which column is lacking: without any, then with each.
  const rows = await ask(session, freeze, []);
  for (const { item, optional } of columns) {
    try {
      for (const [stamp, row] of await ask(session, freeze, [item])) {
        rows.set(stamp, [...(rows.get(stamp) ?? []), ...row]);
      }
    } catch (error) {
      if (!optional || !isNotSupported(error)) throw error;
      session.missing.add(session.meter, `${freeze.oad}.${item.oad}`, error.detail);
    }
  }
  return rows;
}

async function ask(session: MeterSession, freeze: Freeze, items: readonly OadItem[]): Promise<Map<number, Row>> {
  const { source, address, zone } = session;
  const columns = [FREEZE_TIME, ...items.map(({ oad }) => oad)];
  const rows = new Map<number, Row>();
  for (const [time, ...values] of await source.readRows(address, { ...freeze, columns })) {
    if (time === undefined) throw malformedContent('row without columns');
    const stamp = instantOfData(time, zone);
    if (stamp === null) continue;
    rows.set(
      stamp,
      items.flatMap((item, i) => (values[i] === undefined ? [] : [[item, values[i]] as const])),
    );
  }
  return rows;
}
