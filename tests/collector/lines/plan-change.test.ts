import { expect, it } from 'vitest';
import { meterModel } from '#contract/models.ts';
import { Agenda } from '../../../collector/schedule/agenda.ts';
import type { DueRead } from '../../../collector/schedule/due-read.ts';
import { Progress } from '../../../collector/schedule/progress.ts';
import { at, planMeter, task, ZONE } from '../../support/plan.ts';

const NOW = at('2026-11-20', '10:00:20');
const meter = planMeter('m1');
const FREEZE = task('freeze-day', { backfillDays: 0 });

function agenda(tasks = [FREEZE]): Agenda {
  const model = meterModel(meter.model);
  if (!model) throw new Error('no model');
  return new Agenda(ZONE, tasks, [{ meter, model }], new Progress(ZONE, []));
}

function taken(from: Agenda, now: number): DueRead {
  const read = from.take(now);
  if (!read) throw new Error('nothing is due');
  return read;
}

const failure = { attempts: 3, detail: '', lastBytes: '', at: NOW } as const;

it('what failed before a change of the plan is asked at once where the question or the line is another', () => {
  for (const reason of ['line_down', 'no_answer', 'not_supported'] as const) {
    const before = agenda();
    const next = reason === 'not_supported' ? ({ next: 'skip' } as const) : {};
    before.failed(taken(before, NOW), { ...failure, reason, ...next });
    expect(before.take(NOW + 1000)).toBeNull();

    const same = agenda();
    same.inherit(before, new Set(['m1']), 'as before');
    expect(same.take(NOW + 1000)).toBeNull();

    const changed = agenda();
    changed.inherit(before, new Set(['m1']), 'at once');
    const again = taken(changed, NOW + 1000);
    expect(changed.attempted(again)).toMatchObject({ attempts: 3, reason });
  }
});

it('of a task that is gone, or whose slots are others now, nothing is carried along', () => {
  const before = agenda();
  before.failed(taken(before, NOW), { ...failure, reason: 'no_answer' });
  const other = { ...FREEZE, calendar: { everyS: 43_200 } };
  for (const tasks of [[other], [task('instant')]]) {
    const between = agenda(tasks);
    between.inherit(before, new Set(['m1']), 'as before');
    const after = agenda();
    after.inherit(between, new Set(['m1']), 'as before');
    expect(after.attempted(taken(after, NOW + 1000))).toBeNull();
  }
});
