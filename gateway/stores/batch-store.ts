/** `requested`, `building`, then `ready` for ever, or `failed` with the reason; `acknowledged` once billing has it all. */
export const BATCH_STATES = ['requested', 'building', 'ready', 'failed', 'acknowledged'] as const;
export type BatchState = (typeof BATCH_STATES)[number];

/** A set of billing reads that never changes once it is ready. */
export interface Batch {
  readonly id: string;
  /** Null = all districts. */
  readonly district: string | null;
  /** `2026-10` of a monthly batch, whose reads are those of the first of the next month; null for a day. */
  readonly period: string | null;
  /** Business date of its reads. */
  readonly date: string;
  readonly task: string;
  /** The moment that its reads name, UTC ms. */
  readonly slot: number;
  readonly askedBy: string;
  readonly idempotencyKey: string | null;
  readonly createdAt: number;
  readonly state: BatchState;
  /** 0 … 1 while it is being built. */
  readonly progress: number;
  /** Why it failed; empty otherwise. */
  readonly detail: string;
  readonly readyAt: number | null;
  readonly rows: number | null;
  /** Of the NDJSON rows, hexadecimal. */
  readonly sha256: string | null;
  /** Numbers of rows by exception and by quality. */
  readonly counts: Readonly<Record<string, number>>;
  /** Id of the batch that its usage continues from, or null. */
  readonly previous: string | null;
  readonly acknowledgedAt: number | null;
  readonly acknowledgedBy: string | null;
}

/** A later word on a row of a batch. */
export interface Correction {
  readonly batch: string;
  /** Rises with every correction of the batch. */
  readonly seq: number;
  readonly meter: string;
  /** Of the row: that in the batch is 1, its first correction 2. */
  readonly revision: number;
  readonly at: number;
  /** The whole row as it is now, in the form of the batch's rows. */
  readonly row: Readonly<Record<string, unknown>>;
}

export interface BatchStore {
  /** Adds a batch, or resolves with the earlier one of the same asker under the same Idempotency-Key. */
  add(
    batch: Pick<
      Batch,
      'id' | 'district' | 'period' | 'date' | 'task' | 'slot' | 'askedBy' | 'idempotencyKey' | 'createdAt'
    >,
  ): Promise<Batch>;
  get(id: string): Promise<Batch | null>;
  /** Newest first. */
  list(filter: {
    readonly district?: string | null;
    readonly state?: BatchState;
    readonly limit: number;
    readonly after?: { readonly createdAt: number; readonly id: string };
  }): Promise<Batch[]>;
  /** Requested or being built, oldest first. */
  unfinished(): Promise<Batch[]>;
  /** Ready or acknowledged batches whose reads are of this slot. */
  ofSlot(task: string, slot: number): Promise<Batch[]>;
  /** Ready or acknowledged batches whose usage continues from a batch. */
  following(previous: string): Promise<Batch[]>;
  /**
   * The newest ready or acknowledged batch before a batch, of the same task and district; of several the last made.
   * Months go on from months and days from days: a day that is settled in between makes no month shorter.
   */
  before(batch: Pick<Batch, 'task' | 'district' | 'slot' | 'period'>): Promise<Batch | null>;
  /**
   * Changes a batch that is requested or being built; one that is ready or failed stays as it is. That it becomes
   * ready is told as an event in the same transaction.
   */
  update(
    id: string,
    change: Partial<
      Pick<Batch, 'state' | 'progress' | 'detail' | 'readyAt' | 'rows' | 'sha256' | 'counts' | 'previous'>
    >,
  ): Promise<void>;
  /** True when the batch was ready and is now acknowledged. */
  acknowledge(id: string, by: string, at: number): Promise<boolean>;
  /** Adds them in their order, in one transaction; a revision of a row that is there already is passed over. */
  addCorrections(corrections: readonly Omit<Correction, 'seq'>[]): Promise<void>;
  /** Deletes the corrections of a batch that is built anew from the start. */
  dropCorrections(batch: string): Promise<void>;
  /** After a position, ascending. */
  corrections(batch: string, after: number, limit: number): Promise<Correction[]>;
  /** The newest correction of each of the named meters. */
  newestCorrections(batch: string, meters: readonly string[]): Promise<Correction[]>;
}
