import { type DayColumns, restDaysOf } from '#domain/anomalies/days/freezes.ts';
import { DayJudge } from '#domain/anomalies/days/judge.ts';
import type { DayRuleId } from '#domain/anomalies/days/limits.ts';
import { newDayState } from '#domain/anomalies/days/state.ts';
import type { JudgedMeter } from '#domain/anomalies/judged-meter.ts';
import type { Transition } from '#domain/anomalies/transition.ts';
import { DAY, NOW, T0 } from './meters.ts';

/** Friday. */
const FIRST = Date.UTC(2026, 10, 20);
/** Freezes before the first that is judged. */
export const HISTORY = 28;

export interface DayCourses {
  /** Energy of the day that ends at each freeze. */
  readonly used?: (place: number) => number;
  /** Instead of the sum of the days; NaN = missing. */
  readonly register?: (place: number, sum: number) => number;
  readonly exported?: (place: number) => number;
  /** Sum of the rates less the total. */
  readonly ratesOff?: (place: number) => number;
  readonly demandW?: (place: number) => number;
}

/** `length` freezes: 8 kWh a day with a little more at weekends, unless said otherwise. */
export function freezes(length: number, courses: DayCourses = {}): DayColumns {
  const dates = Array.from({ length }, (_, i) => new Date(FIRST + i * DAY).toISOString().slice(0, 10));
  const restDays = restDaysOf(dates);
  const usual = (i: number): number => (restDays[i - 1] === 1 ? 9500 : 8000) + ((i * 37) % 11) * 40;
  const { used = usual, register = (_, sum) => sum, exported = () => 0 } = courses;
  const importWh = new Float64Array(length);
  const exportWh = new Float64Array(length);
  let sum = 1_000_000;
  let out = 0;
  for (let i = 0; i < length; i++) {
    sum += i === 0 ? 0 : used(i);
    out += exported(i);
    importWh[i] = register(i, sum);
    exportWh[i] = out;
  }
  const off = courses.ratesOff ?? (() => 0);
  const rates = [0.1, 0.4, 0.3, 0.2].map((share, rate) =>
    importWh.map((wh, i) => wh * share + (rate === 0 ? off(i) : 0)),
  );
  const demandW = Float64Array.from({ length }, (_, i) => courses.demandW?.(i) ?? 3000);
  return { slots: dates.map((_, i) => T0 + i * DAY), restDays, importWh, exportWh, rates, demandW };
}

/** Judged from place 28 on, from nothing but the 28 freezes before. */
export function judgedDays(meter: JudgedMeter, days: DayColumns, rules?: readonly DayRuleId[]): Transition[] {
  const judge = new DayJudge(rules ? { rules } : {});
  return [...judge.judge(meter, days, { from: HISTORY, to: days.slots.length }, newDayState(), NOW)];
}
