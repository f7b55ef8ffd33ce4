import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slotsOfDay } from '#contract/calendar.ts';
import { dueState, givesTask } from '#contract/due.ts';
import { METER_MODELS } from '#contract/models.ts';
import { DEFAULT_TASKS } from '#contract/tasks.ts';
import { addDays } from '#contract/zone.ts';
import { dueClassifier } from '#domain/collection/due-class.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { account, at, DAY_MS, installation, meter, registry, task, ZONE } from '../site.ts';

const SLOT = at('2026-11-20');
const EXCHANGE = at('2026-06-01');

const index = new RegistryIndex(
  registry({
    accounts: [account('1'), account('2', { status: 'closed' }), account('3', { status: 'disconnected' })],
    meters: [],
    installations: [
      installation('m1', { account: '1' }),
      installation('m2', { account: '2' }),
      installation('m3', { account: '3' }),
      installation('moved', { account: '2', to: EXCHANGE }),
      installation('moved', { account: '1', from: EXCHANGE + DAY_MS }),
    ],
  }),
);

function classOf(id: string, slot = SLOT, over = {}, inOutage?: (meter: string, slot: number) => boolean): string {
  return dueClassifier(index, meter(id, over), task('freeze-day'), ZONE, { inOutage })(slot);
}

describe('a slot', () => {
  it('is due for a meter in place, whether its account pays or not', () => {
    expect(classOf('m1')).toBe('due');
    expect(classOf('m3')).toBe('due');
  });

  it('is excluded when the account is closed', () => {
    expect(classOf('m2')).toBe('excluded_closed');
  });

  it('is excluded as new before the first slot that can be asked for', () => {
    const collectedFrom = at('2026-11-25');
    expect(classOf('m1', at('2026-11-22'), { collectedFrom })).toBe('due');
    expect(classOf('m1', at('2026-11-21'), { collectedFrom })).toBe('excluded_new');
    expect(classOf('m2', at('2026-11-21'), { collectedFrom })).toBe('excluded_new');
  });

  it('is excluded in an outage only where the caller says so', () => {
    const inOutage = (id: string, slot: number): boolean => id === 'm1' && slot === SLOT;
    expect(classOf('m1', SLOT, {}, inOutage)).toBe('excluded_outage');
    expect(classOf('m1', SLOT + DAY_MS, {}, inOutage)).toBe('due');
    expect(classOf('m3', SLOT, {}, inOutage)).toBe('due');
  });

  it('belongs to the installation that covers it', () => {
    expect(classOf('moved', EXCHANGE - DAY_MS)).toBe('excluded_closed');
    expect(classOf('moved', EXCHANGE)).toBe('not_installed');
    expect(classOf('moved', EXCHANGE + DAY_MS)).toBe('due');
    expect(classOf('never')).toBe('not_installed');
  });

  it('is not due when the model cannot give the task', () => {
    expect(dueClassifier(index, meter('m1', { model: 'sdm120' }), task('event'), ZONE)(SLOT)).toBe('not_due');
  });

  it('stays due for a model that left the catalogue, from the start of collection', () => {
    const collectedFrom = SLOT;
    expect(classOf('m1', SLOT, { model: 'gone', collectedFrom })).toBe('due');
    expect(classOf('m1', SLOT - 1, { model: 'gone', collectedFrom })).toBe('excluded_new');
    expect(dueClassifier(index, meter('m1', { model: 'gone' }), task('event'), ZONE)(SLOT)).toBe('not_due');
  });

  it('is judged as the contract judges it, wherever nothing else is known', () => {
    const day = fc.integer({ min: 0, max: 12 });
    fc.assert(
      fc.property(
        fc.constantFrom(...METER_MODELS),
        fc.constantFrom(...DEFAULT_TASKS),
        day,
        fc.option(day),
        day,
        day,
        (model, anyTask, from, length, collected, asked) => {
          const base = '2026-03-25';
          const zone = 'Europe/Berlin';
          const start = at(addDays(base, from), '06:00', zone);
          const to = length === null ? null : start + length * DAY_MS;
          const some = meter('m', { model: model.id, collectedFrom: at(addDays(base, collected), '09:30', zone) });
          const known = new RegistryIndex(registry({ installations: [installation('m', { from: start, to })] }));
          const installed = { installedAt: start, removedAt: to, collectedFrom: some.collectedFrom };
          const classOfSlot = dueClassifier(known, some, anyTask, zone);
          for (const slot of slotsOfDay(anyTask.calendar, zone, addDays(base, asked))) {
            const expected = givesTask(model, anyTask) ? dueState(installed, model, anyTask, zone, slot) : 'not_due';
            expect(classOfSlot(slot)).toBe(expected);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
