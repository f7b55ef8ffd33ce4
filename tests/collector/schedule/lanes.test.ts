import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Priority, Task } from '#contract/tasks.ts';
import { DEFAULT_TASKS } from '#contract/tasks.ts';
import { Lanes } from '../../../collector/schedule/lanes.ts';
import { type LaidOut, MostUrgent } from '../../../collector/schedule/most-urgent.ts';

const [task] = DEFAULT_TASKS as readonly [Task];
const T0 = Date.parse('2026-11-22T00:05:00+08:00');
const HOUR = 3_600_000;

function laidOut(priority: Priority, count: number, closesAt = T0 + 24 * HOUR, slot = T0): LaidOut[] {
  const meter = {
    id: 'm',
    line: 'L',
    address: '1',
    model: 'dlt645-1ph',
    installedAt: 0,
    removedAt: null,
    collectedFrom: 0,
  };
  return Array.from({ length: count }, (_, i) => ({ read: { meter, task, slot: slot - i, priority }, closesAt }));
}

function urgent(reads: readonly LaidOut[]): MostUrgent {
  const found = new MostUrgent(T0);
  for (const { read, closesAt } of reads) found.add(read, closesAt);
  return found;
}

/** Priorities of the reads in the order in which they are taken, one each `everyMs`. */
function order(lanes: Lanes, everyMs: number, turns: number): Priority[] {
  const taken: Priority[] = [];
  for (let i = 0; i < turns; i++) {
    const read = lanes.take(T0 + i * everyMs, () => true);
    if (read) taken.push(read.priority);
  }
  return taken;
}

describe('the lanes of a line', () => {
  it('serve the most urgent priority first while none has waited long', () => {
    const lanes = new Lanes();
    lanes.fill(
      urgent([...laidOut('backfill', 2), ...laidOut('profile', 2), ...laidOut('events', 2), ...laidOut('billing', 2)]),
      T0,
    );
    expect(order(lanes, 100, 8)).toEqual([
      'billing',
      'billing',
      'events',
      'events',
      'profile',
      'profile',
      'backfill',
      'backfill',
    ]);
  });

  it('give every lane behind a crowded one its share once it has waited', () => {
    const lanes = new Lanes();
    lanes.fill(
      urgent([
        ...laidOut('billing', 1900),
        ...laidOut('events', 600),
        ...laidOut('profile', 600),
        ...laidOut('backfill', 600),
      ]),
      T0,
    );
    const taken = order(lanes, 1000, 1500);
    const late = taken.slice(700);
    const share = (priority: Priority): number => late.filter((each) => each === priority).length / late.length;
    expect(taken.slice(0, 29).every((each) => each === 'billing')).toBe(true);
    expect(share('events')).toBeGreaterThan(0.2);
    expect(share('profile')).toBeGreaterThan(0.09);
    expect(share('backfill')).toBeGreaterThan(0.03);
    expect(share('backfill')).toBeLessThan(0.06);
    expect(share('billing')).toBeGreaterThan(0.5);
  });

  it('never let anything go before what was asked for on demand', () => {
    const lanes = new Lanes();
    lanes.fill(urgent([...laidOut('on-demand', 500), ...laidOut('backfill', 500), ...laidOut('events', 500)]), T0);
    const taken = order(lanes, 10_000, 500);
    expect(taken.every((each) => each === 'on-demand')).toBe(true);
  });

  it('take what is over soon before what is newer', () => {
    const lanes = new Lanes();
    const soon = laidOut('billing', 1, T0 + 200_000, T0 - HOUR);
    const sooner = laidOut('billing', 1, T0 + 100_000, T0 - 2 * HOUR);
    const newer = laidOut('billing', 2, T0 + 72 * HOUR, T0);
    lanes.fill(urgent([...newer, ...soon, ...sooner]), T0);
    const slots = [1, 2, 3, 4].map(() => lanes.take(T0, () => true)?.slot);
    expect(slots).toEqual([T0 - 2 * HOUR, T0 - HOUR, T0, T0 - 1]);
  });

  it('hand out each read once and none that is closed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<Priority>('on-demand', 'billing', 'events', 'profile', 'backfill'), {
          maxLength: 200,
        }),
        fc.integer({ min: 0, max: 400_000 }),
        (priorities, everyMs) => {
          const all = priorities.flatMap((priority, i) => laidOut(priority, 1, T0 + 24 * HOUR, T0 - i));
          const lanes = new Lanes();
          lanes.fill(urgent(all), T0);
          const slots: number[] = [];
          const isOpen = ({ slot }: { slot: number }): boolean => slot % 3 !== 0;
          for (let i = 0; ; i++) {
            const read = lanes.take(T0 + i * everyMs, isOpen);
            if (!read) break;
            slots.push(read.slot);
          }
          expect(slots.toSorted()).toEqual(
            all
              .map(({ read }) => read.slot)
              .filter((slot) => slot % 3 !== 0)
              .toSorted(),
          );
          expect(lanes.waiting).toBe(0);
        },
      ),
    );
  });
});
