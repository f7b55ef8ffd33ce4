import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextSlot, slotAt, slotsBetween } from '#contract/calendar.ts';
import {
  closesAt,
  delayMsOf,
  dueSlots,
  dueState,
  firstSlot,
  givesTask,
  type Installed,
  keepsTask,
} from '#contract/due.ts';
import { METER_MODELS, type MeterModel, meterModel } from '#contract/models.ts';
import { DEFAULT_TASKS, type Task } from '#contract/tasks.ts';
import { instantOf } from '#contract/zone.ts';

const ZONE = 'Europe/Berlin';
const HOUR = 3_600_000;

function model(id: string): MeterModel {
  const found = meterModel(id);
  if (!found) throw new Error(`no model ${id}`);
  return found;
}

function task(id: string): Task {
  const found = DEFAULT_TASKS.find((candidate) => candidate.id === id);
  if (!found) throw new Error(`no task ${id}`);
  return found;
}

const midnight = (date: string): number => instantOf(ZONE, date);
const meter: Installed = {
  installedAt: midnight('2026-01-10'),
  removedAt: null,
  collectedFrom: midnight('2026-11-20') + 10 * HOUR,
};

describe('what a model gives', () => {
  it('are events only from a meter that records them', () => {
    expect(givesTask(model('dlt645-1ph'), { kind: 'event' })).toBe(true);
    expect(givesTask(model('sdm120'), { kind: 'event' })).toBe(false);
    expect(givesTask(model('sdm120'), { kind: 'freeze-day' })).toBe(true);
    expect(dueSlots(meter, model('sdm120'), task('event'), ZONE, 0, midnight('2027-01-01'))).toEqual([]);
  });

  it('is remembered by a DL/T 645 meter, but never its present values', () => {
    expect(keepsTask(model('dlt645-3ph'), { kind: 'freeze-day' })).toBe(true);
    expect(keepsTask(model('dlt645-3ph'), { kind: 'instant' })).toBe(false);
    expect(keepsTask(model('dlt645-3ph'), { kind: 'event' })).toBe(false);
    expect(keepsTask(model('sdm630'), { kind: 'freeze-day' })).toBe(false);
  });
});

describe('the first slot', () => {
  it('lies backfillDays before collection began, where the meter remembers', () => {
    expect(firstSlot(meter, model('dlt645-1ph'), task('freeze-day'), ZONE)).toBe(midnight('2026-11-17'));
    expect(firstSlot(meter, model('dlt645-1ph'), task('profile'), ZONE)).toBe(midnight('2026-11-20'));
  });

  it('lies no further back than the memory of the meter', () => {
    const short: MeterModel = { ...model('dlt645-1ph'), keepsDays: { 'freeze-day': 1 } };
    expect(firstSlot(meter, short, task('freeze-day'), ZONE)).toBe(midnight('2026-11-19'));
  });

  it('lies no further back than a slot can be repaired', () => {
    const brief = { ...task('freeze-day'), backfillDays: 3, repairDays: 1 };
    expect(firstSlot(meter, model('dlt645-1ph'), brief, ZONE)).toBe(midnight('2026-11-19'));
  });

  it('is the moment collection began, where it does not', () => {
    expect(firstSlot(meter, model('sdm120'), task('freeze-day'), ZONE)).toBe(meter.collectedFrom);
  });

  it('is the slot just past, where its tolerance leaves room to read it', () => {
    const slot = midnight('2026-11-20');
    const began = (collectedFrom: number): number =>
      firstSlot({ ...meter, collectedFrom }, model('sdm120'), { ...task('freeze-day'), toleranceS: 300 }, ZONE);
    expect(began(slot + 270_000)).toBe(slot);
    expect(began(slot + 270_001)).toBe(slot + 270_001);
  });

  it('is not the slot just past when the next one would come first', () => {
    const slot = midnight('2026-11-20');
    const greedy = { ...task('profile'), toleranceS: 86_400 };
    const began = (collectedFrom: number): number =>
      firstSlot({ ...meter, collectedFrom }, model('sdm120'), greedy, ZONE);
    expect(began(slot + 870_000)).toBe(slot);
    expect(began(slot + 870_001)).toBe(slot + 870_001);
  });
});

