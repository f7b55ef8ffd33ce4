import type { QuantityName } from '#contract/quantities.ts';
import type { Reason } from '#contract/reasons.ts';
import type { TaskKind } from '#contract/tasks.ts';

/** Reads on demand (召测) that somebody asked for: one kind and one slot for all its meters. Instants in UTC ms. */
export interface Job {
  readonly id: string;
  readonly kind: TaskKind;
  readonly items: readonly QuantityName[];
  /** Which freeze or which point of the curve; null = the moment of the request. */
  readonly slot: number | null;
  /** Id of the key that asked. */
  readonly askedBy: string;
  /** What the asker named the request, so that repeating it makes no second job; null when it gave no name. */
  readonly idempotencyKey: string | null;
  /** Tells another request under the same name. */
  readonly requestDigest: string;
  readonly createdAt: number;
  readonly timeoutS: number;
  /** Set for a retry (补抄): the task whose slot is read again, with what is read counting as its readings. */
  readonly retry?: Retry;
  /** Set for a part of a retry that is sent to the field as a job of its own: the id of the retry. */
  readonly portionOf?: string;
}

/** What a retry has beyond other jobs. */
export interface Retry {
  readonly task: string;
  /** How long it will take, as far as the lines are known, s. */
  readonly estimateS: number;
  /** Meters of the scope that are not read again, and why. */
  readonly rejected: readonly { readonly meter: string; readonly why: string }[];
}

/** `queued`: no collector has it yet. `done`: every read has its ending; a later answer may still replace a reason. */
export type JobState = 'queued' | 'running' | 'done';

export interface StoredJob extends Job {
  readonly state: JobState;
  /** When the last read was ended, or null. */
  readonly closedAt: number | null;
}

/** How many of its reads ended how. */
export interface JobCounts {
  readonly asked: number;
  readonly answered: number;
  readonly failed: number;
  readonly open: number;
}

/** How one read ended: `values` or `reason`. */
export interface JobResult {
  readonly job: string;
  readonly meter: string;
  readonly slot: number;
  readonly meterTime: number | null;
  /** When it was read, or given up. */
  readonly readAt: number;
  readonly values: Readonly<Partial<Record<QuantityName, number>>> | null;
  readonly reason: Reason | null;
  readonly detail: string;
}

/** One read of a job; everything null while it is open. */
export interface JobRead {
  readonly meter: string;
  readonly result: Omit<JobResult, 'job' | 'meter'> | null;
}

/** Jobs from the request to the last result. The API adds them, the gateway does the rest. */
export interface JobStore {
  /**
   * Adds a job with its meters, and resolves with it; with the earlier one when the same asker has used the name of the
   * request before, and then nothing is added.
   */
  add(job: Job, meters: readonly string[]): Promise<StoredJob>;
  get(id: string): Promise<{ readonly job: StoredJob; readonly counts: JobCounts } | null>;
  /** Reads of a job by meter id, those after `after`. */
  reads(id: string, limit: number, after: string): Promise<JobRead[]>;
  /** Jobs for the field that are not done, oldest first: portions of retries among them, retries not. */
  open(): Promise<StoredJob[]>;
  /** Retries that are not done, oldest first. */
  openRetries(): Promise<StoredJob[]>;
  /** Meters that are being read for a retry right now, by id. */
  retriedNow(retry: string): Promise<string[]>;
  /** Reads of all jobs that have no ending yet; those of a retry count once. */
  openReads(): Promise<number>;
  /** Meters of a job whose reads have no ending yet, by id. */
  openMeters(id: string): Promise<string[]>;
  /** Ends a job that has no reads. */
  endEmpty(id: string, at: number): Promise<void>;
  /** A collector has the job: it is no longer queued. */
  started(id: string): Promise<void>;
  /**
   * Ends reads, and jobs whose last read this ends. What a collector tells stays, whatever comes later; what the centre
   * tells for want of it (`centre`) ends open reads only, and gives way to what a collector tells. Reads that no job
   * has asked for are passed over. What ends a read of a portion ends that of its retry. Returns how many reads were
   * changed.
   */
  end(results: readonly JobResult[], toldBy: 'collector' | 'centre', at: number): Promise<number>;
  /** Deletes jobs that were made before an instant. */
  forgetBefore(createdAt: number): Promise<void>;
}
