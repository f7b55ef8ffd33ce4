/** Columns of a kept day, each one array over the meter rows. What is in them: gateway/domain/collection/day-columns. */
export const DAY_COLUMNS = ['class', 'fact', 'minutes', 'flags', 'importWh', 'exportWh', 'got', 'doubtful'] as const;
export type DayColumnName = (typeof DAY_COLUMNS)[number];

/** Meter rows in one chunk of a column. */
export const CHUNK_ROWS = 4096;

/** A kept day of a task. */
export interface DayHead {
  readonly task: string;
  readonly date: string;
  /** Slots of the day, UTC ms, ascending. */
  readonly slots: readonly number[];
  readonly rows: number;
  /** Rises with every change of the day. */
  readonly version: number;
  /** What its classes were worked out of, as a digest; kept only by whoever works them out. */
  readonly basis?: string;
}

/** A piece of a column as bytes: rows [chunk × CHUNK_ROWS, …). */
export interface DayChunk {
  readonly task: string;
  readonly date: string;
  readonly column: DayColumnName;
  readonly chunk: number;
  readonly version: number;
  readonly bytes: Uint8Array;
}

/** Something that a rule found about a reading. Severity and texts: gateway/domain/vee/catalogue. */
export interface Finding {
  readonly task: string;
  readonly slot: number;
  readonly meter: string;
  readonly rule: string;
  /** Numbers that the rule compared, with units in their names. */
  readonly facts: Readonly<Record<string, number | string | null>>;
}

export interface FindingFilter {
  readonly task?: string;
  readonly slot?: number;
  /** Slots [from, to), UTC ms. */
  readonly from?: number;
  readonly to?: number;
  readonly meter?: string;
  readonly meters?: readonly string[];
  readonly rule?: string;
  readonly rules?: readonly string[];
  readonly limit: number;
  readonly after?: { readonly slot: number; readonly meter: string; readonly rule: string };
}

/** Energy of one area or feeder-head over one business day, as kept. The shape is that of domain/line-loss. */
export interface AreaDayRow {
  readonly area: string;
  readonly date: string;
  readonly content: Readonly<Record<string, unknown>>;
}

export interface FiguresCheckpoint {
  /** Of the feed: everything up to here is in what is kept. */
  readonly position: number;
  readonly days: readonly DayHead[];
  readonly chunks: readonly DayChunk[];
  /** The whole of what is found now for these readings (task, slot, meter); what is not named there goes. */
  readonly findings: {
    readonly of: readonly { readonly task: string; readonly slot: number; readonly meter: string }[];
    readonly found: readonly Finding[];
  };
  readonly areaDays: readonly AreaDayRow[];
}

/**
 * What is derived from the stores and kept so that nobody has to count a million rows: it can be deleted and is made
 * again. One process writes it; others read.
 */
export interface FiguresStore {
  /** Why what is kept cannot be used any more, until it is cleared; null or missing while all is well. */
  readonly damage?: string | null;
  /** Position of the feed up to which everything is kept; null when nothing was ever kept. */
  position(): Promise<number | null>;
  /** One transaction. */
  checkpoint(changes: FiguresCheckpoint): Promise<void>;
  /** Kept days of a task, ascending by date. */
  days(task: string): Promise<DayHead[]>;
  /** Chunks of a day that changed after a version, of the named columns; version 0 gives all. `only`: this one alone. */
  chunks(
    task: string,
    date: string,
    columns: readonly DayColumnName[],
    after: number,
    only?: number,
  ): Promise<DayChunk[]>;
  /** Ascending by slot, meter and rule. */
  findings(filter: FindingFilter): Promise<Finding[]>;
  findingCounts(task: string, slot: number): Promise<{ readonly rule: string; readonly count: number }[]>;
  /** Of all areas of the named dates, or of some. */
  areaDays(from: string, to: string, areas?: readonly string[]): Promise<AreaDayRow[]>;
  /** Deletes days before a date, and findings before the moment at which it begins, UTC ms. */
  forgetBefore(date: string, slot: number): Promise<void>;
  /** Deletes everything; damage is gone with it. */
  clear(): Promise<void>;
  close(): Promise<void>;
}
