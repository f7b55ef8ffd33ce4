import type { Anomaly, AnomalyRule, AnomalyVerdict } from '#contract/anomaly.ts';
import type { NewCentreEvent } from '#contract/centre-event.ts';

export interface AnomalyFilter {
  readonly state?: 'open' | 'closed';
  readonly rules?: readonly AnomalyRule[];
  readonly meter?: string;
  readonly meters?: readonly string[];
  readonly area?: string;
  readonly district?: string;
  readonly minScore?: number;
  /** Whether the field has said anything of them. */
  readonly judged?: boolean;
  /** Only those that lasted at some moment of [from, to], UTC ms. */
  readonly during?: { readonly from: number; readonly to: number };
  readonly limit: number;
  /** Return those after this one in the order newest opened first, then id. */
  readonly after?: { readonly openedAt: number; readonly id: string };
}

export const ANOMALY_GROUPS = ['rule', 'area', 'district'] as const;
export type AnomalyGroup = (typeof ANOMALY_GROUPS)[number];

/** Anomalies of a group and a time [from, to): opened and closed in it, and open at its end. */
export interface AnomalyCount {
  /** Null for those of no district. */
  readonly key: string | null;
  readonly opened: number;
  readonly closed: number;
  readonly open: number;
}

/** One transaction. Repeating it changes nothing but the events. */
export interface AnomalyCommit {
  readonly anomalies: readonly Anomaly[];
  /** Ids of those that late data have shown to be none; they are deleted, with the verdicts on them. */
  readonly withdrawn: readonly string[];
  readonly events: readonly NewCentreEvent[];
  /** Clock of the centre, UTC ms. */
  readonly at: number;
}

export interface AnomalyStore {
  commit(changes: AnomalyCommit): Promise<void>;
  get(id: string): Promise<Anomaly | null>;
  list(filter: AnomalyFilter): Promise<Anomaly[]>;
  /** Of [from, to), UTC ms, ascending by key; groups without any are left out. */
  counts(by: AnomalyGroup, from: number, to: number): Promise<AnomalyCount[]>;
  /** Adds what the field found, with the event that tells of it; the newest of an anomaly counts. */
  judge(verdict: AnomalyVerdict, event: NewCentreEvent): Promise<void>;
  /** The newest verdict on each of the anomalies. */
  verdicts(anomalies: readonly string[]): Promise<AnomalyVerdict[]>;
  /** How many newest verdicts of each kind each rule has had since an instant. */
  verdictCounts(
    since: number,
  ): Promise<{ readonly rule: AnomalyRule; readonly verdict: string; readonly count: number }[]>;
}
