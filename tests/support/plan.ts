import type { PlanMeter } from '#contract/plan.ts';
import { DEFAULT_TASKS, type Task } from '#contract/tasks.ts';
import { instantOf } from '#contract/zone.ts';

export const ZONE = 'Asia/Shanghai';

/** Local wall time of the test site as an instant. */
export function at(date: string, time = '00:00:00'): number {
  const [h = 0, m = 0, s = 0] = time.split(':').map(Number);
  return instantOf(ZONE, date, h * 3600 + m * 60 + s);
}

export function planMeter(id: string, overrides: Partial<PlanMeter> = {}): PlanMeter {
  return {
    id,
    line: 'L1',
    address: id.replace(/\D/g, '').padStart(12, '0'),
    model: 'dlt645-1ph',
    installedAt: at('2020-01-01'),
    removedAt: null,
    collectedFrom: at('2026-11-20', '10:00:00'),
    ...overrides,
  };
}

export function task(id: string, overrides: Partial<Task> = {}): Task {
  const found = DEFAULT_TASKS.find((known) => known.id === id);
  if (!found) throw new Error(`no default task ${id}`);
  return { ...found, ...overrides };
}
