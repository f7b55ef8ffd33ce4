import fc from 'fast-check';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { slotsBetween } from '#contract/calendar.ts';
import { dueSlots, dueState, givesTask, type Installed } from '#contract/due.ts';
import { METER_MODELS } from '#contract/models.ts';
import { ACCOUNT_CATEGORIES, ACCOUNT_PRIORITIES, type Account } from '#contract/registry.ts';
import { isFor, spansOf, type TaskSelection } from '#contract/task-selection.ts';
import { DEFAULT_TASKS, Task } from '#contract/tasks.ts';

const ZONE = 'Asia/Shanghai';
const DAY_MS = 86_400_000;
const BASE = Date.parse('2026-03-20T00:00:00+08:00');

type Kind = Pick<Account, 'category' | 'priority'>;
const mill: Kind = { category: 'dedicated', priority: 'normal' };
const shop: Kind = { category: 'commercial', priority: 'large' };
const home: Kind = { category: 'resident', priority: 'normal' };

const selection = fc.oneof(
  fc.record({ categories: fc.subarray([...ACCOUNT_CATEGORIES], { minLength: 1 }) }),
  fc.record({ priorities: fc.subarray([...ACCOUNT_PRIORITIES], { minLength: 1 }) }),
  fc.record({
    categories: fc.subarray([...ACCOUNT_CATEGORIES], { minLength: 1 }),
    priorities: fc.subarray([...ACCOUNT_PRIORITIES], { minLength: 1 }),
  }),
);

describe('a task for some customers', () => {
  const of = (some: TaskSelection) => (account: Kind | null) => isFor({ id: 't', for: some }, account);

  it('is for whoever is named by category or by priority, and for no meter without an account', () => {
    const both = of({ categories: ['dedicated'], priorities: ['large'] });
    expect([mill, shop, home, null].map(both)).toEqual([true, true, false, false]);
    expect([mill, shop, home].map(of({ priorities: ['large', 'critical'] }))).toEqual([false, true, false]);
    expect([mill, shop, home].map(of({ categories: ['dedicated'] }))).toEqual([true, false, false]);
    expect(isFor({ id: 't' }, null)).toBe(true);
  });

  it('names somebody: a selection that is empty is none', () => {
    const valid = (some: unknown): boolean => Value.Check(Task, { ...DEFAULT_TASKS[0], for: some });
    expect(valid({ categories: ['dedicated'] })).toBe(true);
    expect(valid({ priorities: ['large'], categories: ['generator'] })).toBe(true);
    for (const wrong of [{}, { categories: [] }, { priorities: ['huge'] }, { areas: ['a1'] }, null]) {
      expect(valid(wrong)).toBe(false);
    }
  });

  it('is had as long as such an account is served; stays that follow each other are one span', () => {
    const accounts: Record<string, Kind> = { mill, shop, home };
    const tasks = [{ id: 'all' }, { id: 'large', for: { priorities: ['large' as const] } }];
    const stays = [
      { account: 'shop', from: 30, to: null },
      { account: 'shop', from: 10, to: 20 },
      { account: 'home', from: 25, to: 30 },
      { account: 'shop', from: 20, to: 25 },
      { account: null, from: 0, to: 10 },
    ];
    expect(spansOf(tasks, stays, (no) => accounts[no])).toEqual([
      { task: 'large', from: 10, to: 25 },
      { task: 'large', from: 30, to: null },
    ]);
    expect(spansOf(tasks, [{ account: 'gone', from: 0, to: null }], (no) => accounts[no])).toEqual([]);
  });

  it('is due at the slots of the same task for all at which the meter serves one of them, and at no other', () => {
    const anyKind = fc.record({
      category: fc.constantFrom(...ACCOUNT_CATEGORIES),
      priority: fc.constantFrom(...ACCOUNT_PRIORITIES),
    });
    // Accounts served one after the other, each for some hours; null = nobody.
    const stays = fc.array(fc.record({ account: fc.option(anyKind), hours: fc.integer({ min: 1, max: 60 }) }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(
        ...([fc.constantFrom(...METER_MODELS), fc.constantFrom(...DEFAULT_TASKS), selection, stays] as const),
        fc.integer({ min: 0, max: 5 * DAY_MS }),
        (model, plain, some, served, collected) => {
          const installations: { account: string | null; from: number; to: number; kind: Kind | null }[] = [];
          let end = BASE;
          for (const [i, { account, hours }] of served.entries()) {
            const to = end + hours * 3_600_000;
            installations.push({ account: account && `${i}`, from: end, to, kind: account });
            end = to;
          }
          const task: Task = { ...plain, for: some };
          const selected = spansOf([task], installations, (no) => installations[Number(no)]?.kind ?? undefined);
          const meter: Installed = { installedAt: BASE, removedAt: end, collectedFrom: BASE + collected, selected };
          const span = [BASE - DAY_MS, end + DAY_MS] as const;
          const forAll = dueSlots(meter, model, plain, ZONE, ...span);
          const wanted = forAll.filter((slot) => {
            const kind = installations.find(({ from, to }) => from <= slot && slot < to)?.kind ?? null;
            return isFor(task, kind);
          });
          expect(dueSlots(meter, model, task, ZONE, ...span)).toEqual(wanted);
          const judged = slotsBetween(task.calendar, ZONE, ...span).filter(
            (slot) => givesTask(model, task) && dueState(meter, model, task, ZONE, slot) === 'due',
          );
          expect(judged).toEqual(wanted);
          expect(dueSlots({ ...meter, selected: [] }, model, plain, ZONE, ...span)).toEqual(forAll);
        },
      ),
      { numRuns: 100 },
    );
  });
});
