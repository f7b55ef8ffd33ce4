import { createHash, randomUUID } from 'node:crypto';
import { slotsOfDay } from '#contract/calendar.ts';
import { closesAt, keepsTask } from '#contract/due.ts';
import type { Reason } from '#contract/reasons.ts';
import type { Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { codeOf } from '#domain/collection/day-columns.ts';
import type { RowPlaces } from '#domain/collection/row-places.ts';
import { isFailed, OPEN, type SlotState, SUSPECT, stateOf } from '#domain/collection/slot-state.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Job, Retry } from '#stores/job-store.ts';
import type { StatusStore } from '#stores/state-store.ts';
import { ApiProblem } from '../errors.ts';
import type { DayGrids } from './day-grid.ts';
import type { KeptDays } from './kept-days.ts';
import { type KnownScope, knownRetryScope, metersOfScope, type RetryScope } from './retry-scope.ts';

/** More would keep the lines busy for longer than anybody waits for. */
export const MOST_RETRIED = 20_000;
const LEAST_TIMEOUT_S = 600;
const MOST_TIMEOUT_S = 6 * 3600;
/** Requests for one freeze: the blocks of import and export registers, each with its time stamp. */
const REQUESTS_A_READ = 4;
const ATTEMPTS = 3;
/** Of a line that nothing is known of yet, ms. */
const USUAL_REPLY_MS = 300;
const SILENT: ReadonlySet<Reason> = new Set(['no_answer', 'skipped_breaker', 'concentrator_offline', 'line_down']);

interface Failed {
  readonly meter: Meter;
  /** Null for a read of which nothing was heard yet. */
  readonly reason: Reason | null;
}

interface RetrySources {
  readonly kept: KeptDays;
  readonly grids: Pick<DayGrids, 'of'>;
  readonly registered: (index: RegistryIndex) => RowPlaces;
  readonly status: Pick<StatusStore, 'all'>;
}

export interface PlannedRetry {
  readonly job: Job;
  readonly meters: readonly string[];
}

/** Works out what a retry of a day's failed reads comes to. */
export class RetryPlanner {
  readonly #sources: RetrySources;

  constructor(sources: RetrySources) {
    this.#sources = sources;
  }

  async plan(
    index: RegistryIndex,
    wanted: {
      readonly task: Task;
      readonly date: string;
      readonly scope: RetryScope;
      readonly retriedNow: ReadonlySet<string>;
    },
    asker: { readonly keyId: string; readonly idempotencyKey: string | null },
    now: number,
  ): Promise<PlannedRetry> {
    const { task, date, scope } = wanted;
    const [slot] = slotsOfDay(task.calendar, index.registry.timeZone, date);
    if (slot === undefined || slot > now) {
      throw new ApiProblem('bad_date', `${task.id} has no slot on ${date} that has come`, [
        { pointer: '/date', detail: 'must be a day whose slot is past' },
      ]);
    }
    const known = knownRetryScope(index, scope);
    const without = (await this.#inKept(index, task, date, known)) ?? (await this.#inStores(index, task, date, known));
    const rejected: Retry['rejected'][number][] = [];
    const failed: Failed[] = [];
    for (const { meter, state } of without) {
      const why = whyNot(index, { meter, task, slot, now, state, retriedNow: wanted.retriedNow });
      if (why === null) failed.push({ meter, reason: state.state === 'failed' ? state.reason : null });
      else rejected.push({ meter: meter.id, why });
    }
    const estimateS = await this.#estimateS(index, failed);
    const job: Job = {
      id: randomUUID(),
      kind: task.kind,
      items: task.items,
      slot,
      askedBy: asker.keyId,
      idempotencyKey: asker.idempotencyKey,
      requestDigest: createHash('sha256')
        .update(JSON.stringify([task.id, date, scope]))
        .digest('hex'),
      createdAt: now,
      timeoutS: Math.min(MOST_TIMEOUT_S, Math.max(LEAST_TIMEOUT_S, 4 * estimateS)),
      retry: { task: task.id, estimateS, rejected },
    };
    return { job, meters: failed.map(({ meter }) => meter.id) };
  }

  /** Meters of the scope without a value, by id, out of the kept day; null where it is not kept. */
  async #inKept(index: RegistryIndex, task: Task, date: string, scope: KnownScope): Promise<WithoutValue[] | null> {
    const { kept } = this.#sources;
    const head = (await kept.heads(task.id)).get(date);
    if (head?.slots.length !== 1) return null;
    const places = await kept.places(index, head.rows);
    const day = await kept.of(task.id, date, ['class', 'fact']);
    if (!day) return null;
    const [classes, facts] = [day.column('class'), day.column('fact')];
    const codeAt = (row: number): number => (row < day.rows ? codeOf(classes[row] ?? 0, facts[row] ?? OPEN) : 0);
    const found = metersOfScope(places, scope, (row) => isWithoutValue(codeAt(row)));
    return byId(found.map(({ meter, row }) => ({ meter, state: stateOf(codeAt(row)) })));
  }

  /** The same out of the stores. */
  async #inStores(index: RegistryIndex, task: Task, date: string, scope: KnownScope): Promise<WithoutValue[]> {
    const meters = metersOfScope(this.#sources.registered(index), scope).map(({ meter }) => meter);
    const { grid } = await this.#sources.grids.of(index, task, date, meters);
    const found = grid.meters.flatMap((meter, row) => {
      const code = grid.cells[row * grid.slots.length] ?? 0;
      return isWithoutValue(code) ? [{ meter, state: stateOf(code) }] : [];
    });
    return byId(found);
  }

  /** Time of the slowest line, as if it had nothing else to do: lines work side by side, the reads of one in turn. */
  async #estimateS(index: RegistryIndex, failed: readonly Failed[]): Promise<number> {
    const replyMs = new Map<string, number>();
    for (const { status } of await this.#sources.status.all()) {
      for (const line of status.lines) if (line.replyMs) replyMs.set(line.id, line.replyMs.p50);
    }
    let longestMs = 0;
    for (const [id, reads] of Map.groupBy(failed, ({ meter }) => meter.line)) {
      const timing = index.line(id)?.timing;
      const pauseMs = timing?.pauseMs ?? 0;
      const answeredMs = REQUESTS_A_READ * ((replyMs.get(id) ?? USUAL_REPLY_MS) + pauseMs);
      const silentMs = ATTEMPTS * ((timing?.replyTimeoutMs ?? 1500) + pauseMs);
      const silent = reads.filter(({ reason }) => reason !== null && SILENT.has(reason)).length;
      longestMs = Math.max(longestMs, silent * silentMs + (reads.length - silent) * answeredMs);
    }
    return Math.ceil(longestMs / 1000);
  }
}

