import type { EventKind, EventRow, OutcomeRow } from '#contract/envelope.ts';
import type { Account, Installation, Meter, Registry } from '#contract/registry.ts';
import type { CollectorStatus } from '#contract/status.ts';
import type { AnomalyStore } from './anomaly-store.ts';
import type { BatchStore } from './batch-store.ts';
import type { CaseStore, DayReportStore, ExclusionStore } from './collection-stores.ts';
import type { EventStore } from './event-store.ts';
import type { FeedContent, FeedStore } from './feed-store.ts';
import type { JobStore } from './job-store.ts';
import type { MeterRowStore } from './meter-row-store.ts';
import type { OrderStore, OutageStore } from './outage-store.ts';
import type { ReplayStore } from './replay-store.ts';
import type { RevisionStore } from './revision-store.ts';
import type { WebhookStore } from './webhook-store.ts';

/** How far the stream of one collector and epoch is committed. */
export interface CollectorMark {
  readonly collector: string;
  readonly epoch: string;
  /** Everything up to here is committed. */
  readonly upTo: number;
  /** Committed ranges above `upTo`, ascending, inclusive. */
  readonly ranges: readonly (readonly [number, number])[];
  /** Records that the collector had already dropped as committed, but that this centre never saw. */
  readonly lost: number;
}

export interface QuarantineEntry {
  readonly at: number;
  readonly collector: string;
  readonly epoch: string;
  readonly seq: number;
  /** `envelope`, `row`, `unknown_meter`, `conflict`, … */
  readonly kind: string;
  readonly why: string;
  /** The bytes or the row as they came. */
  readonly content: string;
}

/** The newest plausible import register of a meter; a lower reading never moves it. */
export interface Baseline {
  readonly meter: string;
  readonly slot: number;
  readonly importWh: number;
}

/** A failure as the ledger holds it. */
export interface StoredOutcome extends OutcomeRow {
  readonly task: string;
}

export interface StoredEvent {
  readonly meter: string;
  readonly kind: EventKind;
  readonly start: number;
  readonly end: number | null;
  readonly readAt: number;
}

/** Everything one group commit changes beside the readings. */
export interface LedgerCommit {
  readonly outcomes: readonly StoredOutcome[];
  readonly events: readonly EventRow[];
  readonly quarantine: readonly QuarantineEntry[];
  readonly baselines: readonly Baseline[];
  readonly marks: readonly CollectorMark[];
  /** The same for those who keep figures: an entry of the feed, in the transaction of the commit. */
  readonly feed?: FeedContent;
}

export interface LedgerStore {
  /**
   * One transaction. Repeating it changes nothing: outcomes are keyed (task, slot, meter), the later `at` wins;
   * events (meter, kind, start), a known end is never lost; quarantine (collector, epoch, seq, kind, content).
   */
  commit(changes: LedgerCommit): Promise<void>;
  marks(): Promise<CollectorMark[]>;
  baselines(): Promise<Baseline[]>;
  outcomes(task: string, slots: readonly number[]): Promise<StoredOutcome[]>;
  outcomesOfMeter(task: string, meter: string, slots: readonly number[]): Promise<StoredOutcome[]>;
  /** Failures of the named meters at one slot, in no particular order. */
  outcomesOfSlot(task: string, slot: number, meters: readonly string[]): Promise<StoredOutcome[]>;
  /** All failures at one slot in pages: the first `limit` of meters after one, ascending by meter; '' for the first. */
  outcomesAfter(task: string, slot: number, meter: string, limit: number): Promise<StoredOutcome[]>;
  /** Events of a meter that began in [from, to), newest first. */
  eventsOfMeter(meter: string, from: number, to: number): Promise<StoredEvent[]>;
  quarantineCounts(): Promise<{ kind: string; count: number }[]>;
  quarantine(limit: number): Promise<QuarantineEntry[]>;
}

/** Takes the long lists of a registry: accounts and meters before installations, those ascending by meter and `from`. */
export interface RegistryPages {
  accounts(page: readonly Account[]): void;
  meters(page: readonly Meter[]): void;
  installations(page: readonly Installation[]): void;
}

export type ShortLists = Omit<Registry, keyof RegistryPages>;

export interface RegistryStore {
  /**
   * Makes the stored registry equal to the given one. `collectedFrom` of a meter that was known before keeps its
   * stored value. Returns the digest under which it is now stored.
   */
  replace(registry: Registry): Promise<string>;
  /** Null while there is none. */
  load(): Promise<Registry | null>;
  /**
   * Hands the long lists over page by page, without names and addresses, for a process that looks at all meters and
   * shows none; resolves with the rest, or null while there is none. Pages that rejected are not to be used.
   */
  lean(into: RegistryPages): Promise<ShortLists | null>;
  /** The same with names and addresses. */
  pages(into: RegistryPages): Promise<ShortLists | null>;
  /** Digest of the stored registry, or null; changes with every change of content. */
  version(): Promise<string | null>;
}

/** The last word of a collector; `receivedAt` by the clock of the centre, UTC ms. */
export interface StoredStatus {
  readonly district: string;
  readonly collector: string;
  readonly status: CollectorStatus;
  readonly receivedAt: number;
}

export interface StatusStore {
  /** When the collector goes online or offline by it, the event is told in the same transaction. */
  save(status: StoredStatus): Promise<void>;
  all(): Promise<StoredStatus[]>;
}

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the key, hexadecimal. */
  readonly hash: string;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

export interface KeyStore {
  add(key: ApiKey): Promise<void>;
  byHash(hash: string): Promise<ApiKey | null>;
  list(): Promise<ApiKey[]>;
  /** From `at` on the key is refused; one that was revoked before keeps its time. */
  revoke(id: string, at: number): Promise<void>;
}

/** Relational state of the centre. */
export interface StateStore {
  readonly registry: RegistryStore;
  readonly ledger: LedgerStore;
  readonly status: StatusStore;
  readonly outages: OutageStore;
  readonly orders: OrderStore;
  readonly anomalies: AnomalyStore;
  readonly keys: KeyStore;
  readonly jobs: JobStore;
  readonly replays: ReplayStore;
  readonly feed: FeedStore;
  readonly events: EventStore;
  readonly webhooks: WebhookStore;
  readonly meterRows: MeterRowStore;
  readonly revisions: RevisionStore;
  readonly exclusions: ExclusionStore;
  readonly cases: CaseStore;
  readonly dayReports: DayReportStore;
  readonly batches: BatchStore;
  close(): Promise<void>;
}
