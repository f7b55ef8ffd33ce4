import { restDay } from '../../vee/history.ts';

/**
 * Day freezes of one meter, one entry for each local day on end, oldest first; face values, NaN = missing. Registers as
 * the meter gave them, suspect ones included: the rules look for wrong registers.
 */
export interface DayColumns {
  /** UTC ms, ascending. */
  readonly slots: ArrayLike<number>;
  /** 1 where the local date of the freeze is a rest day: from this freeze to the next the meter counts its use. */
  readonly restDays: ArrayLike<number>;
  readonly importWh: ArrayLike<number>;
  readonly exportWh?: ArrayLike<number>;
  /** Of rates 1 to 4. */
  readonly rates?: readonly ArrayLike<number>[];
  /** Maximum demand, import, W. */
  readonly demandW?: ArrayLike<number>;
}

/** `restDays` of business dates, to be made once for many meters. */
export function restDaysOf(dates: readonly string[]): Uint8Array {
  return Uint8Array.from(dates, restDay);
}
