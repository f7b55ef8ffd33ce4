import type { NewCentreEvent } from '#contract/centre-event.ts';

/** What an operator's exclusion (人工剔除) covers, and until when. Dates are business dates, both inclusive. */
export interface ManualExclusion {
  readonly id: string;
  readonly scope: { readonly kind: 'meter' | 'area' | 'line' | 'concentrator'; readonly id: string };
  readonly from: string;
  /** Null = until it is ended. */
  readonly to: string | null;
  readonly reason: string;
  /** Id of the API key. */
  readonly by: string;
  /** UTC ms. */
  readonly at: number;
  /** When it was taken back, UTC ms, and by whom; an exclusion that was taken back covers nothing. */
  readonly endedAt: number | null;
  readonly endedBy: string | null;
}

/** Changes are told in the feed, in the same transaction. */
export interface ExclusionStore {
  /** One whose id is known changes nothing. */
  add(exclusion: Omit<ManualExclusion, 'endedAt' | 'endedBy'>): Promise<void>;
  /** Takes one back; false when there is none or it was taken back before. */
  end(id: string, by: string, at: number): Promise<boolean>;
  /** All, newest first, the ended ones included. */
  list(): Promise<ManualExclusion[]>;
}

export const CASE_STATES = ['open', 'dispatched', 'excluded'] as const;
/** What people said of a failure case; whether it is being retried or solved is seen from the data. */
export type CaseState = (typeof CASE_STATES)[number];

/** The last word of people on a cause of failures. The key names the thing to repair, so it survives the days. */
export interface CaseNote {
  /** `<task> <kind> <id>`, such as `freeze-day concentrator J-0417`. */
  readonly id: string;
  readonly state: CaseState;
  readonly note: string;
  /** Whom it was given to, or null. */
  readonly assignee: string | null;
  readonly by: string;
  readonly at: number;
  readonly revision: number;
}

export interface CaseStore {
  /** Saves if the newest revision is `expected` (0 = none yet); null when somebody was faster. */
  save(note: Omit<CaseNote, 'revision'>, expected: number): Promise<CaseNote | null>;
  get(id: string): Promise<CaseNote | null>;
  all(): Promise<CaseNote[]>;
}

/** The figures of a day as they were reported when it was closed: the state of every meter, which never changes. */
export interface DayReport {
  readonly task: string;
  /** Business date. */
  readonly date: string;
  /** UTC ms. */
  readonly closedAt: number;
  /** Names of the codes in `cells` as they were then, such as `answered first` or `failed no_answer`. */
  readonly codes: readonly string[];
  /** One code for every meter row. */
  readonly cells: Uint8Array;
}

export interface DayReportStore {
  /** The first report of a day stays, and its events are told with it; false when there was one. */
  add(report: DayReport, told?: readonly NewCentreEvent[]): Promise<boolean>;
  get(task: string, date: string): Promise<DayReport | null>;
  /** Dates of the reports of a task within [from, to], ascending. */
  dates(task: string, from: string, to: string): Promise<string[]>;
}
