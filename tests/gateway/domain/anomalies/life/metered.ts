import type { CurveColumns, CurveQuantity } from '#domain/anomalies/curve/columns.ts';
import { type DayColumns, restDaysOf } from '#domain/anomalies/days/freezes.ts';
import { drift, hash32, unit } from '../../../../../simulators/load/hash.ts';
import { RATE_OF_QUARTER } from '../../../../../simulators/load/rates.ts';
import { DAY, QUARTER, T0 } from '../kit/meters.ts';
import { type Fault, factorOf, isActive } from './faults.ts';
import { type Flow, HISTORY_DAYS } from './flow.ts';

const RATES = 4;
const QUARTERS = 96;

export interface MeterOf {
  readonly seed: number;
  /** Smallest step of its registers, Wh. */
  readonly stepWh: number;
  /** Share of the neutral's current that harmonics of the third order add, of the mean of the phases. */
  readonly triplen: number;
  /** Whether the profile has reactive power or power factor. */
  readonly hasReactive: boolean;
  readonly hasFactor: boolean;
  /** Its registers began at nothing. */
  readonly isNew: boolean;
}

/** All that a meter shows in its life: values by point from the first judged one, and freezes from the history on. */
export interface Metered {
  readonly curve: CurveColumns;
  readonly days: DayColumns;
}

/** `start` is the place of T0 in the flow. */
const START = HISTORY_DAYS * QUARTERS;

export function metered(flow: Flow, meter: MeterOf, fault: Fault | null): Metered {
  const length = flow.points - START;
  const phases = flow.watts.length;
  const columns: Partial<Record<CurveQuantity, Float64Array>> = {};
  const column = (name: CurveQuantity): Float64Array => {
    const made = new Float64Array(length);
    columns[name] = made;
    return made;
  };
  const names = PHASE_NAMES.slice(0, phases);
  const shown: Shown = {
    u: names.map((name) => column(`voltage_${name}_v`)),
    a: names.map((name) => column(`current_${name}_a`)),
    w: names.map((name) => column(`power_active_${name}_w`)),
    total: column('power_active_total_w'),
    neutral: column('current_n_a'),
    reactive: column('power_reactive_total_var'),
    factor: column('power_factor_total'),
  };
  for (let i = 0; i < length; i++) showPoint(shown, flow, meter, fault && isActive(fault, i) ? fault : null, i);
  if (!meter.hasReactive) delete columns.power_reactive_total_var;
  if (!meter.hasFactor) delete columns.power_factor_total;
  const slots = Float64Array.from({ length }, (_, i) => T0 + i * QUARTER);
  return { curve: { length, slots, columns }, days: registers(flow, meter, fault, column('energy_import_wh')) };
}

/** Columns of the curve, by phase or of all. */
interface Shown {
  readonly u: readonly Float64Array[];
  readonly a: readonly Float64Array[];
  readonly w: readonly Float64Array[];
  readonly total: Float64Array;
  readonly neutral: Float64Array;
  readonly reactive: Float64Array;
  readonly factor: Float64Array;
}

/** The currents of the phases add up in the neutral as vectors, harmonics of the third order as they are. */
function showPoint(shown: Shown, flow: Flow, meter: MeterOf, now: Fault | null, i: number): void {
  const phases = shown.u.length;
  const sum = { watts: 0, vars: 0, x: 0, y: 0, mean: 0 };
  for (let phase = 0; phase < phases; phase++) {
    const volts = voltage(meter.seed, phase, i);
    const [moreW = 0, moreVar = 0] = now?.more ?? [];
    const load = factorOf(now, 'load', phase);
    const p = (flow.watts[phase]?.[START + i] ?? 0) * load + moreW / phases;
    const q = (flow.vars[phase]?.[START + i] ?? 0) * load + moreVar / phases;
    const amps = Math.hypot(p, q) / volts;
    const turn = (-2 * Math.PI * phase) / 3 - Math.atan2(q, p);
    const felt = factorOf(now, 'amps', phase);
    const live = phases === 1 ? 1 : felt;
    sum.x += amps * live * Math.cos(turn);
    sum.y += amps * live * Math.sin(turn);
    sum.mean += (amps * live) / phases;
    const counted = factorOf(now, 'watts', phase);
    sum.watts += p * counted;
    sum.vars += q * counted;
    set(shown.u[phase], i, volts * factorOf(now, 'volts', phase), 1);
    set(shown.a[phase], i, amps * felt, 3);
    set(shown.w[phase], i, p * counted, 1);
  }
  set(shown.total, i, sum.watts, 1);
  set(shown.reactive, i, sum.vars, 1);
  set(shown.factor, i, sum.watts === 0 ? 1 : sum.watts / Math.hypot(sum.watts, sum.vars), 3);
  set(shown.neutral, i, Math.hypot(sum.x, sum.y, phases === 3 ? meter.triplen * sum.mean : 0), 3);
}

