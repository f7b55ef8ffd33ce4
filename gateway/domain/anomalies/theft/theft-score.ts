import { type Fall, fallOf } from './fall.ts';
import { medianOf, scatterOf } from './robust.ts';
import { THEFT_PARAMETERS as P } from './theft-parameters.ts';
import { corrected, dayFactors } from './weather.ts';

/** Something at the meter that goes with tampering, on a day of the window. */
export interface TheftSign {
  readonly day: number;
  readonly kind: 'cover_opened' | 'magnetic_field' | 'voltage_lost' | 'current_lost' | 'neutral_current';
}

/** One customer's meter over the days of the window, oldest first. */
export interface TheftMember {
  readonly meter: string;
  /** 光伏: its use falls by day for good reasons; it is compared with nobody. */
  readonly generator: boolean;
  /** Energy of each day with the ratio, Wh; NaN = not known. */
  readonly usageWh: ArrayLike<number>;
  readonly signs: readonly TheftSign[];
}

export interface TheftArea {
  /** Energy that each day lost, Wh; NaN = not computable. */
  readonly lostWh: ArrayLike<number>;
  readonly members: readonly TheftMember[];
}

/** How much of the points of each kind of reason was given, 0 … 1. */
export interface TheftReasons {
  readonly loss: number;
  readonly neutral: number;
  readonly events: number;
  readonly neighbours: number;
}

export interface TheftScore {
  readonly meter: string;
  /** 0 … 100, whole. */
  readonly score: number;
  readonly reasons: TheftReasons;
  /** Of the use without what moved the neighbours alike. */
  readonly fall: Fall | null;
  /** Rise of the area's loss when the use fell, Wh a day; NaN when it cannot be told. */
  readonly lossRiseWh: number;
  /** Use since the fall ÷ use before it, without what moved the neighbours alike; NaN without a fall. */
  readonly againstNeighbours: number;
  readonly signs: readonly TheftSign[];
}

/**
 * How much speaks for theft at each customer of an area, highest first. Four kinds of reasons: the loss of the area
 * rises when the use falls, and by as much; the current of the neutral is not that of the phase; covers, magnets or
 * lost voltages and currents around the day of the fall; the use fell against that of the neighbours, who have the same
 * weather. Days that are not known speak for nothing. Generators are left out: nothing of theirs is suspect here.
 */
export function theftScores(area: TheftArea): TheftScore[] {
  const days = area.lostWh.length;
  const scratch = new Float64Array(Math.max(days, area.members.length, 1));
  const customers = area.members.filter(({ generator }) => !generator);
  const factors = dayFactors(customers, days, scratch);
  const own = new Float64Array(days);
  const scores = customers.map((member) => {
    const fall = fallOf(corrected(member.usageWh, factors, own), scratch);
    return scoreOf(member, fall, fall ? lossRise(area.lostWh, fall.day, scratch) : Number.NaN);
  });
  return scores.sort((a, b) => b.score - a.score || (a.meter < b.meter ? -1 : 1));
}

function scoreOf(member: TheftMember, fall: Fall | null, lossRiseWh: number): TheftScore {
  const againstNeighbours = fall ? fall.afterWh / fall.beforeWh : Number.NaN;
  const reasons: TheftReasons = {
    loss: fall && !Number.isNaN(lossRiseWh) ? Math.min(1, lossRiseWh / (fall.beforeWh - fall.afterWh)) : 0,
    neutral: member.signs.some(({ kind }) => kind === 'neutral_current') ? 1 : 0,
    events: eventsAround(member.signs, fall),
    neighbours: oddness(againstNeighbours),
  };
  const { weights } = P;
  const points =
    weights.loss * reasons.loss +
    weights.neutral * reasons.neutral +
    weights.events * reasons.events +
    weights.neighbours * reasons.neighbours;
  return {
    meter: member.meter,
    score: Math.round(points),
    reasons,
    fall,
    lossRiseWh,
    againstNeighbours,
    signs: member.signs,
  };
}

/** Rise of the loss at the fall when it is more than scatter, Wh a day; 0 when it is not, NaN without enough days. */
function lossRise(lostWh: ArrayLike<number>, day: number, scratch: Float64Array): number {
  const before = medianOf(lostWh, 0, day, scratch);
  const after = medianOf(lostWh, day, lostWh.length, scratch);
  if (Number.isNaN(before) || Number.isNaN(after)) return Number.NaN;
  const noise = scatterOf(lostWh, { from: 0, to: day }, before, scratch);
  // The median of many days scatters less than a day does.
  const noticeable = (P.lossNoise * noise) / Math.sqrt(Math.max(1, lostWh.length - day));
  return after - before > noticeable ? after - before : 0;
}

function oddness(ratio: number): number {
  if (Number.isNaN(ratio)) return 0;
  return Math.min(1, Math.max(0, (P.neighbourOdd - ratio) / (P.neighbourOdd - P.neighbourSure)));
}

/** A sign around the fall counts whole; one without a fall, or far from it, for a little. */
function eventsAround(signs: readonly TheftSign[], fall: Fall | null): number {
  const tampering = signs.filter(({ kind }) => kind !== 'neutral_current');
  if (tampering.length === 0) return 0;
  const near = fall !== null && tampering.some(({ day }) => Math.abs(day - fall.day) <= P.eventDays);
  return near ? 1 : 0.3;
}
