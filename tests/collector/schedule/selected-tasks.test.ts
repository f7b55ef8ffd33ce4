import { describe, expect, it } from 'vitest';
import { meterModel } from '#contract/models.ts';
import type { Plan, PlanMeter } from '#contract/plan.ts';
import { isoLocal } from '#contract/zone.ts';
import { linesOf } from '../../../collector/line-at-work.ts';
import { admission } from '../../../collector/schedule/admission.ts';
import { Agenda } from '../../../collector/schedule/agenda.ts';
import { countMeters, lineLoad } from '../../../collector/schedule/line-load.ts';
import { Progress } from '../../../collector/schedule/progress.ts';
import { at, planMeter, task, ZONE } from '../../support/plan.ts';

const FINE = task('profile', { id: 'fine', calendar: { everyS: 300 }, for: { categories: ['dedicated'] } });
const FROM = at('2026-11-20', '10:00:00');
const HAS = { selected: [{ task: 'fine', from: FROM, to: null }] };
const LINE: Plan['lines'][number] = {
  id: 'L1',
  protocol: 'dlt645',
  link: { serial: { path: '/dev/x', baudRate: 2400, parity: 'even', dataBits: 8, stopBits: 1 } },
  concentrator: null,
  timing: { replyTimeoutMs: 500, byteGapMs: 100, pauseMs: 50, quietMs: 200 },
};

function plan(meters: PlanMeter[], tasks = [task('profile'), FINE]): Plan {
  const lines = [...new Set(meters.map(({ line }) => line))].map((id) => ({ ...LINE, id }));
  return { v: 1, version: 'x', district: 'd', collector: 'c', timeZone: ZONE, tasks, lines, meters };
}

function agendaOf(meters: PlanMeter[]) {
  const progress = new Progress(ZONE, []);
  const entries = meters.flatMap((meter) => {
    const model = meterModel(meter.model);
    return model ? [{ meter, model }] : [];
  });
  return { agenda: new Agenda(ZONE, [task('profile'), FINE], entries, progress), progress };
}

/** What is read until `end`, with every look of the agenda; each read is answered. */
function readUntil(meters: PlanMeter[], end: number): string[] {
  const { agenda, progress } = agendaOf(meters);
  const read: string[] = [];
  for (let now = FROM; now < end; now = agenda.lookAt) {
    for (let next = agenda.take(now); next; next = agenda.take(now)) {
      if (next.slot >= FROM) {
        read.push(`${next.task.id} ${next.meter.id} ${isoLocal(ZONE, next.slot).slice(11, 16)}`);
      }
      progress.settle(next.task, next.meter.id, next.slot);
      agenda.settled(next);
    }
  }
  return read.sort();
}

describe('the agenda of a line with a task for some meters', () => {
  it('reads both grids of a meter that has it, and the usual one of the others', () => {
    expect(readUntil([planMeter('m1'), planMeter('m2', HAS)], FROM + 16 * 60_000)).toEqual([
      ...['fine m2 10:00', 'fine m2 10:05', 'fine m2 10:10', 'fine m2 10:15'],
      ...['profile m1 10:00', 'profile m1 10:15', 'profile m2 10:00', 'profile m2 10:15'],
    ]);
  });

  it('begins and ends with the account', () => {
    const selected = [
      { task: 'fine', from: FROM - 9, to: FROM + 4 * 60_000 },
      { task: 'fine', from: FROM + 14 * 60_000, to: null },
    ];
    const fine = readUntil([planMeter('m1', { selected })], FROM + 21 * 60_000).filter((read) => /^fine/.test(read));
    expect(fine).toEqual(['fine m1 10:00', 'fine m1 10:15', 'fine m1 10:20']);
  });

  it('has nothing to do at a slot that no meter of the line has', () => {
    const now = FROM + 60_000;
    const nextOf = (meters: PlanMeter[]): string => {
      const { agenda, progress } = agendaOf(meters);
      for (let read = agenda.take(now); read; read = agenda.take(now)) {
        progress.settle(read.task, read.meter.id, read.slot);
        agenda.settled(read);
      }
      return isoLocal(ZONE, agenda.nextDueAt(now) ?? 0).slice(11, 19);
    };
    expect(nextOf([planMeter('m1')])).toBe('10:15:20');
    expect(nextOf([planMeter('m1', HAS)])).toBe('10:05:20');
  });

  it('gives up no slot that was never due', () => {
    const gone = { selected: [{ task: 'fine', from: FROM - 9, to: FROM + 4 * 60_000 }] };
    const { agenda } = agendaOf([planMeter('m1', { collectedFrom: FROM, ...gone }), planMeter('m2')]);
    agenda.take(FROM + 60_000);
    const late = [...agenda.expired(FROM + 4 * 86_400_000)].filter(({ read }) => read.task.id === 'fine');
    expect(late.filter(({ read }) => read.slot >= FROM).map(({ read }) => [read.meter.id, read.slot])).toEqual([
      ['m1', FROM],
    ]);
  });
});

describe('the load of a line', () => {
  it('counts a task for the meters that have it and lasts', () => {
    const over = { selected: [{ task: 'fine', from: 0, to: FROM }] };
    const meters = [planMeter('a'), planMeter('b', HAS), planMeter('c', over), planMeter('d', { removedAt: FROM })];
    expect(countMeters(meters, FROM)).toEqual([{ model: 'dlt645-1ph', count: 3, selected: new Map([['fine', 1]]) }]);
    expect(countMeters(meters, FROM - 1)).toEqual([
      { model: 'dlt645-1ph', count: 4, selected: new Map([['fine', 2]]) },
    ]);
    const load = lineLoad({ line: LINE, meters: countMeters(meters, null), tasks: [task('profile'), FINE] });
    expect(load.shares.map(({ task: id, meters: count }) => [id, count]).sort()).toEqual([
      ['fine', 1],
      ['profile', 3],
    ]);
  });

  it('is what it was without the task where no meter has it, and admits what fits for the few who have', () => {
    const many = Array.from({ length: 250 }, (_, i) => planMeter(`m${i}`));
    const minutely = { ...FINE, calendar: { everyS: 60 } };
    const meters = countMeters(many, null);
    expect(lineLoad({ line: LINE, meters, tasks: [task('profile'), minutely] })).toEqual(
      lineLoad({ line: LINE, meters, tasks: [task('profile')] }),
    );
    const catalogue = { modelOf: meterModel, profileOf: () => undefined };
    const refused = (of: PlanMeter[]) => admission(plan(of, [minutely]), catalogue).refused.map(({ line }) => line);
    expect(refused(many.map((each, i) => (i < 2 ? { ...each, ...HAS } : each)))).toEqual([]);
    expect(refused(many.map((each) => ({ ...each, ...HAS })))).toEqual(['L1']);
  });
});

describe('a new plan with a task for some meters', () => {
  it('touches only the lines on which such a meter hangs', () => {
    const meters = [planMeter('m1'), planMeter('m2', { line: 'L2' })];
    const before = linesOf(plan(meters, [task('profile')]));
    const after = linesOf(plan([planMeter('m1'), planMeter('m2', { line: 'L2', ...HAS })]));
    expect(after[0]?.signature).toBe(before[0]?.signature);
    expect(after[1]?.signature).not.toBe(before[1]?.signature);
    expect(after[1]?.terms).not.toBe(before[1]?.terms);
  });
});