const SUSPECT_WHY = 'a suspect value is stored; it is not replaced by reading again but by an override';
const RETRIED_WHY = 'is being read again already';

interface WithoutValue {
  readonly meter: Meter;
  readonly state: SlotState;
}

function isWithoutValue(code: number): boolean {
  return isFailed(code) || code === OPEN || code === SUSPECT;
}

function byId(found: WithoutValue[]): WithoutValue[] {
  return found.sort((a, b) => (a.meter.id < b.meter.id ? -1 : 1));
}

interface Candidate {
  readonly meter: Meter;
  readonly task: Task;
  readonly slot: number;
  readonly now: number;
  readonly state: SlotState;
  readonly retriedNow: ReadonlySet<string>;
}

/** Why the slot is not read again, or null. */
function whyNot(index: RegistryIndex, { meter, task, slot, now, state, retriedNow }: Candidate): string | null {
  if (state.state === 'suspect') return SUSPECT_WHY;
  if (retriedNow.has(meter.id)) return RETRIED_WHY;
  const model = index.modelOf(meter);
  if (!model) return `its model ${meter.model} is not known`;
  if (!keepsTask(model, task)) return `model ${model.id} keeps no ${task.kind}`;
  const longest = { ...task, repairDays: model.keepsDays[task.kind] ?? 0 };
  if (closesAt(model, longest, index.registry.timeZone, slot) > now) return null;
  return `model ${model.id} keeps ${task.kind} for ${model.keepsDays[task.kind]} days only`;
}
