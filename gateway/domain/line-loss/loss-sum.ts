import { type AreaDay, safe } from './area-day.ts';
import { type Loss, type LossBands, type LossState, type LossWhy, lossOf, lossState } from './loss.ts';

/**
 * Losses added up over days, areas or both: energies of those days that could be computed and of no others, so that a
 * month is the sum of its days, and a feeder or district that of its areas, to the Wh. What is not in is counted.
 */
export interface LossSum {
  /** Area days asked for. */
  readonly days: number;
  /** Of them in the sums. */
  readonly computable: number;
  /** The others, by reason. */
  readonly notIn: Readonly<Partial<Record<LossWhy, number>>>;
  readonly suppliedWh: number;
  readonly soldWh: number;
  readonly lostWh: number;
  /** Parts of suppliedWh and soldWh. */
  readonly generationWh: number;
  readonly estimatedWh: number;
  /** Of the computable days some have customers without an energy: soldWh is a lower bound, lostWh an upper one. */
  readonly partial: number;
  /** Customer days of all days that are kept, in the sums or not. */
  readonly customers: number;
  readonly read: number;
  readonly estimated: number;
  readonly missing: number;
  readonly collected: number;
  readonly exchanged: number;
  readonly zeroUse: number;
}

export const NO_LOSS: LossSum = {
  days: 0,
  computable: 0,
  notIn: {},
  suppliedWh: 0,
  soldWh: 0,
  lostWh: 0,
  generationWh: 0,
  estimatedWh: 0,
  partial: 0,
  customers: 0,
  read: 0,
  estimated: 0,
  missing: 0,
  collected: 0,
  exchanged: 0,
  zeroUse: 0,
};

/** A day as a sum of one. */
export function sumOfDay(day: AreaDay, bands: Pick<LossBands, 'lossMinSuccessPercent'>): LossSum {
  const { why, suppliedWh, soldWh, lostWh } = lossOf(day, bands);
  const { customers, read, estimated, missing, collected, exchanged, zeroUse } = day;
  const meters = { customers, read, estimated, missing, collected, exchanged, zeroUse };
  if (suppliedWh === null || soldWh === null || lostWh === null) {
    return { ...NO_LOSS, ...meters, days: 1, notIn: { [why ?? 'supply_missing']: 1 } };
  }
  return {
    ...meters,
    days: 1,
    computable: 1,
    notIn: {},
    suppliedWh,
    soldWh,
    lostWh,
    generationWh: day.generationWh,
    estimatedWh: day.estimatedWh,
    partial: missing > 0 ? 1 : 0,
  };
}

/** An area day of which nothing is kept. */
export function sumOfNothing(why: LossWhy): LossSum {
  return { ...NO_LOSS, days: 1, notIn: { [why]: 1 } };
}

/** Throws RangeError where the sum would not be exact. */
export function added(a: LossSum, b: LossSum): LossSum {
  const notIn: Partial<Record<LossWhy, number>> = { ...a.notIn };
  for (const [why, count] of Object.entries(b.notIn) as [LossWhy, number][]) notIn[why] = (notIn[why] ?? 0) + count;
  const sum: Record<string, unknown> = { notIn };
  for (const name of NUMBERS) sum[name] = a[name] + b[name];
  const whole = sum as unknown as LossSum;
  safe(whole.suppliedWh, whole.soldWh, whole.lostWh, whole.generationWh, whole.estimatedWh);
  return whole;
}

const NUMBERS = (Object.keys(NO_LOSS) as (keyof LossSum)[]).filter((name) => name !== 'notIn');

/** Energies of a sum, or none when no day could be computed. */
export function lossOfSum(sum: LossSum): Loss {
  if (sum.computable > 0) {
    return { why: null, suppliedWh: sum.suppliedWh, soldWh: sum.soldWh, lostWh: sum.lostWh };
  }
  return { why: mostFrequent(sum.notIn), suppliedWh: null, soldWh: null, lostWh: null };
}

export function stateOfSum(sum: LossSum, bands: LossBands): LossState {
  return lossState(lossOfSum(sum), bands);
}

/** Of reasons that occur alike often the first by name. */
function mostFrequent(reasons: LossSum['notIn']): LossWhy {
  const [first] = (Object.entries(reasons) as [LossWhy, number][]).toSorted(
    ([a, m], [b, n]) => n - m || (a < b ? -1 : 1),
  );
  return first?.[0] ?? 'not_kept';
}
