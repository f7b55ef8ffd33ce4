import { expect, it } from 'vitest';
import { meterModel } from '#contract/models.ts';
import type { Task } from '#contract/tasks.ts';
import { isoLocal } from '#contract/zone.ts';
import { Agenda } from '../../../collector/schedule/agenda.ts';
import { Progress } from '../../../collector/schedule/progress.ts';
import { at, planMeter, task, ZONE } from '../../support/plan.ts';

const DAY_MS = 86_400_000;

function agendaOf(each: Task, modelId: string, from: number) {
  const model = meterModel(modelId);
  if (!model) throw new Error(`no model ${modelId}`);
  const progress = new Progress(ZONE, []);
  const meter = planMeter('m1', { model: modelId, collectedFrom: from });
  return { agenda: new Agenda(ZONE, [each], [{ meter, model }], progress), progress };
}

it.each([3, 6, 7, 30])(
  'a stored slot that may be fetched for %i days ends with a reason when they are over',
  (repairDays) => {
    const from = at('2026-06-01');
    const { agenda, progress } = agendaOf(task('freeze-day', { repairDays, backfillDays: 0 }), 'dlt645-1ph', from);
    const ended: string[] = [];
    for (let now = from; now < from + (repairDays + 3) * DAY_MS; now += DAY_MS / 2) {
      for (const { read } of agenda.expired(now)) {
        ended.push(`${isoLocal(ZONE, read.slot).slice(5, 10)} after ${(now - read.slot) / DAY_MS}`);
        progress.settle(read.task, 'm1', read.slot);
      }
    }
    expect(ended).toEqual([`06-01 after ${repairDays + 1}`, `06-02 after ${repairDays + 1}`]);
  },
);

it('a read that is laid out is not offered any more when its deadline has passed', () => {
  const from = at('2026-11-20', '10:00:00');
  const { agenda } = agendaOf(task('profile', { toleranceS: 120, delayS: 20 }), 'sdm120', from);
  const tryAgain = { attempts: 1, reason: 'no_answer', detail: '', lastBytes: '', at: from } as const;
  const read = agenda.take(from + 119_000);
  if (!read) throw new Error('nothing due');
  expect(agenda.lookAt).toBe(from + 120_000);
  agenda.failed(read, tryAgain);
  agenda.retryNow();
  expect(agenda.take(from + 119_999)?.slot).toBe(read.slot);
  agenda.retryNow();
  expect(agenda.take(from + 120_000)).toBeNull();
});

it('a read that failed in the future, before the clock was set back, is due now', () => {
  const from = at('2026-11-20', '10:00:00');
  const { agenda } = agendaOf(task('freeze-day', { backfillDays: 0 }), 'dlt645-1ph', from);
  const late = from + 5 * 3_600_000;
  const read = agenda.take(late);
  if (!read) throw new Error('nothing due');
  agenda.failed(read, { attempts: 1, reason: 'device_error', detail: '', lastBytes: '', at: late });
  expect(agenda.take(late + 60_000)).toBeNull();
  expect(agenda.take(from)?.slot).toBe(read.slot);
});
