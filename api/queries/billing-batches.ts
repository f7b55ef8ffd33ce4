import { randomUUID } from 'node:crypto';
import type { Static } from 'typebox';
import { instantOf, nextMonth } from '#contract/zone.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Batch, BatchStore } from '#stores/batch-store.ts';
import { ApiProblem } from '../errors.ts';
import type { BatchRequest, BatchShape } from '../schemas/billing.ts';
import { shown } from './collection.ts';
import { dateParameter } from './parameters.ts';

type NewBatch = Parameters<BatchStore['add']>[0];

/** The batch that a request asks for. Throws the problem of what cannot be made so. */
export function batchOf(
  { registry }: RegistryIndex,
  wanted: Static<typeof BatchRequest>,
  asker: Pick<NewBatch, 'askedBy' | 'idempotencyKey'>,
  now: number,
): NewBatch {
  const { period = null, district = null } = wanted;
  const date = batchDate(wanted);
  const task = registry.tasks.find((each) => each.kind === 'freeze-day');
  if (!task) throw new ApiProblem('unknown_task', 'the site has no freeze-day task');
  if (district !== null && !registry.districts.some(({ id }) => id === district)) {
    throw new ApiProblem('unknown_district', `no district has the id ${district}`, [
      { pointer: '/district', detail: `must be one of ${registry.districts.map(({ id }) => id).join(', ')}` },
    ]);
  }
  const slot = instantOf(registry.timeZone, date);
  if (slot > now) {
    const [pointer, detail] =
      period === null
        ? ['/date', 'must be today or a day before']
        : ['/period', `must be a month that is over: its reads are those of ${date}`];
    throw new ApiProblem('bad_date', `the reads of ${date} have not been taken yet`, [{ pointer, detail }]);
  }
  return { id: randomUUID(), district, period, date, task: task.id, slot, createdAt: now, ...asker };
}

/** Business date of the reads of a period, such as 2026-11-01 of 2026-10, or of a date: exactly one of both is told. */
export function batchDate({ period, date }: { readonly period?: string; readonly date?: string }): string {
  if (period !== undefined && date === undefined) return nextMonth(`${period}-01`);
  if (date !== undefined && period === undefined) return dateParameter('date', date);
  throw new ApiProblem('bad_request', 'the reads are those of a period or of a date; send exactly one of them', [
    { pointer: period === undefined ? '/period' : '/date', detail: 'send period such as 2026-10, or date' },
  ]);
}

/** Whether a stored batch is what another request under the same Idempotency-Key asks for. */
export function isSame(a: NewBatch, b: NewBatch): boolean {
  return a.date === b.date && a.period === b.period && a.district === b.district && a.task === b.task;
}

export function batchShape(zone: string, batch: Batch): Static<typeof BatchShape> {
  const { id, state, district, period, date, task, askedBy, progress, detail, rows, sha256, previous } = batch;
  return {
    ...{ id, state, district, period, date, task, askedBy, progress, detail, rows, sha256, previous },
    frozenAt: shown(zone, batch.slot) ?? '',
    createdAt: shown(zone, batch.createdAt) ?? '',
    readyAt: shown(zone, batch.readyAt),
    byQuality: countsOf(batch, 'quality:'),
    byException: countsOf(batch, 'exception:'),
    acknowledgedAt: shown(zone, batch.acknowledgedAt),
    acknowledgedBy: batch.acknowledgedBy,
  };
}

function countsOf({ counts }: Batch, prefix: string): Record<string, number> {
  const entries = Object.entries(counts).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.map(([name, count]) => [name.slice(prefix.length), count]));
}
