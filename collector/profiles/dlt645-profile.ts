import type { QuantityName } from '#contract/quantities.ts';
import type { EventSourceName } from '../protocols/dlt645/event-sources.ts';

/** Values that a meter froze by itself, counted back from the last. */
export interface FreezeSeries {
  readonly every: 'day' | 'hour';
  /** How many the meter keeps. */
  readonly kept: number;
  /** DI3 DI2 DI1 of the time stamps. */
  readonly stampSeries: string;
  readonly blocks: readonly FreezeBlock[];
}

interface FreezeBlock {
  /** DI3 DI2 DI1. */
  readonly series: string;
  /** True when a meter of the model may be without it. */
  readonly optional: boolean;
  /** Read twice and held against each other: one request more for each slot. For registers that bills are made from. */
  readonly confirm: boolean;
}

/** How a DL/T 645-2007 meter model is read, as data. Data identifiers are written DI3 DI2 DI1 DI0. */
export interface Dlt645Profile {
  /** Id of the model in the contract's list. */
  readonly id: string;
  readonly protocol: 'dlt645';
  readonly phases: 1 | 3;
  /** What the model measures. A block may answer more: phases B and C of a single-phase meter are dropped. */
  readonly quantities: readonly QuantityName[];
  /** Identifiers that may be asked for present values; the cheapest that cover what is wanted are used. */
  readonly present: readonly string[];
  /** Freezes at midnight; the first of a month is its month freeze. */
  readonly freeze: FreezeSeries;
  /** Freezes at whole hours, which stand in where there is no load profile. */
  readonly hourly: FreezeSeries;
  readonly loadProfile: {
    /** Record at a given time, all classes. */
    readonly di: string;
    /** Latest record: a meter that refuses this as well has no load profile. */
    readonly latestDi: string;
    /** Records asked for at once. At most 9, because N is a byte that some firmware takes as BCD, some as binary. */
    readonly recordsPerRequest: number;
  };
  /**
   * Kinds of events that the model is asked for. Each costs one request for each event read while nothing happens, and
   * one more for each new record.
   */
  readonly events: readonly EventSourceName[];
  /** Power-down records read when the meter is looked at for the first time, or when it does not count them. */
  readonly powerDownRecords: number;
  /** What an engineer should know before trusting the model. */
  readonly caveats: readonly string[];
  readonly sources: readonly string[];
}
