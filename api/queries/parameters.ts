import type { Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays, dateOf, isDate } from '#contract/zone.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { ApiProblem } from '../errors.ts';

/** A calendar date of the query, or the problem `bad_date`. */
export function dateParameter(name: string, text: string): string {
  if (isDate(text)) return text;
  throw new ApiProblem('bad_date', `${text} is no calendar date`, [
    { pointer: `/${name}`, detail: 'must be an existing date such as 2026-11-20' },
  ]);
}

/** The local date before that of an instant. */
export function yesterday(timeZone: string, now: number): string {
  return addDays(dateOf(timeZone, now), -1);
}

/** An instant of the query in UTC ms: RFC 3339 with offset. */
export function instantParameter(name: string, text: string): number {
  const at = Date.parse(text);
  const complete = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  if (complete && !Number.isNaN(at)) return at;
  throw new ApiProblem('bad_range', `${text} is no instant`, [
    { pointer: `/${name}`, detail: 'must be an instant with offset such as 2026-11-20T00:00:00+08:00' },
  ]);
}

export function taskParameter(index: RegistryIndex, id: string): Task {
  const task = index.task(id);
  if (task) return task;
  const known = index.registry.tasks.map((each) => each.id).join(', ');
  throw new ApiProblem('unknown_task', `no task is called ${id}; there are ${known}`);
}

/** A meter by id or by its number on the plate. */
export function meterParameter(index: RegistryIndex, id: string): Meter {
  const meter = index.meter(id) ?? index.metersByNo(id)[0];
  if (meter) return meter;
  throw new ApiProblem('unknown_meter', `no meter has the id or number ${id}`);
}
