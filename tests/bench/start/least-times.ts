import type { PlanMeter } from '#contract/plan.ts';
import type { Reason } from '#contract/reasons.ts';
import type { Line, Registry } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import type { Clock } from '#platform/clock.ts';
import { ReadError } from '../../../collector/lines/read-error.ts';
import { Dlt645Reader } from '../../../collector/protocols/dlt645/reader.ts';
import { planFor } from '../../../gateway/registry/plans.ts';
import type { World } from '../../../simulators/world/world.ts';
import { type Silences, VirtualLine } from './virtual-line.ts';
import { VirtualTime } from './virtual-time.ts';

/** When a due freeze had its value or the reason why there is none, ms after the lines were opened. */
export interface Settled {
  readonly slot: number;
  readonly afterMs: number;
  readonly hasValue: boolean;
}

/** Attempts for a request whose reply comes damaged, as the collector makes them. */
const DAMAGED_TRIES = 3;
const NO_SILENCE: Silences = { pauseMs: 0, quietMs: 0 };

export interface FreezesWanted {
  readonly task: Task;
  /** In the order in which they are read. */
  readonly slots: readonly number[];
  /** When the lines are opened, UTC ms. */
  readonly now: number;
  /** Whether each line also keeps the silences that it owes. */
  readonly owed: boolean;
}

/**
 * The least times in which the simulated lines can give the day freezes of `slots`, all lines at once: bytes on the
 * wire, meters that think, one time-out for a silent meter. Ascending by time.
 */
export async function leastTimes(world: World, registry: Registry, wanted: FreezesWanted): Promise<Settled[]> {
  const lines = registry.lines.filter(({ protocol }) => protocol === 'dlt645');
  const settled = await Promise.all(lines.map((line) => ofLine(world, registry, line, wanted)));
  return settled.flat().sort((a, b) => a.afterMs - b.afterMs);
}

async function ofLine(
  world: World,
  registry: Registry,
  { id, collector, timing }: Line,
  { task, slots, now, owed }: FreezesWanted,
): Promise<Settled[]> {
  const time = new VirtualTime(now);
  const silences = owed ? timing : NO_SILENCE;
  const exchanger = new VirtualLine({ world, line: id, time, replyTimeoutMs: timing.replyTimeoutMs, silences });
  const reader = new Dlt645Reader({ exchanger, clock: clockOf(time), zone: registry.timeZone, tries });
  const isOffline = world.faults.isOffline(id, now);
  const meters = metersOf(registry, collector, id);
  const settled: Settled[] = [];
  let open = slots.flatMap((slot) => meters.map((meter) => ({ meter, slot })));
  for (let next = open[0]; next; next = open[0]) {
    const { meter, slot } = next;
    const error = isOffline ? OFFLINE : await reader.read(meter, task, slot).then(() => null, refusal);
    // Nothing else is asked of a silent meter.
    const done = error && isSilence(error.reason) ? open.filter((each) => each.meter === meter) : [next];
    const afterMs = time.now() - now;
    settled.push(...done.map((each) => ({ slot: each.slot, afterMs, hasValue: error === null })));
    open = open.filter((each) => !done.includes(each));
  }
  return settled;
}

const OFFLINE = new ReadError('concentrator_offline', '');

function isSilence(reason: Reason): boolean {
  return reason === 'no_answer' || reason === 'wrong_address' || reason === 'concentrator_offline';
}

function tries(reason: Reason): number {
  return isSilence(reason) ? 1 : DAMAGED_TRIES;
}

function refusal(error: unknown): ReadError {
  if (error instanceof ReadError) return error;
  throw error;
}

function metersOf(registry: Registry, collector: string, line: string): PlanMeter[] {
  const found = registry.collectors.find(({ id }) => id === collector);
  if (!found) throw new Error(`BUG: line ${line} has no collector`);
  return planFor(registry, found).meters.filter((meter) => meter.line === line);
}

function clockOf(time: VirtualTime): Clock {
  return {
    now: () => time.now(),
    mono: () => time.now(),
    after: (_name, ms, run) => time.after(ms, run),
    sleep: () => Promise.reject(new Error('BUG: a reader sleeps')),
  };
}
