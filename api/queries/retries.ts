import { createHash, randomUUID } from 'node:crypto';
import { slotsOfDay } from '#contract/calendar.ts';
import { closesAt, keepsTask } from '#contract/due.ts';
import type { Reason } from '#contract/reasons.ts';
import type { Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { slotStateOf } from '#domain/collection/slot-grid.ts';
import type { SlotState } from '#domain/collection/slot-state.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Job, Retry } from '#stores/job-store.ts';
import type { StatusStore } from '#stores/state-store.ts';
import { ApiProblem } from '../errors.ts';
import type { DayGrids } from './day-grid.ts';

/** Parts of the site of which failed reads are read again; those that are named must all hold. */
export interface RetryScope {
  readonly district?: string;
  readonly feeder?: string;
  readonly area?: string;
  readonly concentrator?: string;
  readonly collector?: string;
  readonly line?: string;
  /** Ids or numbers. */
  readonly meters?: readonly string[];
}

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

export interface PlannedRetry {
  readonly job: Job;
  readonly meters: readonly string[];
}

/** Works out what a retry of a day's failed reads comes to. */
export class RetryPlanner {
  readonly #grids: DayGrids;
  readonly #status: Pick<StatusStore, 'all'>;

  constructor(grids: DayGrids, status: Pick<StatusStore, 'all'>) {
    this.#grids = grids;
    this.#status = status;
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
    const meters = metersOf(index, scope);
    const { grid } = await this.#grids.of(index, task, date, meters);
    const rejected: Retry['rejected'][number][] = [];
    const failed: Failed[] = [];
    for (const meter of meters) {
      const state = slotStateOf(grid, meter.id, slot);
      if (!state || !isWithoutValue(state)) continue;
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

  /** Time of the slowest line, as if it had nothing else to do: lines work side by side, the reads of one in turn. */
  async #estimateS(index: RegistryIndex, failed: readonly Failed[]): Promise<number> {
    const replyMs = new Map<string, number>();
    for (const { status } of await this.#status.all()) {
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

function isWithoutValue({ state }: SlotState): boolean {
  return state === 'failed' || state === 'open' || state === 'suspect';
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

/** Meters of the scope, by id. Throws `unknown_scope` that names what is not there. */
function metersOf(index: RegistryIndex, { meters: names, ...parts }: RetryScope): Meter[] {
  for (const [kind, id] of Object.entries(parts)) {
    if (!isThere(index, kind, id)) {
      throw new ApiProblem('unknown_scope', `no ${kind} has the id ${id}`, [
        { pointer: `/scope/${kind}`, detail: `must be the id of a ${kind} of the registry` },
      ]);
    }
  }
  const all = names ? names.map((name, i) => named(index, name, i)) : index.registry.meters;
  const inScope = all.filter((meter) => {
    const place = index.placeOf(meter);
    return Object.entries(parts).every(([kind, id]) => place[kind as keyof typeof parts] === id);
  });
  return [...new Set(inScope)].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function named(index: RegistryIndex, name: string, i: number): Meter {
  const meter = index.meter(name) ?? index.metersByNo(name)[0];
  if (meter) return meter;
  const detail = `no meter has the id or number ${name}`;
  throw new ApiProblem('unknown_meter', `${detail}; nothing was asked for`, [
    { pointer: `/scope/meters/${i}`, detail },
  ]);
}

function isThere(index: RegistryIndex, kind: string, id: string): boolean {
  const { districts, collectors, lines } = index.registry;
  switch (kind) {
    case 'district':
      return districts.some((district) => district.id === id);
    case 'feeder':
      return index.feeder(id) !== undefined;
    case 'area':
      return index.area(id) !== undefined;
    case 'collector':
      return collectors.some((collector) => collector.id === id);
    case 'concentrator':
      return lines.some((line) => line.concentrator === id);
    default:
      return index.line(id) !== undefined;
  }
}
