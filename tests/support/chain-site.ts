import { parse, stringify } from 'yaml';
import type { Task } from '#contract/tasks.ts';
import type { DistrictPlan, LinePlan } from '../../simulators/district/build.ts';
import { meterId } from '../../simulators/district/build.ts';
import type { World } from '../../simulators/world/world.ts';
import { at, task } from './plan.ts';

/** Local time in the field at which a chain starts; it runs on from there. */
export const CHAIN_START = at('2026-11-20', '10:03:10');
const DAY_MS = 86_400_000;

export interface Load {
  readonly lines: number;
  readonly metersPerLine: number;
  /** Days of load profile that are fetched at first: 96 rows a meter and day, a stream that lasts for minutes. */
  readonly days: number;
  /** Present values are asked for as often; they are what still flows when the past is fetched. */
  readonly instantS: number;
  /** Time until a meter answers, ms: 1 gives about 3,000 rows a second, 20 about 600. */
  readonly replyMs: number;
}

/** Meters on TCP lines that answer at once, so that the chain behind them is what is at work. */
export function fastDistrict({ lines, metersPerLine, replyMs }: Load): DistrictPlan {
  const line = (n: number): LinePlan => ({
    id: `L${n}`,
    kind: 'dlt645-tcp',
    customers: metersPerLine,
    timing: { baudRate: null, replyDelayMs: [replyMs - 1, replyMs] },
  });
  return { areas: [{ id: 'A1', lines: Array.from({ length: lines }, (_, i) => line(i + 1)) }] };
}

/** Power-downs of the past, long before the days that are fetched: the meters tell of them as events. */
export function pastPowerDowns(world: World): void {
  for (const seq of [1, 2, 3]) {
    const from = CHAIN_START - (60 + seq) * DAY_MS;
    const fault = { kind: 'no-power', target: { meter: meterId(1, seq) }, from, until: from + 3_600_000 } as const;
    world.faults.put(`past-${seq}`, fault, CHAIN_START);
  }
}

export function chainTasks({ days, instantS }: Load): Task[] {
  return [
    task('freeze-day', { backfillDays: days, repairDays: days, delayS: 0 }),
    task('profile', { backfillDays: days, repairDays: days }),
    task('instant', { calendar: { everyS: instantS }, items: ['voltage_a_v', 'current_a_a', 'clock_offset_s'] }),
    task('event'),
  ];
}

/** No meter of a chain is silent: one that answers late is on a machine that is busy, and is waited for. */
const PATIENT = { replyTimeoutMs: 20_000 } as const;

/** The site file of a simulated district with other tasks, its lines dealt out to the collectors in turn. */
export function chainSite(siteText: string, tasks: readonly Task[], collectors: readonly string[]): string {
  const site = parse(siteText) as { lines: { collector: string }[]; collectors: object[] } & Record<string, unknown>;
  const lines = site.lines.map((line, i) => ({
    ...line,
    collector: collectors[i % collectors.length],
    timing: PATIENT,
  }));
  return stringify({ ...site, collectors: collectors.map((id) => ({ id, district: 'demo' })), lines, tasks });
}
