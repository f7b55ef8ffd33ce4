import type { QuantityName } from '#contract/quantities.ts';

/** A column of a freeze record. An optional one that a meter lacks is left out; one that is not must be there. */
export interface Dlt698Column {
  readonly oad: string;
  readonly optional: boolean;
}

/** How a DL/T 698.45 meter model is read, as data. OADs are 8 upper-case hexadecimal digits. */
export interface Dlt698Profile {
  /** Id of the model in the contract's list. */
  readonly id: string;
  readonly protocol: 'dlt698';
  readonly phases: 1 | 3;
  /** What the model measures. An array may answer more: phases B and C of a single-phase meter are dropped. */
  readonly quantities: readonly QuantityName[];
  /** OADs that may be asked for present values; the cheapest that cover what is wanted are used. */
  readonly present: readonly string[];
  /** Day and month freeze: the record, and for how many local days the meter keeps its rows. */
  readonly freezes: {
    readonly day: { readonly oad: string; readonly keptDays: number };
    readonly month: { readonly oad: string; readonly keptDays: number };
    readonly columns: readonly Dlt698Column[];
  };
  readonly minuteFreeze: { readonly oad: string; readonly columns: readonly Dlt698Column[] };
  /** Power-down record, and how many of its latest rows are read at each event read. */
  readonly powerDown: { readonly oad: string; readonly records: number };
  readonly limits: {
    /** OADs in one list; 1 for a meter that does not answer lists. */
    readonly listOads: number;
    /** Bytes of values that one answer should carry: a meter with a small buffer refuses or splits what is longer. */
    readonly replyBytes: number;
  };
  /** What an engineer should know before trusting the model. */
  readonly caveats: readonly string[];
  readonly sources: readonly string[];
}
