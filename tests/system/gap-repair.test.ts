import { afterEach, describe, expect, it } from 'vitest';
import { closesAt, dueSlots } from '#contract/due.ts';
import { type MeterModel, meterModel } from '#contract/models.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import type { DistrictPlan, LinePlan } from '../../simulators/district/build.ts';
import { CollectorBench } from '../support/collector-bench.ts';
import { differences } from '../support/oracle.ts';
import { at, task, ZONE } from '../support/plan.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** The collector works for a minute, and is back ten seconds before a slot of present values. */
const START = at('2026-11-01', '10:03:50');
const WORKS_MS = 60_000;
/** Eight records with their follow-up frames, or a freeze: what one read of the repair may hold up the line for. */
const ONE_READ_MS = 1000;

const line = (id: string, kind: LinePlan['kind'], replyMs: number, more: Partial<LinePlan> = {}): LinePlan => ({
  id,
  kind,
  customers: 1,
  timing: { baudRate: null, replyDelayMs: [replyMs, replyMs + 1] },
  ...more,
});

const lines = (replyMs: number): LinePlan[] => [
  line('PROFILED', 'dlt645-tcp', replyMs),
  line('HOURLY', 'dlt645-tcp', replyMs, { options: { noLoadProfile: true } }),
  line('D698', 'dlt698-tcp', replyMs),
  line('MODBUS', 'modbus-tcp', replyMs),
];

const district = (of: readonly LinePlan[]): DistrictPlan => ({ areas: [{ id: 'A1', lines: of }] });

interface Tasks {
  readonly freezes: Task;
  readonly profile: Task;
  readonly hourly: Task;
  readonly instant: Task;
}

const tasksFor = (days: number): Tasks => ({
  freezes: task('freeze-day', { backfillDays: 0, repairDays: days }),
  profile: task('profile', { repairDays: days }),
  hourly: task('profile', { id: 'hourly', calendar: { everyS: 3600 }, items: ['energy_import_wh'], repairDays: days }),
  instant: task('instant'),
});

interface Row {
  readonly stream: string;
  readonly task: string;
  readonly meter: string;
  readonly slot: number;
  /** Column by column, as it stands in the spool. */
  readonly cells: ReadonlyMap<string, unknown>;
}

let bench: CollectorBench;
afterEach(() => bench.close());

const keyOf = (of: string, meter: string, slot: number): string => `${of} ${meter} ${slot}`;
const keysOf = (rows: readonly Row[]): string[] => rows.map((row) => keyOf(row.task, row.meter, row.slot));
const readAtOf = ({ cells }: Row): number => Number(cells.get('readAt'));

/** Everything the collector has written down so far, in that order. */
async function written(stream: 'reading' | 'outcome'): Promise<Row[]> {
  const records = await bench.spool.read(1, 1_000_000);
  return records
    .filter((record) => record.stream === stream)
    .map(({ task: of, columns, row }) => {
      const cells = new Map(columns.map((column, i) => [column, row[i]]));
      return { stream, task: of, meter: String(cells.get('meter')), slot: Number(cells.get('slot')), cells };
    });
}

function repeated(rows: readonly Row[]): string[] {
  const seen = new Set<string>();
  return keysOf(rows).filter((key) => seen.size === seen.add(key).size);
}

/** Values that no meter gave for that slot. */
function inventions(rows: readonly Row[], tasks: Tasks): string[] {
  return rows.flatMap((row) => {
    const of = Object.values(tasks).find(({ id }) => id === row.task);
    if (!of) return [`no task ${row.task}`];
    const names = [...row.cells.keys()].slice(4) as QuantityName[];
    const values = Object.fromEntries(names.map((name) => [name, row.cells.get(name) as number | null]));
    return differences(bench.world, of, { meter: row.meter, slot: row.slot, readAt: readAtOf(row), values });
  });
}

interface Owed {
  readonly key: string;
  readonly slot: number;
  readonly closesAt: number;
}

/** Slots of a task that came due on a line in [from, to). */
function owed(of: Task, on: string, from: number, to: number): Owed[] {
  return metersOn(on).flatMap(({ meter, model }) =>
    dueSlots(meter, model, of, ZONE, from, to).map((slot) => ({
      key: keyOf(of.id, meter.id, slot),
      slot,
      closesAt: closesAt(model, of, ZONE, slot),
    })),
  );
}

