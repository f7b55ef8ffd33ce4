/** What judges remember of meters: of their curves, their days, and their events and states. */
export type StateBasis = 'curve' | 'days' | 'states';

export interface JudgeState {
  readonly meter: string;
  /** As the judge packs it. */
  readonly state: Float64Array;
}

/**
 * What judges remembered of each meter at the beginnings of days, so that a day can be judged again and a start goes on
 * where it was. It is derived: without it the last days are judged from nothing. One process uses it. `day` is the
 * instant at which a day begins, UTC ms.
 */
export interface JudgeStateStore {
  /** Days of which all states were put, ascending. */
  days(basis: StateBasis): Promise<number[]>;
  /** Puts some states of a day; those of a meter that has some are replaced. */
  put(basis: StateBasis, day: number, states: readonly JudgeState[]): Promise<void>;
  /** All states of a day were put. */
  complete(basis: StateBasis, day: number): Promise<void>;
  /** States of a day, ascending by meter, those after a meter; '' for the first. */
  after(basis: StateBasis, day: number, meter: string, limit: number): Promise<JudgeState[]>;
  /** States of some meters at the beginning of a day; those of which nothing was remembered are left out. */
  of(basis: StateBasis, day: number, meters: readonly string[]): Promise<Map<string, Float64Array>>;
  /** Deletes all days of a basis before one. */
  forgetBefore(basis: StateBasis, day: number): Promise<void>;
  close(): Promise<void>;
}
