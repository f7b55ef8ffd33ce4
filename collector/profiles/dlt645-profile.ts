import type { QuantityName } from '#contract/quantities.ts';

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
  /** Day freeze: how many the meter keeps, and the series (DI3 DI2 DI1) of the blocks it freezes. */
  readonly freeze: {
    readonly kept: number;
    readonly stampSeries: string;
    readonly blocks: readonly { readonly series: string; readonly optional: boolean }[];
  };
  readonly loadProfile: {
    /** Record at a given time, all classes. */
    readonly di: string;
    /** Records asked for at once. At most 9, because N is a byte that some firmware takes as BCD, some as binary. */
    readonly recordsPerRequest: number;
  };
  /** Most recent power-down records read at each event read. */
  readonly powerDownRecords: number;
  /** What an engineer should know before trusting the model. */
  readonly caveats: readonly string[];
  readonly sources: readonly string[];
}
