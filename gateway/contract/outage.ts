import type { Phase } from './quantities.ts';

/**
 * `outage`: supply is missing. `phase-lost`: one phase of it is. `planned`: it is missing as announced. `collection`:
 * readings are missing because something between meter and centre is down; that says nothing about supply.
 */
export const OUTAGE_KINDS = ['outage', 'phase-lost', 'planned', 'collection'] as const;
export type OutageKind = (typeof OUTAGE_KINDS)[number];

/** Lowest first: meter, meter box (表箱), branch (分支), area (台区), feeder; for `collection` the way to the meters. */
export const OUTAGE_NODES = ['meter', 'box', 'branch', 'area', 'feeder', 'line', 'concentrator', 'collector'] as const;
export type OutageNode = (typeof OUTAGE_NODES)[number];

/**
 * `unconfirmed`: it may be one, and is being probed; nobody is sent anywhere for it. `dismissed`: it was none after all.
 * A `planned` window or a `collection` finding is `open` or `restored`.
 */
export const OUTAGE_STATES = ['unconfirmed', 'open', 'restored', 'dismissed'] as const;
export type OutageState = (typeof OUTAGE_STATES)[number];

export type OutageConfidence = 'high' | 'medium' | 'low';

export const FACT_SOURCES = ['meter', 'concentrator', 'line', 'collector'] as const;
export type FactSource = (typeof FACT_SOURCES)[number];

/** One fact that speaks for or against power at a place. */
export interface OutageFact {
  /** `voltage_off`, `on_battery`, `power_down`, `power_up`, `silent`, `answered`, `terminal_down`, … */
  readonly fact: string;
  readonly source: FactSource;
  /** Id of the meter, concentrator, line or collector. */
  readonly id: string;
  /** When the fact was true, UTC ms. */
  readonly at: number;
  readonly detail: string;
}

/** A meter that an incident takes, with its own times: inside one outage some are back earlier than others. */
export interface OutageMember {
  readonly meter: string;
  /** Since when it is without supply, UTC ms. */
  readonly from: number;
  /** When it had supply again, or null while it is not known to have. */
  readonly to: number | null;
  /** `presumed`: it hangs below the node and nothing contradicts it, but it did not tell so itself. */
  readonly told: 'itself' | 'presumed';
}

/** An incident without the long lists. Instants in UTC ms. */
export interface OutageHead {
  readonly id: string;
  readonly kind: OutageKind;
  readonly state: OutageState;
  readonly node: OutageNode;
  /** Id of the meter, area, feeder, line, concentrator or collector; `<area>/<branch>` and `<area>/<box>` below an area. */
  readonly nodeId: string;
  readonly district: string | null;
  readonly feeder: string | null;
  /** The area in which it lies; null above areas. */
  readonly area: string | null;
  /** Every area that it reaches, ascending. */
  readonly areas: readonly string[];
  /** The missing phase of `phase-lost`, else null. */
  readonly phase: Phase | null;
  readonly startedAt: number;
  /** When supply came back; null while it is missing, and of what was dismissed. */
  readonly restoredAt: number | null;
  /** When the centre first had a fact for it. */
  readonly firstEvidenceAt: number;
  /** When the incident was first written down. */
  readonly detectedAt: number;
  /** When the evidence sufficed; null while it is unconfirmed and of what was dismissed. */
  readonly confirmedAt: number | null;
  readonly confidence: OutageConfidence;
  /** Customers' meters that it takes, presumed ones included. */
  readonly customers: number;
  /** Meters of it that told so themselves. */
  readonly dark: number;
  /** The incident inside whose node this one stayed dark when that was restored, or null. */
  readonly parent: string | null;
  /** External id of the planned outage that explains it, or null. */
  readonly planned: string | null;
  /** A planned outage that lasts beyond its announced end. */
  readonly overrun: boolean;
  /** Grows with every material change. */
  readonly revision: number;
}

/** An interruption of supply, at the lowest node that explains the evidence. */
export interface Outage extends OutageHead {
  /** Ascending by meter. */
  readonly members: readonly OutageMember[];
  readonly evidence: readonly OutageFact[];
}

/** What people add to an incident: why it is, when it ends, what was told to whom. */
export const NOTE_KINDS = ['cause', 'expected', 'told', 'remark'] as const;
export type NoteKind = (typeof NOTE_KINDS)[number];

export interface OutageNote {
  readonly id: string;
  readonly outage: string;
  readonly at: number;
  /** Id of the key with which it was written. */
  readonly by: string;
  readonly kind: NoteKind;
  /** `cause`: what the customer is told of it; `told`: to whom; `remark`: anything. */
  readonly text: string;
  /** `expected` and `told`: the time of restoration that is expected, or was told; null = withdrawn, or none was told. */
  readonly expectedAt: number | null;
}

/** 计划停电: work that was announced. What is known of it grows by `seq`; an older one is refused. */
export interface PlannedOutage {
  readonly externalId: string;
  readonly seq: number;
  readonly state: 'announced' | 'cancelled';
  readonly from: number;
  readonly to: number;
  readonly feeders: readonly string[];
  readonly areas: readonly string[];
  readonly meters: readonly string[];
  /** Why, as the customer may be told. */
  readonly text: string;
  readonly updatedAt: number;
}

/** 欠费停电: where an account stands between notice and payment. */
export const ARREARS_STATES = ['noticed', 'disconnected', 'paid', 'reconnected', 'cancelled'] as const;
export type ArrearsState = (typeof ARREARS_STATES)[number];

export interface ArrearsOrder {
  readonly externalId: string;
  readonly seq: number;
  readonly account: string;
  readonly state: ArrearsState;
  /** What is owed, decimal string in yuan, or null when it is not told. */
  readonly amount: string | null;
  readonly noticedAt: number | null;
  readonly disconnectedAt: number | null;
  readonly paidAt: number | null;
  readonly reconnectedAt: number | null;
  readonly updatedAt: number;
}