function metersOn(on: string) {
  return bench.plan.meters
    .filter((meter) => meter.line === on)
    .map((meter) => ({ meter, model: meterModel(meter.model) as MeterModel }));
}

/** What the meters of the district remember of the time before `back`. */
function remembered({ freezes, profile, hourly }: Tasks, back: number): string[] {
  const of = [
    ...['PROFILED', 'HOURLY', 'D698'].map((on) => [freezes, on] as const),
    ...['PROFILED', 'D698'].map((on) => [profile, on] as const),
    ...['PROFILED', 'HOURLY', 'D698'].map((on) => [hourly, on] as const),
  ];
  return of.flatMap(([each, on]) => owed(each, on, START, back - each.delayS * 1000)).map(({ key }) => key);
}

/** A collector that worked for a minute, was away, and is back. Resolves with the moment it came back. */
async function away(days: number, tasks: Tasks, of: readonly LinePlan[]): Promise<number> {
  bench = await CollectorBench.open(START, district(of), Object.values(tasks));
  await bench.start();
  await bench.deliverPlan();
  await bench.pass(START + WORKS_MS - bench.clock.now(), 50);
  await bench.stop();
  await bench.clock.advance(START + WORKS_MS + days * DAY_MS - bench.clock.now());
  const back = bench.clock.now();
  await bench.start();
  return back;
}

/** Lets time pass until nothing of `keys` is missing; at most ten minutes of the test's clock. */
async function repaired(keys: readonly string[], share = 1): Promise<void> {
  const end = bench.clock.now() + 600_000;
  for (;;) {
    const held = new Set(keysOf(await written('reading')));
    const missing = keys.filter((key) => !held.has(key));
    if (missing.length <= keys.length * (1 - share)) return;
    if (bench.clock.now() > end) throw new Error(`${missing.length} slots are still missing, such as ${missing[0]}`);
    await bench.pass(500, 50);
  }
}

/** Places at which a line went back to a newer slot of the same meter and task. */
function upwards(rows: readonly Row[]): string[] {
  const last = new Map<string, number>();
  return rows.flatMap(({ task: of, meter, slot }) => {
    const key = `${of} ${meter}`;
    const before = last.get(key) ?? Number.POSITIVE_INFINITY;
    last.set(key, slot);
    return slot < before ? [] : [`${key}: ${new Date(slot).toISOString()} after ${new Date(before).toISOString()}`];
  });
}

/** How late the present values of a line were read at one slot, the latest of its meters, ms. */
function latest(rows: readonly Row[], on: string, slot: number): number {
  const ids = metersOn(on).map(({ meter }) => meter.id);
  const taken = rows.filter((row) => row.task === 'instant' && row.slot === slot && ids.includes(row.meter));
  expect(taken).toHaveLength(ids.length);
  return Math.max(...taken.map((row) => readAtOf(row) - slot));
}

