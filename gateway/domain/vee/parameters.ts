/** Thresholds of the rules that look at days. Energies in Wh with the transformer ratio, days in local days. */
export interface DayParameters {
  /** Days back that a rule may look at. */
  readonly historyDays: number;
  /** Similar days with energy that high and low need. */
  readonly minSimilarDays: number;
  readonly highFactor: number;
  /** A day below this is never high. */
  readonly highFloorWh: number;
  readonly lowShare: number;
  /** Low and repeated are told only of meters that never counted less than this on a day. */
  readonly lowFloorWh: number;
  /** (highest − third highest) ÷ third highest. */
  readonly spikeFactor: number;
  /** Not judged when the third highest day is below this. */
  readonly spikeFloorWh: number;
  /** Days with energy that spike and repeated need. */
  readonly minDays: number;
  readonly zeroDays: number;
  /** Energy a day that an account without supply may show. */
  readonly inactiveWh: number;
  /** Reverse energy a day that a customer may show. */
  readonly reverseWh: number;
  /** The sum check allows the larger of both. */
  readonly sumWh: number;
  readonly sumShare: number;
}

export const DAY_PARAMETERS: DayParameters = {
  historyDays: 28,
  minSimilarDays: 5,
  highFactor: 2,
  highFloorWh: 5000,
  lowShare: 0.2,
  lowFloorWh: 1000,
  spikeFactor: 1.8,
  spikeFloorWh: 1000,
  minDays: 7,
  zeroDays: 7,
  inactiveWh: 100,
  reverseWh: 1000,
  sumWh: 100,
  sumShare: 0.01,
};
