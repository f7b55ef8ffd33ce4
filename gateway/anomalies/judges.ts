import type { AnomalyLevel, AnomalyRule } from '#contract/anomaly.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { DayColumns } from '#domain/anomalies/days/freezes.ts';
import type { JudgedMeter } from '#domain/anomalies/judged-meter.ts';
import type { StateFact } from '#domain/anomalies/states/facts.ts';
import type { Transition } from '#domain/anomalies/transition.ts';

/** Points of one meter's curve, in any order; NaN = missing. */
export interface CurvePoints {
  readonly length: number;
  /** UTC ms. */
  readonly slots: Float64Array;
  readonly columns: Partial<Record<QuantityName, Float64Array>>;
}

/** What was found, and what is remembered from then on; states are packed and never change. */
export interface Verdicts {
  readonly transitions: readonly Transition[];
  readonly state: Float64Array;
}

/** The rules over curves, as the watch over them asks for them. Null = nothing is remembered of the meter. */
export interface CurveRules {
  readonly quantities: readonly QuantityName[];
  levelOf(rule: AnomalyRule): AnomalyLevel;
  judge(meter: JudgedMeter, points: CurvePoints, state: Float64Array | null, now: number): Verdicts;
}

/** The rules over day freezes; one place of the days is judged, those before are its history. */
export interface DayRules {
  levelOf(rule: AnomalyRule): AnomalyLevel;
  judge(meter: JudgedMeter, days: DayColumns, place: number, state: Float64Array | null, now: number): Verdicts;
}

/** The rules over events and states. */
export interface StateRules {
  levelOf(rule: AnomalyRule): AnomalyLevel;
  judge(meter: JudgedMeter, facts: readonly StateFact[], state: Float64Array | null, now: number): Verdicts;
}
