import { expect, it } from 'vitest';
import { meterModel } from '#contract/models.ts';
import { Agenda } from '../../../collector/schedule/agenda.ts';
import { Progress } from '../../../collector/schedule/progress.ts';
import { at, planMeter, task, ZONE } from '../../support/plan.ts';

const BELIEVER = { look: (wall: number) => ({ isSteady: true, ceiling: wall }) };

function agendaOf(model: string, offsetMs: number, everyS = 300, toleranceS = 300): Agenda {
  const found = meterModel(model);
  if (!found) throw new Error(`no model ${model}`);
  const meter = planMeter('m1', { model, collectedFrom: at('2026-11-20', '00:00:00') });
  const tasks = [task('instant', { calendar: { everyS }, toleranceS })];
  return new Agenda(ZONE, tasks, [{ meter, model: found }], new Progress(ZONE, []), BELIEVER, offsetMs);
}

const SLOT = at('2026-11-20', '10:05:00');

it('a line begins its offset after each slot, and says so beforehand', () => {
  const agenda = agendaOf('sdm120', 4000);
  const last = agenda.take(SLOT - 1);
  expect(last?.slot).toBe(SLOT - 300_000);
  if (last)
    agenda.failed(last, { attempts: 1, reason: 'no_answer', detail: '', lastBytes: '', at: SLOT - 1, next: 'skip' });
  expect(agenda.take(SLOT + 3999)).toBeNull();
  expect(agenda.lookAt).toBe(SLOT + 4000);
  expect(agenda.nextDueAt(SLOT + 3999)).toBe(SLOT + 4000);
  expect(agenda.take(SLOT + 4000)?.slot).toBe(SLOT);
});

it('where a value counts for a few seconds only, the offset is a tenth of them', () => {
  const agenda = agendaOf('sdm120', 10_000, 20, 20);
  expect(agenda.take(SLOT + 1999)?.slot).not.toBe(SLOT);
  expect(agenda.take(SLOT + 2000)?.slot).toBe(SLOT);
});
