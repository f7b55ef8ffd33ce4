import { CURVE_QUANTITIES, type CurveColumns, type CurveQuantity } from '#domain/anomalies/curve/columns.ts';
import { CurveJudge } from '#domain/anomalies/curve/judge.ts';
import type { CurveRuleId } from '#domain/anomalies/curve/limits.ts';
import { newCurveState } from '#domain/anomalies/curve/state.ts';
import type { JudgedMeter } from '#domain/anomalies/judged-meter.ts';
import type { Transition } from '#domain/anomalies/transition.ts';
import { NOW, QUARTER, T0, ZONE } from './meters.ts';

/** A value, or one for each point; NaN = missing. */
export type Course = number | ((point: number) => number);
export type Courses = Readonly<Partial<Record<CurveQuantity, Course>>>;

const POWER_W = 6270;
/** Sound three-phase supply with ten amperes in each phase. */
const SOUND: Required<Courses> = {
  voltage_a_v: 220,
  voltage_b_v: 221,
  voltage_c_v: 219,
  current_a_a: 10,
  current_b_a: 9.5,
  current_c_a: 10.5,
  current_n_a: 0.9,
  power_active_total_w: POWER_W,
  power_active_a_w: POWER_W / 3,
  power_active_b_w: POWER_W / 3,
  power_active_c_w: POWER_W / 3,
  power_reactive_total_var: 2000,
  power_factor_total: 0.95,
  energy_import_wh: (point) => 1_000_000 + (point * POWER_W) / 4,
};

export function column(course: Course, length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => (typeof course === 'number' ? course : course(i)));
}

/** Points on a grid from T0; what is not named is sound. */
export function curve(length: number, courses: Courses = {}, stepMs = QUARTER): CurveColumns {
  const all: Required<Courses> = { ...SOUND, ...courses };
  return {
    length,
    slots: column((i) => T0 + i * stepMs, length),
    columns: Object.fromEntries(CURVE_QUANTITIES.map((name) => [name, column(all[name], length)])),
  };
}

/** Without some quantities: the meter never gives them. */
export function without(points: CurveColumns, ...names: readonly CurveQuantity[]): CurveColumns {
  const kept = Object.entries(points.columns).filter(([name]) => !names.some((one) => one === name));
  return { ...points, columns: Object.fromEntries(kept) };
}

/** `value` from point `from` to before point `to`, `otherwise` elsewhere. */
export function during(from: number, to: number, value: number, otherwise: number): (point: number) => number {
  return (point) => (point >= from && point < to ? value : otherwise);
}

export function part(points: CurveColumns, from: number, to: number): CurveColumns {
  const columns = Object.entries(points.columns).map(([name, values]) => [name, values.slice(from, to)]);
  return { length: to - from, slots: points.slots.slice(from, to), columns: Object.fromEntries(columns) };
}

/** Judged at once, from nothing. */
export function judged(meter: JudgedMeter, points: CurveColumns, rules?: readonly CurveRuleId[]): Transition[] {
  const judge = new CurveJudge({ zoneOffsetMs: ZONE, ...(rules ? { rules } : {}) });
  return [...judge.judge(meter, points, newCurveState(), NOW)];
}

/** `open@8`, `close@12`: what became of it at which point of the grid. */
export function said(transitions: readonly Transition[], stepMs = QUARTER): string[] {
  return transitions.map(({ kind, at }) => `${kind}@${(at - T0) / stepMs}`);
}