describe('a slot can be read', () => {
  it('after the delay where the meter writes a record, at once where the value is taken by the collector', () => {
    const delayed = { kind: 'freeze-day', delayS: 300 } as const;
    expect(delayMsOf(model('dlt645-1ph'), delayed)).toBe(300_000);
    expect(delayMsOf(model('sdm120'), delayed)).toBe(0);
    expect(delayMsOf(model('dlt645-1ph'), { kind: 'instant', delayS: 300 })).toBe(0);
  });

  it('for some time with every default task and model', () => {
    for (const each of DEFAULT_TASKS) {
      for (const known of METER_MODELS) {
        const slot = midnight('2026-11-20');
        const roomMs = closesAt(known, each, ZONE, slot) - slot - delayMsOf(known, each);
        expect(roomMs, `${each.id} ${known.id}`).toBeGreaterThanOrEqual(100_000);
      }
    }
  });
});

describe('a slot closes', () => {
  const slot = midnight('2026-11-20') + 10.25 * HOUR;

  it('at the end of its repair days where the meter remembers', () => {
    expect(closesAt(model('dlt645-1ph'), { ...task('profile'), repairDays: 2 }, ZONE, slot)).toBe(
      midnight('2026-11-23'),
    );
    const freeze = { ...task('freeze-day'), repairDays: 0 };
    expect(closesAt(model('dlt645-1ph'), freeze, ZONE, midnight('2026-11-20'))).toBe(midnight('2026-11-21'));
  });

  it('no later than the memory of the meter', () => {
    const short: MeterModel = { ...model('dlt645-1ph'), keepsDays: { profile: 1 } };
    expect(closesAt(short, { ...task('profile'), repairDays: 9 }, ZONE, slot)).toBe(midnight('2026-11-22'));
  });

  it('after the tolerance where it does not, whatever the delay', () => {
    const each = { ...task('profile'), toleranceS: 120, delayS: 100 };
    expect(closesAt(model('sdm120'), each, ZONE, slot)).toBe(slot + 120_000);
    expect(closesAt(model('dlt645-1ph'), { ...task('event'), toleranceS: 60 }, ZONE, slot)).toBe(slot + 60_000);
  });

  it('before one present value could be written down under two names', () => {
    const settings = fc.record({
      everyS: fc.constantFrom(60, 300, 900, 3600),
      toleranceS: fc.integer({ min: 1, max: 86_400 }),
      delayS: fc.integer({ min: 0, max: 600 }),
      offsetS: fc.integer({ min: 0, max: 86_400 }),
    });
    fc.assert(
      fc.property(settings, ({ everyS, toleranceS, delayS, offsetS }) => {
        const each = { ...task('profile'), calendar: { everyS }, toleranceS, delayS };
        const some = slotAt(each.calendar, ZONE, midnight('2026-11-20') + offsetS * 1000);
        const nextDue = nextSlot(each.calendar, ZONE, some) + delayMsOf(model('sdm120'), each);
        expect(closesAt(model('sdm120'), each, ZONE, some)).toBeLessThanOrEqual(nextDue);
      }),
    );
  });
});

describe('the state of a slot', () => {
  const state = (slot: number, installed = meter): string =>
    dueState(installed, model('dlt645-1ph'), task('freeze-day'), ZONE, slot);

  it('is not installed before installation and from removal on', () => {
    const removed = { ...meter, removedAt: midnight('2026-12-01') };
    expect(state(meter.installedAt - 1)).toBe('not_installed');
    expect(state(meter.installedAt)).toBe('excluded_new');
    expect(state(midnight('2026-11-30'), removed)).toBe('due');
    expect(state(midnight('2026-12-01'), removed)).toBe('not_installed');
  });

  it('is excluded as new between installation and the first slot', () => {
    expect(state(midnight('2026-11-16'))).toBe('excluded_new');
    expect(state(midnight('2026-11-17'))).toBe('due');
  });

  it('is due for exactly the slots that are listed as due', () => {
    const day = 24 * HOUR;
    const base = midnight('2026-03-20');
    const offset = fc.integer({ min: 0, max: 20 * day });
    fc.assert(
      fc.property(
        fc.constantFrom(...METER_MODELS),
        fc.constantFrom(...DEFAULT_TASKS),
        offset,
        fc.option(offset),
        offset,
        (meterModel_, anyTask, installed, removed, collected) => {
          const some: Installed = {
            installedAt: base + installed,
            removedAt: removed === null ? null : base + installed + removed,
            collectedFrom: base + collected,
          };
          const span = [base - day, base + 25 * day] as const;
          const listed = dueSlots(some, meterModel_, anyTask, ZONE, ...span);
          const judged = slotsBetween(anyTask.calendar, ZONE, ...span).filter(
            (slot) => givesTask(meterModel_, anyTask) && dueState(some, meterModel_, anyTask, ZONE, slot) === 'due',
          );
          expect(listed).toEqual(judged);
        },
      ),
      { numRuns: 60 },
    );
  });
});