describe('a collector that was away for three days', () => {
  const tasks = tasksFor(3);

  it('fetches all that the meters remember, newest first and each once, while live reads stay on time', async () => {
    const back = await away(3, tasks, lines(50).slice(0, 2));
    const gap = remembered(tasks, back);
    expect(gap.length).toBeGreaterThan(700);
    await repaired(gap);
    const tookMs = bench.clock.now() - back;
    // Present values came due in the middle of it, and once more when it was over.
    const during = back - WORKS_MS - START + at('2026-11-01', '10:05:00');
    expect(tookMs).toBeGreaterThan(10_000);
    const quiet = during + Math.ceil(tookMs / 300_000) * 300_000;
    await bench.pass(quiet - 1000 - bench.clock.now(), 5000);
    await bench.pass(11_000, 50);
    const readings = await written('reading');
    expect(repeated(readings)).toEqual([]);
    expect(inventions(readings, tasks)).toEqual([]);
    const stored = readings.filter((row) => row.task !== 'instant' && row.slot < back && readAtOf(row) >= back);
    expect(stored.length).toBeGreaterThanOrEqual(gap.length);
    expect(upwards(stored)).toEqual([]);
    for (const on of ['PROFILED', 'HOURLY']) {
      expect(latest(readings, on, during), on).toBeLessThanOrEqual(latest(readings, on, quiet) + ONE_READ_MS);
    }
  }, 60_000);

  it('says once of each slot that no meter remembers that nobody was there, and why it is not fetched later', async () => {
    const back = await away(3, tasks, lines(1));
    await repaired(remembered(tasks, back));
    const lost = [
      ...Object.values(tasks).flatMap((each) => owed(each, 'MODBUS', START - HOUR_MS, back)),
      ...['PROFILED', 'HOURLY', 'D698'].flatMap((on) => owed(tasks.instant, on, START - HOUR_MS, back)),
    ].filter((slot) => slot.closesAt > START + WORKS_MS && slot.closesAt <= back);
    const held = new Set(keysOf(await written('reading')));
    const missed = lost.filter(({ key }) => !held.has(key)).map(({ key }) => key);
    expect(missed.length).toBeGreaterThan(4000);
    const told = (await written('outcome')).filter(({ cells }) => cells.get('reason') === 'collector_offline');
    expect(keysOf(told).toSorted()).toEqual(missed.toSorted());
    for (const { cells } of told) {
      expect(cells.get('final')).toBe(true);
      expect(cells.get('detail')).toBe('the meter keeps nothing to fetch it from later');
    }
  }, 60_000);

  it('goes on where it was when it is ended in the middle of it, twice', async () => {
    const back = await away(3, tasks, lines(20));
    const gap = remembered(tasks, back);
    for (const share of [0.3, 0.7]) {
      await repaired(gap, share);
      await bench.stop();
      await bench.start();
    }
    await repaired(gap);
    const readings = await written('reading');
    expect(repeated(readings)).toEqual([]);
    expect(inventions(readings, tasks)).toEqual([]);
    const finals = (await written('outcome')).filter(({ cells }) => cells.get('final') === true);
    expect(repeated(finals)).toEqual([]);
  }, 60_000);
});

describe('a collector that was away for twenty days', () => {
  it('fetches twenty days where the tasks allow that, and 254 hours of hourly freezes', async () => {
    const tasks = tasksFor(20);
    const back = await away(20, tasks, lines(1).slice(0, 2));
    const eldest = back - 254 * HOUR_MS;
    const hours = owed(tasks.hourly, 'HOURLY', START, back);
    const gone = new Set(hours.filter(({ slot }) => slot <= eldest).map(({ key }) => key));
    expect(hours.length - gone.size).toBe(254);
    const gap = remembered(tasks, back).filter((key) => !gone.has(key));
    expect(gap.length).toBeGreaterThan(5000);
    await repaired(gap);
    await bench.pass(20_000, 50);
    const readings = await written('reading');
    expect(repeated(readings)).toEqual([]);
    expect(inventions(readings, tasks)).toEqual([]);
    expect(
      upwards(readings.filter((row) => row.task !== 'instant' && row.slot < back && readAtOf(row) >= back)),
    ).toEqual([]);
    const forgotten = (await written('outcome')).filter((row) => gone.has(keyOf(row.task, row.meter, row.slot)));
    expect(keysOf(forgotten).toSorted()).toEqual([...gone].toSorted());
    expect(new Set(forgotten.map(({ cells }) => cells.get('reason')))).toEqual(new Set(['not_supported']));
  }, 60_000);
});

describe('a collector that begins with meters that have been there for long', () => {
  it('fetches the 62 day freezes that they keep, newest first, and nothing that they do not have', async () => {
    const freezes = task('freeze-day', { backfillDays: 62, repairDays: 62 });
    const tasks = { ...tasksFor(0), freezes };
    bench = await CollectorBench.open(START, district(lines(1).slice(0, 3)), [freezes]);
    await bench.start();
    await bench.deliverPlan();
    const gap = ['PROFILED', 'HOURLY', 'D698'].flatMap((on) => owed(freezes, on, START - 62 * DAY_MS, START));
    expect(gap).toHaveLength(62 * 4);
    await repaired(gap.map(({ key }) => key));
    const readings = await written('reading');
    expect(repeated(readings)).toEqual([]);
    expect(inventions(readings, tasks)).toEqual([]);
    expect(upwards(readings)).toEqual([]);
  }, 60_000);
});
