import { DAY_S, HOUR_S, QUARTER_S, wholeSecond } from '../clock/local-time.ts';
import type { FaultKind } from '../faults/fault.ts';
import { suffers } from '../world/condition.ts';
import { type Frozen, PROFILE_DAYS, type ProfileRecord, type SimMeter } from '../world/meter.ts';
import type { PowerDown } from '../world/occurrence.ts';
import { dateTimeS, NOTHING, uint32 } from './data.ts';
import { energyData, instantData } from './objects.ts';

type Data = readonly number[];

/** One record of a table. */
interface Row {
  /** By the meter's clock, UTC ms: what a selection by time means. */
  readonly stampMs: number;
  /** Data of a column; undefined where the table has no such column. */
  column(oad: string): Data | undefined;
}

/** A table of records. */
interface Table {
  /** Column that a selection by time names. */
  readonly timeColumn: string;
  /** Columns given when the request names none. */
  readonly usual: readonly string[];
  /** Latest first. */
  rows(meter: SimMeter, atMs: number): Iterable<Row>;
}

const FREEZE_TIME = '20210200';
const NUMBER = '20220200';
const EVENT_START = '201E0200';
const EVENT_END = '20200200';
/** Records of an event kept. */
const EVENTS_KEPT = 10;

function frozen(record: Frozen): Row {
  return {
    stampMs: record.stampMs,
    column: (oad) => (oad === FREEZE_TIME ? dateTimeS(record.stampMs) : energyData(oad, record)),
  };
}

function profiled(record: ProfileRecord): Row {
  return {
    stampMs: record.stampMs,
    column: (oad) =>
      oad === FREEZE_TIME ? dateTimeS(record.stampMs) : (energyData(oad, record) ?? instantData(oad, record)),
  };
}

function happened({ startMs, endMs }: PowerDown, number: number): Row {
  const columns = new Map<string, Data>([
    [EVENT_START, dateTimeS(startMs)],
    [EVENT_END, endMs === null ? NOTHING : dateTimeS(endMs)],
    [NUMBER, uint32(number)],
  ]);
  return { stampMs: startMs, column: (oad) => columns.get(oad) };
}

/** A row whose values are of a type that does not exist. */
function unreadable(row: Row): Row {
  const spoilt = (data: Data | undefined): Data | undefined => data && [0x7f, ...data.slice(1)];
  return { ...row, column: (oad) => (oad === FREEZE_TIME ? row.column(oad) : spoilt(row.column(oad))) };
}

function* quarterHours(meter: SimMeter, atMs: number): Generator<Row> {
  const bad = suffers(meter.faults, 'bad-profile', wholeSecond(atMs));
  const stepMs = QUARTER_S * 1000;
  const latest = Math.floor(meter.clockMs(atMs) / stepMs) * stepMs;
  for (let n = 0; n < (PROFILE_DAYS * DAY_S) / QUARTER_S; n++) {
    const record = meter.loadProfile(latest - n * stepMs);
    if (record) yield bad ? unreadable(profiled(record)) : profiled(record);
  }
}

function* rowsOf(records: Iterable<Frozen>): Generator<Row> {
  for (const record of records) yield frozen(record);
}

function* month(meter: SimMeter, atMs: number): Generator<Row> {
  yield* rowsOf(meter.monthFreezes(atMs));
}

const freezes = (rows: Table['rows']): Table => ({
  timeColumn: FREEZE_TIME,
  usual: [FREEZE_TIME, '00100200', '00200200'],
  rows,
});
const events = (of: (meter: SimMeter, atMs: number) => readonly PowerDown[]): Table => ({
  timeColumn: EVENT_START,
  usual: [NUMBER, EVENT_START, EVENT_END],
  rows: (meter, atMs) => {
    const all = of(meter, atMs);
    return all.slice(0, EVENTS_KEPT).map((event, i) => happened(event, all.length - i));
  },
});
const faults = (kind: FaultKind): Table => events((meter, atMs) => meter.events(kind, atMs));

/** Tables by object: minute, hour, day and month freeze; voltage loss, interruption, cover, magnetic field. */
const TABLES: ReadonlyMap<string, Table> = new Map<string, Table>([
  [
    '50020200',
    {
      timeColumn: FREEZE_TIME,
      usual: [FREEZE_TIME, '00100200', '00200200'],
      rows: quarterHours,
    },
  ],
  ['50030200', freezes((meter, atMs) => rowsOf(meter.freezes('hour', atMs)))],
  ['50040200', freezes((meter, atMs) => rowsOf(meter.freezes('day', atMs)))],
  ['50060200', freezes(month)],
  ['30000200', faults('voltage-loss')],
  ['30110200', events((meter, atMs) => meter.powerDowns(atMs))],
  ['301B0200', faults('cover-open')],
  ['302A0200', faults('magnetic')],
]);

const FREEZES = ['50030200', '50040200', '50060200'];

/** The table of an object, or undefined where the meter has none. */
export function tableOf(meter: SimMeter, oad: string, atMs: number): Table | undefined {
  if (oad === '50020200' && meter.lacks('load-profile', atMs)) return undefined;
  if (FREEZES.includes(oad) && meter.lacks('freezes', atMs)) return undefined;
  return TABLES.get(oad);
}

/** How a request picks rows. */
export type Selection =
  | { readonly by: 'time'; readonly column: string; readonly atMs: number }
  | {
      readonly by: 'range';
      readonly column: string;
      readonly fromMs: number;
      readonly untilMs: number;
      readonly stepS: number;
    }
  | { readonly by: 'last'; readonly n: number };

/** The rows that a selection means: by time or range (end exclusive) earliest first; the n-th last alone. */
export function selected(table: Table, meter: SimMeter, selection: Selection, atMs: number): Row[] {
  const rows: Row[] = [];
  let n = 0;
  for (const row of table.rows(meter, atMs)) {
    n += 1;
    if (selection.by === 'last') {
      if (n === selection.n) return [row];
      continue;
    }
    const from = selection.by === 'time' ? selection.atMs : selection.fromMs;
    if (row.stampMs < from) break;
    if (matches(row.stampMs, selection)) rows.push(row);
  }
  return rows.reverse();
}

function matches(stampMs: number, selection: Exclude<Selection, { by: 'last' }>): boolean {
  if (selection.by === 'time') return stampMs === selection.atMs;
  const { fromMs, untilMs, stepS } = selection;
  return stampMs < untilMs && (stepS === 0 || (stampMs - fromMs) % (stepS * 1000) === 0);
}

/** Seconds of an interval in units of 0 s, 1 min, 2 h, 3 day; months are steps of the table itself. */
export function intervalSeconds(interval: { readonly unit: number; readonly count: number } | null): number {
  const seconds = interval && [1, 60, HOUR_S, DAY_S][interval.unit];
  return interval && seconds ? seconds * interval.count : 0;
}
