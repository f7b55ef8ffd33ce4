import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueSlots } from '#contract/due.ts';
import { meterModel } from '#contract/models.ts';
import type { Task } from '#contract/tasks.ts';
import { isoLocal } from '#contract/zone.ts';
import { Agenda } from '../../../collector/schedule/agenda.ts';
import type { Attempted, DueRead } from '../../../collector/schedule/due-read.ts';
import { Progress } from '../../../collector/schedule/progress.ts';
import { at, planMeter, task, ZONE } from '../../support/plan.ts';

function agendaOf(tasks: readonly Task[], meters = [planMeter('m1')]) {
  const progress = new Progress(ZONE, []);
  const entries = meters.map((meter) => {
    const model = meterModel(meter.model);
    if (!model) throw new Error(`no model ${meter.model}`);
    return { meter, model };
  });
  return { agenda: new Agenda(ZONE, tasks, entries, progress), progress, entries };
}

function name(read: DueRead | null): string | null {
  return read && `${read.task.id} ${read.meter.id} ${isoLocal(ZONE, read.slot).slice(5, 16)} ${read.priority}`;
}

function takeAll(agenda: Agenda, now: number): string[] {
  const names: string[] = [];
  for (let read = agenda.take(now); read; read = agenda.take(now)) {
    names.push(name(read) ?? '');
    agenda.failed(read, attempt(now));
  }
  return names;
}

function attempt(now: number): Attempted {
  return { attempts: 1, reason: 'no_answer', detail: '', lastBytes: '', at: now };
}

