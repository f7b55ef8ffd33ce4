import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slotsOfDay } from '#contract/calendar.ts';
import { dueState, givesTask } from '#contract/due.ts';
import { METER_MODELS } from '#contract/models.ts';
import { ACCOUNT_CATEGORIES, ACCOUNT_PRIORITIES, type Installation } from '#contract/registry.ts';
import { spansOf } from '#contract/task-selection.ts';
import { DEFAULT_TASKS, type Task } from '#contract/tasks.ts';
import { addDays } from '#contract/zone.ts';
import { dueClassifier } from '#domain/collection/due-class.ts';
import { dueBits, emptyDuePoints, setDue } from '#domain/collection/point-figures.ts';
import { buildGrid } from '#domain/collection/slot-grid.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { account, at, installation, meter, registry, task, ZONE } from '../site.ts';

const DATE = '2026-11-20';
const FINE: Task = {
  ...task('profile'),
  id: 'fine',
  calendar: { everyS: 300 },
  for: { categories: ['dedicated'], priorities: ['large'] },
};
const SLOTS = slotsOfDay(FINE.calendar, ZONE, DATE);
const NOON = at(DATE, '12:00');
const METERS = ['mill', 'shop', 'home', 'supply', 'to shop', 'from shop', 'closed'].map((id) => meter(id));
const index = new RegistryIndex(
  registry({
    accounts: [
      account('1', { category: 'dedicated' }),
      account('2', { category: 'commercial', priority: 'large' }),
      account('3'),
      account('4', { category: 'dedicated', status: 'closed' }),
    ],
    meters: METERS,
    installations: [
      installation('mill', { account: '1' }),
      installation('shop', { account: '2' }),
      installation('home', { account: '3' }),
      installation('supply'),
      installation('to shop', { account: '3', to: NOON }),
      installation('to shop', { account: '2', from: NOON }),
      installation('from shop', { account: '2', to: NOON }),
      installation('from shop', { account: '3', from: NOON }),
      installation('closed', { account: '4' }),
    ],
    tasks: [task('profile'), FINE],
  }),
);

const classOf = (id: string, slot: number, of = FINE): string =>
  dueClassifier(index, index.meter(id) ?? meter(id), of, ZONE)(slot);

describe('a slot of a task for some customers', () => {
  it('is due for meters that serve one, and no business of the others', () => {
    expect(METERS.map(({ id }) => classOf(id, NOON - 300_000))).toEqual([
      ...['due', 'due', 'not_due', 'not_due', 'not_due', 'due', 'excluded_closed'],
    ]);
    expect(METERS.map(({ id }) => classOf(id, NOON))).toEqual([
      ...['due', 'due', 'not_due', 'not_due', 'due', 'not_due', 'excluded_closed'],
    ]);
    expect(METERS.slice(0, 6).map(({ id }) => classOf(id, NOON, task('profile')))).toEqual(Array(6).fill('due'));
  });

  it('is counted in the figures where it is due: what the others gave or did not give counts for nothing', () => {
    const marks = ['mill', 'home'].map((id) => ({ meter: id, slot: NOON, readAt: NOON, quality: 'valid' as const }));
    const failures = ['home', 'shop'].map((id) => ({
      ...{ meter: id, slot: NOON, at: NOON, reason: 'no_answer' as const, detail: '' },
      ...{ attempts: 1, lastBytes: '', final: true },
    }));
    const grid = buildGrid({
      ...{ registry: index, meters: METERS, task: FINE, zone: ZONE, date: DATE, now: at(DATE, '23:59') },
      ...{ marks, failures },
    });
    expect(grid.owed).toBe(3 * SLOTS.length + SLOTS.length);
  });

  it('is one of the points expected of a day, also of a meter whose account changed on it', () => {
    const due = emptyDuePoints(SLOTS, METERS.length);
    for (const [row, each] of METERS.entries()) {
      const isPlain = index.installationsOf(each.id).length === 1;
      setDue(due, row, dueClassifier(index, each, FINE, ZONE), isPlain);
    }
    expect([...due.kinds]).toEqual([1, 1, 0, 0, 2, 2, 0]);
    for (const [row, id] of [
      [4, 'to shop'],
      [5, 'from shop'],
    ] as const) {
      expect(due.some.get(row)).toEqual(dueBits(SLOTS, (slot) => (classOf(id, slot) === 'due' ? 'due' : 'not_due')));
    }
  });

  it('is judged by the centre as by the collector, which is told only when the meter has the task', () => {
    const kind = fc.record({
      category: fc.constantFrom(...ACCOUNT_CATEGORIES),
      priority: fc.constantFrom(...ACCOUNT_PRIORITIES),
    });
    const served = fc.array(fc.record({ kind: fc.option(kind), hours: fc.integer({ min: 1, max: 40 }) }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...METER_MODELS),
        fc.constantFrom(...DEFAULT_TASKS),
        served,
        fc.nat(4),
        (model, plain, stays, asked) => {
          const each: Task = { ...plain, for: { categories: ['dedicated'], priorities: ['large', 'critical'] } };
          const start = at(DATE, '06:00');
          const installations: Installation[] = [];
          let end = start;
          for (const [i, stay] of stays.entries()) {
            const to = end + stay.hours * 3_600_000;
            installations.push(installation('m', { account: stay.kind && `${i}`, from: end, to }));
            end = to;
          }
          const accounts = stays.flatMap((stay, i) => (stay.kind ? [account(`${i}`, stay.kind)] : []));
          const known = new RegistryIndex(registry({ accounts, installations }));
          const some = meter('m', { model: model.id, collectedFrom: at(DATE, '09:30') });
          const selected = spansOf([each], installations, (no) => known.account(no));
          const told = { installedAt: start, removedAt: end, collectedFrom: some.collectedFrom, selected };
          const classOfSlot = dueClassifier(known, some, each, ZONE);
          for (const slot of slotsOfDay(each.calendar, ZONE, addDays(DATE, asked))) {
            const isDue = givesTask(model, each) && dueState(told, model, each, ZONE, slot) === 'due';
            expect(classOfSlot(slot) === 'due').toBe(isDue);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
