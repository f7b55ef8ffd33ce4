import { qualityOf } from '#contract/quality.ts';
import type { ColumnsResult } from '#platform/sqlite/protocol.ts';
import type { ReadingKey } from '../reading-archive.ts';
import type { ReadingMark, StoredReading } from '../reading-store.ts';
import type { TableRead, TaskTable } from './catalogue.ts';
import { METER, numberAt, readingAt } from './decode.ts';
import { quoted, selectKinds, selectList } from './layout.ts';
import type { ReadingFile } from './month-file.ts';

/** Longest list in one statement and most rows in one answer: no single request keeps the connection for long. */
const LIST = 1000;
const PAGE = 50_000;

export function ascending(numbers: Iterable<number>): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/**
 * All readings of a task that `where` selects. It holds one `?` for a JSON list of whole numbers, `list`, after which
 * `params` are bound.
 */
export async function readReadings(
  file: ReadingFile,
  task: string,
  where: string,
  list: readonly number[],
  params: readonly number[],
): Promise<StoredReading[]> {
  const readings: StoredReading[] = [];
  for (let from = 0; from < list.length; from += LIST) {
    const part = JSON.stringify(list.slice(from, from + LIST));
    const found = await file.catalogue.read(task, ({ name, quantities }) => ({
      sql: `SELECT ${selectList(quantities, 'r')} FROM ${quoted(name)} AS r WHERE ${where}`,
      params: [part, ...params],
      kinds: selectKinds(quantities),
    }));
    if (!found) break;
    const { table, result } = found;
    const meterOf = await naming(file, result);
    for (let i = 0; i < result.count; i++) readings.push(readingAt(result, i, table.quantities, meterOf));
  }
  return readings;
}

/** The readings of a task under the keys, in no particular order. */
export async function readKeys(file: ReadingFile, task: string, keys: readonly ReadingKey[]): Promise<StoredReading[]> {
  await refsOf(file, [...new Set(keys.map(({ meter }) => meter))]);
  const readings: StoredReading[] = [];
  for (let from = 0; from < keys.length; from += LIST) {
    const part = keys.slice(from, from + LIST).flatMap(({ slot, meter }) => {
      const ref = file.refs.ref(meter);
      return ref === undefined ? [] : [[slot, ref]];
    });
    const found = await file.catalogue.read(task, ({ name, quantities }) => ({
      sql:
        `SELECT ${selectList(quantities, 'r')} FROM json_each(?) AS k CROSS JOIN ${quoted(name)} AS r ` +
        'WHERE r.slot = k.value ->> 0 AND r.meter = k.value ->> 1',
      params: [JSON.stringify(part)],
      kinds: selectKinds(quantities),
    }));
    if (!found) break;
    const { table, result } = found;
    const meterOf = await naming(file, result);
    for (let i = 0; i < result.count; i++) readings.push(readingAt(result, i, table.quantities, meterOf));
  }
  return readings;
}

/** Marks at the slots. A slot may have a million meters, so a page ends inside it and the next one goes on there. */
export async function readMarks(file: ReadingFile, task: string, slots: readonly number[]): Promise<ReadingMark[]> {
  const marks: ReadingMark[] = [];
  let rest = ascending(slots);
  let within: readonly [slot: number, ref: number] | null = null;
  while (rest.length > 0 || within) {
    const page = markPage(rest.slice(0, LIST), within);
    const found = await file.catalogue.read(task, page);
    if (!found) break;
    const { result } = found;
    const meterOf = await naming(file, result);
    for (let i = 0; i < result.count; i++) marks.push(markAt(result, i, meterOf));
    if (result.count === PAGE) {
      const slot = numberAt(result, 0, PAGE - 1);
      within = [slot, numberAt(result, METER, PAGE - 1)];
      rest = rest.filter((wanted) => wanted > slot);
    } else if (within) within = null;
    else rest = rest.slice(LIST);
  }
  return marks;
}

const MARK_KINDS = ['number', 'number', 'number', 'number'] as const;

/** The next page: what is left of the slot in which the last one ended, else of the slots. */
function markPage(slots: readonly number[], within: readonly [slot: number, ref: number] | null) {
  const where = within ? 'slot = ? AND meter > ?' : 'slot IN (SELECT value FROM json_each(?))';
  return ({ name }: TaskTable): TableRead => ({
    sql: `SELECT slot, meter, read_at, quality FROM ${quoted(name)} WHERE ${where} ORDER BY slot, meter LIMIT ${PAGE}`,
    params: within ?? [JSON.stringify(slots)],
    kinds: MARK_KINDS,
  });
}

function markAt(result: ColumnsResult, i: number, meterOf: (ref: number) => string): ReadingMark {
  const slot = numberAt(result, 0, i);
  return {
    meter: meterOf(numberAt(result, METER, i)),
    slot,
    readAt: slot + numberAt(result, 2, i),
    quality: qualityOf(numberAt(result, 3, i)),
  };
}

/** Names of the meters in a result; those that the writer added since are learnt first. */
export async function naming({ refs }: ReadingFile, result: ColumnsResult): Promise<(ref: number) => string> {
  for (let i = 0; i < result.count; i++) {
    if (refs.meter(numberAt(result, METER, i)) !== undefined) continue;
    await refs.load();
    break;
  }
  return (ref) => {
    const meter = refs.meter(ref);
    if (meter === undefined) throw new Error(`BUG: no meter has number ${ref}`);
    return meter;
  };
}

/** Numbers of the meters that have any reading at all, ascending. */
export async function refsOf({ refs }: ReadingFile, meters: readonly string[]): Promise<number[]> {
  if (meters.some((meter) => refs.ref(meter) === undefined)) await refs.load();
  return ascending(meters.flatMap((meter) => refs.ref(meter) ?? []));
}
