import { describe, expect, it } from 'vitest';
import type { Task } from '#contract/tasks.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { finestTask, finestTaskOf, siteTask } from '#domain/task-choice.ts';
import { account, at, installation, meter, registry, task } from './site.ts';

const FINE: Task = {
  ...task('profile'),
  id: 'a-fine-one',
  calendar: { everyS: 300 },
  items: ['power_active_total_w'],
  for: { priorities: ['large'] },
};
const TASKS = [FINE, task('profile'), task('instant')];
const MOVED = at('2026-06-01');
const SHOP = account('shop', { priority: 'large' });

describe('of several tasks of a kind', () => {
  it('the one for all stands for the site, wherever it is named', () => {
    expect(siteTask(TASKS, 'profile')?.id).toBe('profile');
    expect(siteTask([FINE], 'profile')?.id).toBe('a-fine-one');
    expect(siteTask([FINE], 'profile', 'energy_import_wh')).toBeUndefined();
    expect(siteTask(TASKS, 'event')).toBeUndefined();
  });

  it('the finest that a customer has speaks for the customer', () => {
    expect(finestTaskOf(TASKS, 'profile', SHOP)?.id).toBe('a-fine-one');
    expect(finestTaskOf(TASKS, 'profile', account('home'))?.id).toBe('profile');
    expect(finestTaskOf(TASKS, 'profile', null)?.id).toBe('profile');
    expect(finestTaskOf([FINE], 'profile', null)).toBeNull();
  });

  it('a meter has the finest by the account that it serves at the time', () => {
    const index = new RegistryIndex(
      registry({
        tasks: TASKS,
        accounts: [SHOP, account('home')],
        meters: [meter('m')],
        installations: [
          installation('m', { account: 'home', to: MOVED }),
          installation('m', { account: 'shop', from: MOVED }),
        ],
      }),
    );
    expect(finestTask(index, 'profile', 'm', MOVED - 1)?.id).toBe('profile');
    expect(finestTask(index, 'profile', 'm', MOVED)?.id).toBe('a-fine-one');
    expect(finestTask(index, 'instant', 'm', MOVED)?.id).toBe('instant');
    expect(finestTask(index, 'freeze-day', 'm', MOVED)).toBeNull();
  });
});
