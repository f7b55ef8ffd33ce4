import { performance } from 'node:perf_hooks';
import type { Plan } from '#contract/plan.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Task } from '#contract/tasks.ts';
import { systemClock } from '#platform/clock.ts';
import type { Field } from '../../../collector/field.ts';
import type { ResultSink } from '../../../collector/schedule/results.ts';
import type { SpoolRecord } from '../../../collector/spool/record.ts';
import { planFor } from '../../../gateway/registry/plans.ts';
import { parseSite } from '../../../gateway/registry/site-file.ts';
import { fieldAtWork } from '../../support/field-at-work.ts';
import { at } from '../../support/plan.ts';

/** Any day will do; at noon no slot of another day comes in between. */
const DATE = '2026-11-20';
const NOON_S = 43_200;

/** One result as the spool would get it. */
export interface Seen {
  readonly stream: SpoolRecord['stream'];
  /** Number of the round, from 0 on. */
  readonly round: number;
  readonly meter: string;
  /** Monotonic ms. */
  readonly at: number;
}

/** Notes when each result came, and keeps nothing else. */
class SeeingSink implements ResultSink {
  readonly seen: Seen[] = [];

  async append(records: readonly SpoolRecord[]): Promise<void> {
    const now = performance.now();
    for (const { stream, task, row } of records) {
      this.seen.push({ stream, round: Number(task.slice(1)), meter: String(row[0]), at: now });
    }
  }

  async room(): Promise<void> {}
}

export interface RoundsPlan {
  readonly rounds: number;
  readonly items: readonly QuantityName[];
}

/** A collector's field with more to read than its lines can carry. */
export interface SaturatedField {
  readonly plan: Plan;
  readonly seen: readonly Seen[];
  readonly field: Field;
}

/**
 * Rounds over all meters of a site, each a task of its own, all of them due and read one after the other: the lines
 * never rest.
 */
export async function startSaturated(siteText: string, { rounds, items }: RoundsPlan): Promise<SaturatedField> {
  const clock = systemClock(at(DATE) + NOON_S * 1000 - Date.now());
  const registry = parseSite('site.yaml', siteText, clock.now());
  const [collector] = registry.collectors;
  if (!collector) throw new Error('BUG: a site without a collector');
  const tasks = Array.from(
    { length: rounds },
    (_, round): Task => ({
      id: `r${round}`,
      kind: 'instant',
      calendar: { every: 'day' },
      items: [...items],
      delayS: 0,
      backfillDays: 0,
      repairDays: 0,
      toleranceS: 86_400,
      retryAt: [],
      firstPassUntil: '23:59',
    }),
  );
  const plan = planFor({ ...registry, tasks }, collector);
  const sink = new SeeingSink();
  const field = await fieldAtWork(plan, sink, clock);
  return { plan, seen: sink.seen, field };
}