const PHASE_NAMES = ['a', 'b', 'c'] as const;

function set(to: Float64Array | undefined, i: number, value: number, decimals: number): void {
  const scale = 10 ** decimals;
  if (to) to[i] = Math.round(value * scale) / scale;
}

/** 220 V, slowly drifting by 6 % up and down, with a little noise. */
function voltage(seed: number, phase: number, i: number): number {
  return 220 * (0.942 + 0.116 * drift(hash32(seed, 21), phase, i * 900, 10_800) + 0.004 * (unit(seed, i, phase) - 0.5));
}

/** Counts the flow, fills the registers of the curve, and freezes them at midnight. */
function registers(flow: Flow, meter: MeterOf, fault: Fault | null, curveWh: Float64Array): DayColumns {
  const days = flow.points / QUARTERS;
  const column = (): Float64Array => new Float64Array(days);
  const rates = Array.from({ length: RATES }, column);
  const [importWh, exportWh, demandW] = [column(), column(), column()];
  const byRate = Float64Array.from({ length: RATES }, (_, rate) =>
    meter.isNew ? 0 : unit(meter.seed, 31, rate) * 3_000_000,
  );
  const shown = (wh: number): number => Math.floor(wh / meter.stepWh) * meter.stepWh;
  let exported = 0;
  let most = 0;
  for (let i = 0; i < flow.points; i++) {
    const total = byRate.reduce((sum, wh) => sum + wh, 0);
    if (i >= START) curveWh[i - START] = shown(total);
    if (i % QUARTERS === 0) {
      const day = i / QUARTERS;
      importWh[day] = shown(total);
      exportWh[day] = shown(exported);
      demandW[day] = most;
      rates.forEach((rate, place) => {
        rate[day] = shown(byRate[place] ?? 0);
      });
      most = 0;
    }
    const wh = countedWh(flow, fault, i);
    const ways = fault ? null : flow.ways;
    const rate = RATE_OF_QUARTER[i % QUARTERS] ?? 0;
    byRate[rate] = (byRate[rate] ?? 0) + (ways?.imports[i] ?? Math.max(0, wh));
    exported += ways?.exports[i] ?? Math.max(0, -wh);
    most = Math.max(most, wh * 4);
  }
  const dates = Array.from({ length: days }, (_, day) =>
    new Date(T0 + 8 * 3_600_000 + (day - HISTORY_DAYS) * DAY).toISOString().slice(0, 10),
  );
  const slots = dates.map((_, day) => T0 + (day - HISTORY_DAYS) * DAY);
  return { slots, restDays: restDaysOf(dates), importWh, exportWh, rates, demandW };
}

function countedWh({ wh }: Flow, fault: Fault | null, i: number): number {
  const now = fault && isActive(fault, i - START) ? fault : null;
  const more = (now?.more?.[0] ?? 0) / 4;
  const sum = wh.reduce(
    (all, phase, place) =>
      all + ((phase[i] ?? 0) * factorOf(now, 'load', place) + more / wh.length) * factorOf(now, 'watts', place),
    0,
  );
  return sum * (now?.count ?? 1);
}
