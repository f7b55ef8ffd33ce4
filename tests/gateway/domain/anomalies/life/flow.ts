import { dayIndex, QUARTERS } from '../../../../../simulators/clock/local-time.ts';
import { BaseLoad } from '../../../../../simulators/load/base-load.ts';
import type { DayCache } from '../../../../../simulators/load/day-source.ts';
import { hash32, unit } from '../../../../../simulators/load/hash.ts';
import type { LoadKind } from '../../../../../simulators/load/shapes.ts';
import { T0 } from '../kit/meters.ts';
import { runsOf, type Use } from './appliances.ts';

export const QUARTER_MIN = 15;
/** Days before the first whose curve is judged. */
export const HISTORY_DAYS = 30;
/** As the simulators count days. */
const FIRST_DAY = dayIndex(T0 / 1000) - HISTORY_DAYS;

export interface FlowSpec {
  readonly seed: number;
  readonly phases: 1 | 3;
  readonly shape: LoadKind;
  /** Of what runs evenly, Wh a day. */
  readonly baseWh: number;
  readonly baseFactor: number;
  readonly pvPeakW: number;
  /** By how much what is sampled strays from the mean of the quarter hour: 0.25 at home, little where many draw together. */
  readonly jitter: number;
  /** Phases on which something runs round the clock; all when left out. */
  readonly basePhases?: readonly number[];
  readonly uses: readonly Use[];
  /** What is left of uses and base on a day: 0.1 while all are away. */
  readonly life?: (day: number) => number;
}

/** What one customer truly draws. Phase p at point i stands at [p][i]; energy from point i to the next at [p][i]. */
export interface Flow {
  readonly points: number;
  /** Sampled at the instant of the point, W and var; negative: fed in. */
  readonly watts: readonly Float64Array[];
  readonly vars: readonly Float64Array[];
  readonly wh: readonly Float64Array[];
  /**
   * What a meter counts in each direction, of all phases, Wh: under panels a kettle draws from the grid and the roof feeds
   * it within one quarter hour. Null without panels.
   */
  readonly ways: { readonly imports: Float64Array; readonly exports: Float64Array } | null;
}

/** An even base by the simulators' profiles, and on top of it uses that are short: what is sampled is not what is counted. */
export function flowOf(spec: FlowSpec, days: number, cache: DayCache): Flow {
  const points = days * QUARTERS;
  const make = (): Float64Array[] => Array.from({ length: spec.phases }, () => new Float64Array(points));
  const hasPanels = spec.pvPeakW > 0;
  const ways = hasPanels ? { imports: new Float64Array(points), exports: new Float64Array(points) } : null;
  const minutes = hasPanels ? new Float64Array(days * 1440) : null;
  const flow: Flow = { points, watts: make(), vars: make(), wh: make(), ways };
  const load = new BaseLoad(spec.seed, { kind: spec.shape, meanWhPerDay: spec.baseWh, pvPeakW: spec.pvPeakW }, cache);
  const tangent = Math.tan(Math.acos(spec.baseFactor));
  for (let day = 0; day < days; day++) {
    const life = spec.life?.(day) ?? 1;
    const { imports, exports } = load.segments(FIRST_DAY + day);
    for (let quarter = 0; quarter < QUARTERS; quarter++) {
      const wh = ((imports[quarter] ?? 0) * life - (exports[quarter] ?? 0)) / 1000;
      addEven(flow, spec, day * QUARTERS + quarter, wh, tangent);
    }
    for (const run of runsOf(spec.uses, hash32(spec.seed, day, 9), day, life)) {
      addRun(flow, day, run);
      if (minutes) addMinutes(minutes, day, run);
    }
  }
  if (minutes) countWays(flow, minutes);
  return flow;
}

function addMinutes(minutes: Float64Array, day: number, { from, to, watts }: Run): void {
  const end = Math.min(minutes.length, day * 1440 + to);
  for (let at = Math.floor(day * 1440 + from); at < end; at++) add([minutes], 0, at, watts);
}

/** Minute by minute: the even part of a quarter hour with what runs then. */
function countWays({ points, wh, ways }: Flow, minutes: Float64Array): void {
  for (let i = 0; ways && i < points; i++) {
    const runs = minutes.subarray(i * QUARTER_MIN, (i + 1) * QUARTER_MIN);
    const sumWh = runs.reduce((sum, watts) => sum + watts / 60, 0);
    const evenW = (wh.reduce((sum, phase) => sum + (phase[i] ?? 0), 0) - sumWh) * 4;
    for (const watts of runs) {
      add([ways.imports], 0, i, Math.max(0, evenW + watts) / 60);
      add([ways.exports], 0, i, Math.max(0, -evenW - watts) / 60);
    }
  }
}

function addEven(
  { watts, vars, wh }: Flow,
  { seed, phases, jitter, basePhases }: FlowSpec,
  i: number,
  energyWh: number,
  tangent: number,
) {
  for (let phase = 0; phase < phases; phase++) {
    const share = basePhases
      ? Number(basePhases.includes(phase))
      : phases === 1
        ? 1
        : 0.28 + 0.1 * unit(seed, 3, phase);
    const sampled = energyWh * 4 * share * (1 + jitter * (2 * unit(seed, i, phase, 4) - 1));
    add(wh, phase, i, energyWh * share);
    add(watts, phase, i, sampled);
    add(vars, phase, i, Math.abs(sampled) * tangent);
  }
}

export interface Run {
  /** Minutes since midnight. */
  readonly from: number;
  readonly to: number;
  readonly watts: number;
  readonly factor: number;
  readonly phases: readonly number[];
}

function addRun({ points, watts, vars, wh }: Flow, day: number, run: Run): void {
  const start = day * 1440 + run.from;
  const end = day * 1440 + run.to;
  const each = run.watts / run.phases.length;
  const tangent = Math.tan(Math.acos(run.factor));
  for (let i = Math.floor(start / QUARTER_MIN); i < points && i * QUARTER_MIN < end; i++) {
    const at = i * QUARTER_MIN;
    const minutes = Math.min(end, at + QUARTER_MIN) - Math.max(start, at);
    for (const phase of run.phases) {
      add(wh, phase, i, (each * minutes) / 60);
      if (at < start) continue;
      add(watts, phase, i, each);
      add(vars, phase, i, each * tangent);
    }
  }
}

function add(columns: readonly Float64Array[], phase: number, i: number, value: number): void {
  const column = columns[phase];
  if (column) column[i] = (column[i] ?? 0) + value;
}
