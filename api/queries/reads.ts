import { createHash, randomUUID } from 'node:crypto';
import type { Static } from 'typebox';
import { slotAt } from '#contract/calendar.ts';
import { AT_ONE_LOOK } from '#contract/job.ts';
import type { QuantityName } from '#contract/quantities.ts';
import { DEFAULT_TASKS, type Task, type TaskKind } from '#contract/tasks.ts';
import { dateOf, instantOf, monthStart } from '#contract/zone.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { siteTask } from '#domain/task-choice.ts';
import type { Job } from '#stores/job-store.ts';
import { ApiProblem } from '../errors.ts';
import type { ReadsRequest } from '../schemas/jobs.ts';
import { dateParameter, instantParameter } from './parameters.ts';

type Wanted = Static<typeof ReadsRequest>;

/** Names listed in the text of a problem; the list of errors has all of them. */
const MOST_NAMED = 20;

interface Asker {
  readonly keyId: string;
  readonly idempotencyKey: string | null;
}

/** The job that a request asks for, and its meters. Throws the problem of what cannot be read so. */
export function jobOf(
  index: RegistryIndex,
  wanted: Wanted,
  { keyId, idempotencyKey }: Asker,
  now: number,
): { job: Job; meters: string[] } {
  const { kind = 'instant', timeoutS = 60 } = wanted;
  const meters = metersOf(index, wanted.meters);
  const job: Job = {
    id: randomUUID(),
    kind,
    items: itemsOf(index, kind, wanted.items),
    slot: slotOf(index, kind, wanted, now),
    askedBy: keyId,
    idempotencyKey,
    requestDigest: digestOf({ ...wanted, kind, timeoutS }),
    createdAt: now,
    timeoutS,
  };
  return { job, meters };
}

/** Tells requests apart by what they say, not by the order in which they say it. */
function digestOf({ meters, kind, items, date, slot, timeoutS }: Wanted): string {
  const said = JSON.stringify([meters, kind, items ?? null, date ?? null, slot ?? null, timeoutS]);
  return createHash('sha256').update(said).digest('hex');
}

/** Ids of the meters, each once. Throws `unknown_meter` that names every one that is not there. */
function metersOf(index: RegistryIndex, names: readonly string[]): string[] {
  const ids = new Set<string>();
  const unknown: { name: string; pointer: string }[] = [];
  for (const [i, name] of names.entries()) {
    const meter = index.meter(name) ?? index.metersByNo(name)[0];
    if (meter) ids.add(meter.id);
    else unknown.push({ name, pointer: `/meters/${i}` });
  }
  if (unknown.length === 0) return [...ids];
  const named = unknown.slice(0, MOST_NAMED).map(({ name }) => name);
  const more = unknown.length > MOST_NAMED ? ` and ${unknown.length - MOST_NAMED} more` : '';
  throw new ApiProblem(
    'unknown_meter',
    `no meter has the id or number ${named.join(', ')}${more}; nothing was asked for`,
    unknown.map(({ name, pointer }) => ({ pointer, detail: `no meter has the id or number ${name}` })),
  );
}

function itemsOf(index: RegistryIndex, kind: TaskKind, items: Wanted['items']): readonly QuantityName[] {
  if (kind === 'event') {
    if (items) throw wrong('items', 'a read of events takes no items');
    return [];
  }
  if (items) return [...new Set(items)];
  return kind === 'instant' ? AT_ONE_LOOK : taskOf(index, kind).items;
}

/** The task of the site that reads the kind, else the usual one; a month freeze has the registers of a day freeze. */
function taskOf(index: RegistryIndex, kind: TaskKind): Task {
  const found = siteTask(index.registry.tasks, kind) ?? siteTask(DEFAULT_TASKS, kind);
  return found ?? taskOf(index, 'freeze-day');
}

function slotOf(index: RegistryIndex, kind: TaskKind, { date, slot }: Wanted, now: number): number | null {
  const zone = index.registry.timeZone;
  if (kind !== 'profile' && slot !== undefined) throw wrong('slot', `a read of ${kind} takes no slot`);
  if (kind !== 'freeze-day' && kind !== 'freeze-month' && date !== undefined) {
    throw wrong('date', `a read of ${kind} takes no date`);
  }
  if (kind === 'profile') {
    if (slot === undefined) return slotAt(taskOf(index, kind).calendar, zone, now);
    const at = instantParameter('slot', slot);
    if (at <= now) return at;
    throw new ApiProblem('bad_range', `${slot} has not come yet`, [{ pointer: '/slot', detail: 'must be past' }]);
  }
  if (kind === 'freeze-day') return freezeSlot(zone, date ?? dateOf(zone, now), now);
  if (kind !== 'freeze-month') return null;
  const month = date ?? monthStart(dateOf(zone, now));
  if (monthStart(month) === month) return freezeSlot(zone, month, now);
  throw new ApiProblem('bad_date', `${month} is not the first of a month`, [
    { pointer: '/date', detail: `must be the first of a month, such as ${monthStart(month)}` },
  ]);
}

function freezeSlot(zone: string, text: string, now: number): number {
  const date = dateParameter('date', text);
  const slot = instantOf(zone, date);
  if (slot <= now) return slot;
  throw new ApiProblem('bad_date', `${date} has not come yet`, [{ pointer: '/date', detail: 'must be today or past' }]);
}

function wrong(field: string, why: string): ApiProblem {
  const detail = `${why}: date is for freeze-day and freeze-month, slot for profile, items for all but event`;
  return new ApiProblem('bad_request', detail, [{ pointer: `/${field}`, detail: why }]);
}
