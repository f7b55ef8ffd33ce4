import type { Wording } from '../hold.ts';
import type { JudgedMeter } from '../judged-meter.ts';
import type { Facts } from '../transition.ts';
import type { DayView } from './day-view.ts';

/** What one rule measures at a freeze, and how it words that. */
export interface DayRule {
  readonly appliesTo: (meter: JudgedMeter) => boolean;
  /** NaN where the rule cannot say. */
  readonly measure: (view: DayView) => number;
  readonly wording: Wording;
  readonly scale: (meter: JudgedMeter) => number;
  /** More facts of the freeze by which something became so. */
  readonly facts?: (view: DayView) => Facts;
  /** When that which a freeze shows began; the freeze itself when left out. */
  readonly begins?: (view: DayView) => number;
}
