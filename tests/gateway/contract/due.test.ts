import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slotsBetween } from '#contract/calendar.ts';
import { dueSlots, dueState, firstSlot, givesTask, type Installed, keepsTask } from '#contract/due.ts';
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
