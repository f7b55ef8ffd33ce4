import { describe, expect, it } from 'vitest';
import { slotsOfDay } from '#contract/calendar.ts';
import { DEFAULT_TASKS, type Task } from '#contract/tasks.ts';
import { addDays } from '#contract/zone.ts';
import { type DayColumns, emptyDay } from '#domain/collection/day-columns.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import type { Finding } from '#stores/figures-store.ts';
import type { StoredReading } from '#stores/reading-store.ts';
import { RowSet } from '../../../gateway/figures/row-set.ts';
import { VeeSums } from '../../../gateway/figures/vee-sums.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { at, meter, registry, task, ZONE } from '../domain/site.ts';

const DATE = '2026-11-18';
const NEXT = addDays(DATE, 1);
const METERS = ['m1', 'm2', 'm3'];
const PROFILE = task('profile');
/** Of some customers only: sums are those of the profile that all meters have. */
const FINE: Task = { ...PROFILE, id: 'fine', calendar: { everyS: 300 }, for: { priorities: ['large'] } };
const SLOTS = [...slotsOfDay(PROFILE.calendar, ZONE, DATE), at(NEXT)];

function freeze(date: string, importWh: readonly number[]): DayColumns {
  const day = emptyDay('freeze-day', date, at(date), importWh.length);
  day.importWh.set(importWh);
  return day;
}

/** Three meters that count 9.6 kWh on the day by their freezes, and a hundred Wh a point by their profiles. */
function bench(
  over: Partial<Record<string, number>> = {},
  stored: readonly Finding[] = [],
  points?: ConstructorParameters<typeof VeeSums>[0]['points'],
) {
  const days = new Map([
    [DATE, freeze(DATE, [0, 0, 0])],
    [
      NEXT,
      freeze(
        NEXT,
        METERS.map((id) => over[id] ?? 9600),
      ),
    ],
  ]);
  const index = new RegistryIndex(registry({ meters: METERS.map((id) => meter(id)), tasks: [FINE, ...DEFAULT_TASKS] }));
  const kept = {
    ...{ registry: index, meters: METERS, rowOf: (id: string) => METERS.indexOf(id) },
    of: async (_task: string, date: string) => days.get(date) ?? null,
  };
  const missing = new Set<string>();
  let read = 0;
  const sums = new VeeSums({
    days: () => kept,
    clock: new ManualClock(at('2026-11-19', '08:00')),
    metersPerTick: 2,
    ...(points && { points }),
    figures: { days: async () => [], findings: async ({ slot }) => stored.filter((each) => each.slot === slot) },
    readings: {
      ofMeter: async (_task, id, slots) => {
        read += 1;
        return slots.flatMap((slot) => (missing.has(`${id} ${slot}`) ? [] : [point(id, slot)]));
      },
    },
  });
  const found = async (changed: readonly number[] = []) => {
    const changes = changed.length > 0 ? [{ task: 'freeze-day', date: NEXT, rows: new Set(changed) }] : [];
    return (await sums.follow(changes, kept)).findings;
  };
  const settle = async (): Promise<void> => {
    do await sums.tick();
    while (sums.isBusy);
  };
  return { sums, days, missing, found, settle, reads: () => read };
}

function point(id: string, slot: number): StoredReading {
  const values = { energy_import_wh: SLOTS.indexOf(slot) * 100 };
  return { meter: id, slot, meterTime: null, readAt: slot, quality: 'valid', rules: [], values };
}

describe('the sum check of profiles', () => {
  it('tells of a meter whose profile and freezes differ, at the profile and the begin of the day', async () => {
    const { settle, found } = bench({ m2: 9701 });
    await settle();
    expect(await found()).toEqual({
      of: [expect.objectContaining({ meter: 'm2' })],
      found: [
        {
          ...{ task: 'profile', slot: at(DATE), meter: 'm2', rule: 'sum_mismatch' },
          facts: { usageDate: DATE, sumWh: 9600, dayWh: 9701, toleranceWh: 100, points: 97 },
        },
      ],
    });
  });

  it('reads no more profiles in one tick than it may, and goes on in the next', async () => {
    const { sums, reads } = bench();
    await sums.tick();
    expect(reads()).toBe(2);
    await sums.tick();
    expect(reads()).toBe(3);
    expect(sums.isBusy).toBe(false);
  });

  it('checks again when a freeze or a point at the end of the day comes, and clears what no longer holds', async () => {
    const { sums, days, missing, found, settle } = bench();
    missing.add(`m1 ${at(NEXT)}`);
    days.get(NEXT)?.importWh.set([12_000, 9600, 9600]);
    await settle();
    expect((await found())?.found).toEqual([]);
    missing.clear();
    const told = { task: 'profile', meters: ['m1'], slots: [at(NEXT)], readAts: [at(NEXT)], qualities: [0] };
    await sums.take({ readings: [told] });
    await settle();
    expect((await found())?.found).toHaveLength(1);
    days.get(NEXT)?.importWh.set([9600, 9600, 9600]);
    await found([0]);
    await settle();
    const cleared = await found();
    expect(cleared?.of).toEqual([expect.objectContaining({ meter: 'm1' })]);
    expect(cleared?.found).toEqual([]);
  });

  it('clears what an earlier process found, and gives everything twice in case a checkpoint failed', async () => {
    const old = { task: 'profile', slot: at(DATE), meter: 'm3', rule: 'sum_mismatch', facts: {} };
    const { settle, found } = bench({}, [old]);
    await settle();
    for (let i = 0; i < 2; i++) expect((await found())?.of).toEqual([expect.objectContaining({ meter: 'm3' })]);
    expect((await found())?.of).toEqual([]);
  });

  it('cannot judge a day without both freezes', async () => {
    const { settle, found, reads } = bench({ m1: Number.NaN, m2: Number.NaN, m3: Number.NaN });
    await settle();
    expect(reads()).toBe(0);
    expect((await found())?.of).toEqual([]);
  });

  it('reads no profile of a meter without points at both ends of the day, and clears what it had', async () => {
    const old = { task: 'profile', slot: at(DATE), meter: 'm3', rule: 'sum_mismatch', facts: {} };
    const there = (slot: number) => rowsOf(slot === at(DATE) ? [0, 1] : [1, 2]);
    const { settle, found, reads } = bench({ m2: 9701 }, [old], {
      rowsAt: async (_task, _date, slot) => there(slot),
    });
    await settle();
    expect(reads()).toBe(1);
    const told = await found();
    expect(told?.of.map((each) => each.meter)).toEqual(['m2', 'm3']);
    expect(told?.found.map((each) => each.meter)).toEqual(['m2']);
  });

  it('does not even look at the freezes where no profile came', async () => {
    const { sums, days, settle, reads } = bench({}, [], { rowsAt: async () => rowsOf([]) });
    days.get = () => {
      throw new Error('looked at');
    };
    await settle();
    expect(reads()).toBe(0);
    expect(sums.isBusy).toBe(false);
  });

  it('waits until it is known which points came, and loses nothing of what is queued meanwhile', async () => {
    let isKnown = false;
    const { sums, settle, found, reads } = bench({ m2: 9701 }, [], {
      rowsAt: async () => (isKnown ? rowsOf([0, 1, 2]) : 'later'),
    });
    await sums.tick();
    await sums.tick();
    expect([reads(), sums.isBusy]).toEqual([0, true]);
    isKnown = true;
    await settle();
    expect((await found())?.found).toHaveLength(1);
  });
});

function rowsOf(rows: readonly number[]): RowSet {
  const set = new RowSet(METERS.length);
  for (const row of rows) set.add(row);
  return set;
}
