import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closesAt, delayMsOf, dueSlots } from '#contract/due.ts';
import { METER_MODELS, meterModel } from '#contract/models.ts';
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
      'freeze-day m1 11-18T00:00 backfill',
      'freeze-day m1 11-17T00:00 backfill',
    ]);
  });

  it('does not ask for a meter whose address another one has by now; one that is merely removed it does', () => {
    const { agenda } = agendaOf(
      [task('instant'), task('freeze-day')],
      [
        planMeter('old', { address: '7', removedAt: at('2026-11-20', '10:01:00') }),
        planMeter('gone', { address: '8', removedAt: at('2026-11-20', '10:01:00') }),
        planMeter('heir', { address: '07', installedAt: at('2026-11-20', '10:02:00') }),
      ],
    );
    const meters = (time: string) =>
      new Set(takeAll(agenda, at('2026-11-20', time)).map((each) => each.split(' ')[1] ?? ''));
    expect(meters('10:01:30')).toEqual(new Set(['old', 'gone']));
    agenda.retryNow();
    expect(meters('10:03:00')).toEqual(new Set(['gone']));
  });

  it("fills gaps behind everything live: earlier freezes first, then today's curve, each newest first", () => {
    const { agenda } = agendaOf(
      [task('profile'), task('instant'), task('freeze-day')],
      [planMeter('m1', { collectedFrom: at('2026-11-20', '01:00:10') })],
    );
    const names = takeAll(agenda, at('2026-11-20', '01:00:30'));
    expect(names).toEqual([
      'freeze-day m1 11-20T00:00 billing',
      'freeze-day m1 11-19T00:00 billing',
      'instant m1 11-20T01:00 events',
      'profile m1 11-20T01:00 profile',
      'freeze-day m1 11-18T00:00 backfill',
      'freeze-day m1 11-17T00:00 backfill',
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
    expect([...agenda.expired(at('2026-11-20', '10:01:59'))]).toEqual([]);
    const [expired] = agenda.expired(at('2026-11-20', '10:02:00'));
    expect(name(expired?.read ?? null)).toBe('profile m1 11-20T10:00 backfill');
  });

  it('gives up a stored slot when its repair days are over, with what was last known of it', () => {
    const { agenda, progress } = agendaOf([task('freeze-day')]);
    const now = at('2026-11-20', '10:00:00');
    takeAll(agenda, now);
    expect([...agenda.expired(now)]).toEqual([]);
    const [expired, ...rest] = agenda.expired(at('2026-11-21', '00:00:00'));
    expect(name(expired?.read ?? null)).toBe('freeze-day m1 11-17T00:00 backfill');
    expect(expired?.attempted?.reason).toBe('no_answer');
    expect(rest).toEqual([]);
    if (expired) progress.settle(expired.read.task, 'm1', expired.read.slot);
    expect([...agenda.expired(at('2026-11-21', '12:00:00'))]).toEqual([]);
  });

  it('gives a newly connected meter the slot just past while there is room to read it', () => {
    const modbus = (time: string) =>
      planMeter('m1', { model: 'sdm120', address: '1', collectedFrom: at('2026-11-20', time) });
    const inTime = agendaOf([task('instant')], [modbus('10:04:30')]).agenda;
    expect(takeAll(inTime, at('2026-11-20', '10:04:30'))).toEqual(['instant m1 11-20T10:00 events']);
    const late = agendaOf([task('instant')], [modbus('10:04:31')]).agenda;
    expect(takeAll(late, at('2026-11-20', '10:04:31'))).toEqual([]);
  });

  it('keeps what the meter does not have for the next day, also when the line is back', () => {
    const { agenda } = agendaOf([task('freeze-day')], [planMeter('m1'), planMeter('m2')]);
    const now = at('2026-11-20', '10:00:00');
    for (let read = agenda.take(now); read; read = agenda.take(now)) {
      const hopeless = { ...attempt(now), reason: 'not_supported', next: 'skip' } as const;
      agenda.failed(read, read.meter.id === 'm1' ? hopeless : attempt(now));
    }
    agenda.retryNow();
    agenda.retryNow('m1');
    const again = takeAll(agenda, now);
    expect(again).toHaveLength(4);
    expect(again.every((each) => each.includes(' m2 '))).toBe(true);
    const hours = Array.from({ length: 24 }, (_, i) => now + (i + 1) * 3_600_000);
    const late = hours.filter((hour) => takeAll(agenda, hour).some((each) => each.includes(' m1 11-19')));
    expect(late).toEqual([now + 86_400_000]);
  });

  it('does not repeat for a line that is back what a meter refused', () => {
    const { agenda } = agendaOf([task('freeze-day')]);
    const now = at('2026-11-20', '10:00:00');
    for (let read = agenda.take(now); read; read = agenda.take(now)) {
      agenda.failed(read, { ...attempt(now), reason: 'device_error' });
    }
    agenda.retryNow();
    expect(agenda.take(now)).toBeNull();
    expect(takeAll(agenda, at('2026-11-20', '11:00:00'))).toHaveLength(4);
  });

  it('gives a present value that failed more chances while it counts', () => {
    const modbus = planMeter('m1', { model: 'sdm120', address: '1', collectedFrom: at('2026-11-20') });
    const { agenda } = agendaOf([task('freeze-day')], [modbus]);
    const tried: string[] = [];
    for (let now = at('2026-11-20'); now < at('2026-11-20', '01:00:00'); now += 1000) {
      for (const each of takeAll(agenda, now)) tried.push(`${isoLocal(ZONE, now).slice(14, 19)} ${each}`);
    }
    const read = 'freeze-day m1 11-20T00:00 billing';
    expect(tried).toEqual([`00:00 ${read}`, `01:15 ${read}`, `02:30 ${read}`, `03:45 ${read}`]);
  });

  it('offers every due slot before it is given up, whichever task and model', () => {
    const settings = fc.record({
      kind: fc.constantFrom('freeze-day' as const, 'freeze-month' as const, 'profile' as const, 'instant' as const),
      everyS: fc.constantFrom(900, 3600, 21_600),
      delayS: fc.integer({ min: 0, max: 600 }),
      toleranceS: fc.integer({ min: 30, max: 1200 }),
      repairDays: fc.nat(2),
      model: fc.constantFrom(...METER_MODELS),
      start: fc.integer({ min: at('2026-11-29'), max: at('2026-12-01') }),
    });
    fc.assert(
      fc.property(settings, ({ kind, everyS, model, start, ...times }) => {
        const every = kind === 'freeze-day' ? 'day' : 'month';
        const calendar = kind.startsWith('freeze') ? ({ every } as const) : { everyS };
        const each = task('freeze-day', { ...times, id: 't', kind, calendar });
        const meter = planMeter('m1', { model: model.id, collectedFrom: start });
        const { agenda, progress } = agendaOf([each], [meter]);
        const offered = new Set<number>();
        const end = start + 2 * 86_400_000;
        for (let now = start; now < end; now = agenda.lookAt) {
          expect([...agenda.expired(now)]).toEqual([]);
          for (let read = agenda.take(now); read; read = agenda.take(now)) {
            offered.add(read.slot);
            progress.settle(each, 'm1', read.slot);
            agenda.settled(read);
          }
        }
        const owed = dueSlots(meter, model, each, ZONE, 0, end - delayMsOf(model, each));
        expect([...offered].toSorted((a, b) => a - b)).toEqual(owed);
      }),
      { numRuns: 40 },
    );
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
        const offered = new Set<string>();
        const looks: number[] = [];
        const settle = (read: DueRead): void => {
          settled.push(`${read.task.id} ${read.meter.id} ${read.slot}`);
          progress.settle(read.task, read.meter.id, read.slot);
          agenda.settled(read);
        };
        const work = (now: number, fails: boolean): void => {
          looks.push(now);
          for (const { read } of agenda.expired(now)) settle(read);
          for (let read = agenda.take(now); read; read = agenda.take(now)) {
            offered.add(`${read.task.id} ${read.meter.id} ${read.slot}`);
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
          tasks.flatMap((each) => {
            const delayMs = delayMsOf(model, each);
            return dueSlots(meter, model, each, ZONE, 0, end - delayMs + 1).map((slot) => {
              const until = closesAt(model, each, ZONE, slot);
              const looked = looks.some((look) => look >= slot + delayMs && look < until);
              return { key: `${each.id} ${meter.id} ${slot}`, looked };
            });
          }),
        );
        expect(new Set(settled).size).toBe(settled.length);
        expect(settled.toSorted()).toEqual(owed.map(({ key }) => key).toSorted());
        for (const { key, looked } of owed) expect(offered.has(key), key).toBe(looked);
      }),
      { numRuns: 40 },
    );
  });
});
