import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueSlots } from '#contract/due.ts';
import { meterModel } from '#contract/models.ts';
import type { Task } from '#contract/tasks.ts';
import { Agenda } from '../../../collector/schedule/agenda.ts';
import { OpenSlots } from '../../../collector/schedule/open-slots.ts';
import { Progress } from '../../../collector/schedule/progress.ts';
import { SlotDays } from '../../../collector/schedule/slot-days.ts';
import { at, planMeter, task } from '../../support/plan.ts';

const BERLIN = 'Europe/Berlin';
const HOUR_MS = 3_600_000;

function model(id: string) {
  const found = meterModel(id);
  if (!found) throw new Error(`no model ${id}`);
  return found;
}

/** Counts how often it is asked which slots of a meter are settled. */
class CountingProgress extends Progress {
  readonly asked = new Set<string>();

  override dayOf(each: Task, meter: string, date: string): ReturnType<Progress['dayOf']> {
    this.asked.add(meter);
    return super.dayOf(each, meter, date);
  }
}

describe('the open slots of a meter', () => {
  it('are its due slots without the settled ones, whatever was asked and settled before', () => {
    const base = at('2026-10-23');
    const span = fc.tuple(fc.nat(96), fc.integer({ min: -5, max: 60 }));
    const step = fc.record({ span, settles: fc.constantFrom('none', 'some', 'all') });
    const scenes = fc.record({
      calendar: fc.constantFrom({ every: 'day' } as const, { everyS: 900 }, { everyS: 7200 }),
      model: fc.constantFrom(model('sdm120'), model('dlt645-1ph')),
      collectedFrom: fc.nat(48),
      removed: fc.option(fc.nat(96)),
      walk: fc.array(step, { minLength: 1, maxLength: 12 }),
    });
    fc.assert(
      fc.property(scenes, ({ calendar, model: known, collectedFrom, removed, walk }) => {
        const each = task('profile', { calendar });
        const meter = planMeter('m1', {
          model: known.id,
          collectedFrom: base + collectedFrom * HOUR_MS,
          removedAt: removed === null ? null : base + removed * HOUR_MS,
        });
        const progress = new Progress(BERLIN, []);
        const open = new OpenSlots({ meter, model: known }, each, BERLIN, new SlotDays(each, BERLIN), progress);
        for (const {
          span: [start, hours],
          settles,
        } of walk) {
          const from = base + start * HOUR_MS + 1;
          const to = from + hours * HOUR_MS;
          const due = dueSlots(meter, known, each, BERLIN, from, to);
          const found = open.between(from, to);
          expect(found).toEqual(due.filter((slot) => !progress.isSettled(each, 'm1', slot)));
          const settled = { none: [], some: found.filter((_, i) => i % 3 !== 1), all: found }[settles];
          for (const slot of settled) progress.settle(each, 'm1', slot);
        }
      }),
    );
  });

  it('are not looked up again while everything is settled and no new slot has come', () => {
    const meters = ['m1', 'm2', 'm3'].map((id) => planMeter(id));
    const tasks = [task('freeze-day'), task('profile'), task('instant')];
    const progress = new CountingProgress(BERLIN, []);
    const entries = meters.map((meter) => ({ meter, model: model(meter.model) }));
    const agenda = new Agenda(BERLIN, tasks, entries, progress);
    const now = at('2026-11-20', '12:01:00');
    const work = (instant: number): number => {
      for (const { read } of agenda.expired(instant)) progress.settle(read.task, read.meter.id, read.slot);
      for (let read = agenda.take(instant); read; read = agenda.take(instant)) {
        progress.settle(read.task, read.meter.id, read.slot);
        agenda.settled(read);
      }
      progress.asked.clear();
      agenda.take(instant);
      return progress.asked.size;
    };
    work(now);
    expect(work(now + 5000)).toBe(0);
    [...agenda.expired(now + 60_000)];
    expect(progress.asked.size).toBe(0);
  });

  it('that nobody asks for are not searched: what is lost is found one by one', () => {
    const meters = ['m1', 'm2', 'm3'].map((id) => planMeter(id, { collectedFrom: at('2026-11-01') }));
    const progress = new CountingProgress(BERLIN, []);
    const entries = meters.map((meter) => ({ meter, model: model(meter.model) }));
    const agenda = new Agenda(BERLIN, [task('instant')], entries, progress);
    const lost = agenda.expired(at('2026-11-20'));
    for (let i = 0; i < 288; i++) lost.next();
    expect([...progress.asked]).toEqual(['m1']);
  });
});
