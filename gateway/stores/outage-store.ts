import type { NewCentreEvent } from '#contract/centre-event.ts';
import type {
  ArrearsOrder,
  ArrearsState,
  Outage,
  OutageHead,
  OutageKind,
  OutageMember,
  OutageNote,
  OutageState,
  PlannedOutage,
} from '#contract/outage.ts';

export interface OutageFilter {
  readonly states?: readonly OutageState[];
  readonly kinds?: readonly OutageKind[];
  /** Only those that reach this area. */
  readonly area?: string;
  readonly feeder?: string;
  readonly district?: string;
  /** Only those that take this meter. */
  readonly meter?: string;
  readonly minCustomers?: number;
  /** Only those that stayed dark inside this one. */
  readonly parent?: string;
  /** Only those that lasted at some moment of [from, to], UTC ms; an outage ends just before it is restored. */
  readonly during?: { readonly from: number; readonly to: number };
  readonly limit: number;
  /** Return those after this one in the order newest start first, then id. */
  readonly after?: { readonly startedAt: number; readonly id: string };
}

/** What is remembered of one meter's supply, in the words of the engine. */
export interface SupplyRow {
  readonly meter: string;
  readonly text: string;
}

/** One transaction. Repeating it changes nothing but the events. */
export interface OutageCommit {
  readonly outages: readonly Outage[];
  readonly supply: readonly SupplyRow[];
  /** Meters of which nothing needs to be remembered any more. */
  readonly forgotten: readonly string[];
  readonly events: readonly NewCentreEvent[];
  /** Clock of the centre, UTC ms. */
  readonly at: number;
}

export interface OutageStore {
  commit(changes: OutageCommit): Promise<void>;
  get(id: string): Promise<Outage | null>;
  /** The same without the long lists. */
  head(id: string): Promise<OutageHead | null>;
  /** With members and evidence, newest start first. */
  list(filter: OutageFilter): Promise<Outage[]>;
  /** The same without the long lists. */
  heads(filter: OutageFilter): Promise<OutageHead[]>;
  /** Members of an outage by meter, those after `after`; '' for the first. */
  members(outage: string, limit: number, after: string): Promise<OutageMember[]>;
  /** The part of one meter in those of the outages that take it. */
  membership(meter: string, outages: readonly string[]): Promise<{ outage: string; member: OutageMember }[]>;
  /** Everything that is remembered of meters. */
  supply(): Promise<SupplyRow[]>;
  /** Adds a note with the event that tells of it; one with a known id changes nothing. */
  addNote(note: OutageNote, event: NewCentreEvent): Promise<void>;
  /** Oldest first. */
  notes(outage: string): Promise<OutageNote[]>;
  /** Of each of the outages the newest note of each kind. */
  newestNotes(outages: readonly string[]): Promise<OutageNote[]>;
}

/** `same`: it was there already with this seq and content; `stale`: a newer one is there, or other content under this seq. */
export type PutResult = 'stored' | 'same' | 'stale';

/** What other systems announce: planned work and disconnections. */
export interface OrderStore {
  putPlanned(plan: PlannedOutage): Promise<PutResult>;
  planned(externalId: string): Promise<PlannedOutage | null>;
  /** Announced ones that last at some moment of [from, to], by start. */
  plannedDuring(from: number, to: number): Promise<PlannedOutage[]>;
  putArrears(order: ArrearsOrder): Promise<PutResult>;
  arrears(externalId: string): Promise<ArrearsOrder | null>;
  /** Newest change first. */
  arrearsOfAccount(account: string): Promise<ArrearsOrder[]>;
  arrearsIn(states: readonly ArrearsState[]): Promise<ArrearsOrder[]>;
  /** Changes with every put that stored something. */
  version(): Promise<string>;
}