describe('the agenda of a line', () => {
  it('on the first start asks for today, yesterday and the two days before, newest first', () => {
    const { agenda } = agendaOf([task('freeze-day')]);
    expect(takeAll(agenda, at('2026-11-20', '10:00:00'))).toEqual([
      'freeze-day m1 11-20T00:00 billing',
      'freeze-day m1 11-19T00:00 billing',
      'freeze-day m1 11-18T00:00 billing',
      'freeze-day m1 11-17T00:00 billing',
    ]);
  });

  it("fills today's curve newest first, behind everything live", () => {
    const { agenda } = agendaOf(
      [task('profile'), task('instant'), task('freeze-day')],
      [planMeter('m1', { collectedFrom: at('2026-11-20', '01:00:10') })],
    );
    const names = takeAll(agenda, at('2026-11-20', '01:00:30'));
    expect(names).toEqual([
      'freeze-day m1 11-20T00:00 billing',
      'freeze-day m1 11-19T00:00 billing',
      'freeze-day m1 11-18T00:00 billing',
      'freeze-day m1 11-17T00:00 billing',
      'instant m1 11-20T01:00 events',
      'profile m1 11-20T01:00 profile',
      'profile m1 11-20T00:45 backfill',
      'profile m1 11-20T00:30 backfill',
      'profile m1 11-20T00:15 backfill',
      'profile m1 11-20T00:00 backfill',
    ]);
  });

  it('waits for the meter to write its freeze', () => {
    const { agenda } = agendaOf(
      [task('freeze-day', { backfillDays: 0 })],
      [planMeter('m1', { collectedFrom: at('2026-11-20') })],
    );
    expect(agenda.take(at('2026-11-20', '00:04:59'))).toBeNull();
    expect(agenda.lookAt).toBe(at('2026-11-20', '00:05:00'));
    expect(name(agenda.take(at('2026-11-20', '00:05:00')))).toBe('freeze-day m1 11-20T00:00 billing');
  });

  it('asks a meter without memory only for the present slot, from the moment it is collected', () => {
    const modbus = planMeter('m1', { model: 'sdm120', address: '1', collectedFrom: at('2026-11-20', '10:00:00') });
    const { agenda } = agendaOf([task('profile'), task('freeze-day'), task('event')], [modbus]);
    expect(takeAll(agenda, at('2026-11-20', '10:01:00'))).toEqual(['profile m1 11-20T10:00 profile']);
    expect(takeAll(agenda, at('2026-11-20', '10:16:00'))).toEqual(['profile m1 11-20T10:15 profile']);
  });

  it('never offers a settled slot again', () => {
    const { agenda, progress } = agendaOf([task('freeze-day')]);
    const now = at('2026-11-20', '10:00:00');
    const read = agenda.take(now);
    if (!read) throw new Error('nothing due');
    progress.settle(read.task, read.meter.id, read.slot);
    agenda.settled(read);
    expect(takeAll(agenda, now)).toHaveLength(3);
  });

  it('tries a failed freeze again at the next retry pass, then hourly', () => {
    const { agenda } = agendaOf(
      [task('freeze-day', { backfillDays: 0 })],
      [planMeter('m1', { collectedFrom: at('2026-11-20') })],
    );
    const tried: string[] = [];
    for (let now = at('2026-11-20'); now < at('2026-11-20', '09:00:00'); now += 60_000) {
      const read = agenda.take(now);
      if (!read) continue;
      tried.push(isoLocal(ZONE, now).slice(11, 16));
      agenda.failed(read, attempt(now));
    }
    expect(tried).toEqual(['00:05', '00:30', '01:00', '02:00', '06:00', '07:00', '08:00']);
  });

  it('tries everything of a meter at once when it answers again', () => {
    const { agenda } = agendaOf([task('freeze-day')], [planMeter('m1'), planMeter('m2')]);
    const now = at('2026-11-20', '10:00:00');
    expect(takeAll(agenda, now)).toHaveLength(8);
    expect(agenda.take(now)).toBeNull();
    agenda.retryNow('m2');
    expect(takeAll(agenda, now).every((each) => each.includes(' m2 '))).toBe(true);
  });

  it('gives up a slot of a meter without memory when its tolerance or the next slot has come', () => {
    const modbus = planMeter('m1', { model: 'sdm120', address: '1', collectedFrom: at('2026-11-20', '10:00:00') });
    const { agenda } = agendaOf([task('profile', { toleranceS: 120 })], [modbus]);
    expect(agenda.expired(at('2026-11-20', '10:01:59'))).toEqual([]);
    const [expired] = agenda.expired(at('2026-11-20', '10:02:00'));
    expect(name(expired?.read ?? null)).toBe('profile m1 11-20T10:00 backfill');
  });

  it('gives up a stored slot when its repair days are over, with what was last known of it', () => {
    const { agenda, progress } = agendaOf([task('freeze-day')]);
    const now = at('2026-11-20', '10:00:00');
    takeAll(agenda, now);
    expect(agenda.expired(now)).toEqual([]);
    const [expired, ...rest] = agenda.expired(at('2026-11-21', '00:00:00'));
    expect(name(expired?.read ?? null)).toBe('freeze-day m1 11-17T00:00 backfill');
    expect(expired?.attempted?.reason).toBe('no_answer');
    expect(rest).toEqual([]);
    if (expired) progress.settle(expired.read.task, 'm1', expired.read.slot);
    expect(agenda.expired(at('2026-11-21', '12:00:00'))).toEqual([]);
  });

  it('gives a newly connected meter the slot just past while there is room to read it', () => {
    const modbus = (time: string) =>
      planMeter('m1', { model: 'sdm120', address: '1', collectedFrom: at('2026-11-20', time) });
    const inTime = agendaOf([task('instant')], [modbus('10:04:30')]).agenda;
    expect(takeAll(inTime, at('2026-11-20', '10:04:30'))).toEqual(['instant m1 11-20T10:00 events']);
    const late = agendaOf([task('instant')], [modbus('10:04:31')]).agenda;
    expect(takeAll(late, at('2026-11-20', '10:04:31'))).toEqual([]);
  });

  it('settles every due slot exactly once, whenever it looks and whichever reads fail', () => {
    const steps = fc.array(fc.record({ minutes: fc.integer({ min: 1, max: 300 }), fails: fc.boolean() }), {
      minLength: 5,
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, (walk) => {
        const tasks = [task('freeze-day'), task('profile')];
        const { agenda, progress, entries } = agendaOf(tasks, [
          planMeter('m1'),
          planMeter('m2', { model: 'sdm120', address: '2' }),
        ]);
        const settled: string[] = [];
        const settle = (read: DueRead): void => {
          settled.push(`${read.task.id} ${read.meter.id} ${read.slot}`);
          progress.settle(read.task, read.meter.id, read.slot);
          agenda.settled(read);
        };
        const work = (now: number, fails: boolean): void => {
          for (const { read } of agenda.expired(now)) settle(read);
          for (let read = agenda.take(now); read; read = agenda.take(now)) {
            if (fails) agenda.failed(read, attempt(now));
            else settle(read);
          }
        };
        const from = at('2026-11-20', '10:00:00');
        let now = from;
        for (const { minutes, fails } of walk) {
          now += minutes * 60_000;
          work(now, fails);
        }
        const end = now + 4 * 86_400_000;
        work(end, false);
        const owed = entries.flatMap(({ meter, model }) =>
          tasks.flatMap((each) =>
            dueSlots(meter, model, each, ZONE, 0, end - each.delayS * 1000 + 1).map(
              (slot) => `${each.id} ${meter.id} ${slot}`,
            ),
          ),
        );
        expect(new Set(settled).size).toBe(settled.length);
        expect(settled.toSorted()).toEqual(owed.toSorted());
      }),
      { numRuns: 40 },
    );
  });
});
