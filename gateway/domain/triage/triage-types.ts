import type { MeterModel } from '#contract/models.ts';
import type { ArrearsOrder, OutageHead, OutageMember, OutageNote, PlannedOutage } from '#contract/outage.ts';
import type { Reason } from '#contract/reasons.ts';
import type { Account, AccountPriority, Meter } from '#contract/registry.ts';
import type { OutageSettings } from '../outages/settings.ts';
import type { Values } from '../validation/gauges.ts';

export const VERDICTS = [
  'gridOutage',
  'plannedOutage',
  'arrearsDisconnected',
  'partialPhase',
  'customerSide',
  'restored',
  'unknown',
] as const;
export type Verdict = (typeof VERDICTS)[number];

export type Confidence = 'high' | 'medium' | 'low';

/** Values of the meter that were true at an instant, UTC ms. */
export interface Observation {
  readonly at: number;
  readonly values: Values;
}

/** What people wrote to an incident last, of each kind; null where nobody did. */
export interface NewestNotes {
  readonly cause: OutageNote | null;
  readonly expected: OutageNote | null;
  readonly told: OutageNote | null;
}

/** An incident that may touch the meter. */
export interface Incident extends OutageHead {
  /** The meter's own part: null when it has none, undefined when that could not be read in time. */
  readonly member: OutageMember | null | undefined;
  readonly notes: NewestNotes;
}

/** What is above the meter. */
export interface TriagePlace {
  readonly feeder: string | null;
  readonly line: string;
  readonly concentrator: string | null;
  readonly collector: string | null;
}

/** What meters around the silent one show. */
export interface Neighbours {
  /** They had voltage within the last 20 minutes. */
  readonly lit: number;
  /** They told within that time that they have none. */
  readonly dark: number;
  /** The way to them worked and they did not answer; that proves nothing. */
  readonly silent: number;
  /** When the newest of these facts was true, UTC ms. */
  readonly at: number;
}

/** All that is known about one customer's supply when the telephone rings. Instants in UTC ms. */
export interface TriageInput {
  readonly now: number;
  /** Time zone of the site, in which times are spoken. */
  readonly zone: string;
  readonly account: Account | null;
  readonly meter: Meter;
  readonly model: MeterModel;
  readonly place: TriagePlace;
  /** Unconfirmed, open and lately restored incidents; those that do not touch the meter are passed over. */
  readonly incidents: readonly Incident[];
  /** Announced works around now; those that do not name the place are passed over. */
  readonly planned: readonly PlannedOutage[];
  /** Disconnection orders of the account that are not finished, newest change first. */
  readonly orders: readonly ArrearsOrder[];
  readonly instant: Observation | null;
  readonly profile: Observation | null;
  /** What the meter answered to a read that somebody asked for just now, or null. */
  readonly probe: Observation | null;
  /** The newest read that ended without a value, or null. */
  readonly lastFailure: { readonly at: number; readonly reason: Reason } | null;
  /** Null when nobody looked at them. */
  readonly neighbours: Neighbours | null;
  /** State of the meter's line as its collector last told, or null when it never did. */
  readonly line: { readonly state: 'idle' | 'up' | 'down'; readonly at: number } | null;
  /** Whether the collector is online, or null when that is not known. */
  readonly collectorOnline: boolean | null;
  readonly settings: Pick<OutageSettings, 'offShare' | 'onShare'>;
}

export type ObservationSource = 'instant' | 'profile' | 'probe';

export interface EvidenceItem {
  readonly fact: string;
  /** When the fact was true, UTC ms; null for what has no time, such as a state in the register of accounts. */
  readonly at: number | null;
  readonly ageS: number | null;
  readonly source: 'outage' | 'plan' | 'order' | ObservationSource | 'neighbours' | 'read' | 'collector' | 'registry';
  readonly detail: string;
}

/** Evidence that would have decided the case. */
export const MISSING = [
  'freshVoltage',
  'relayState',
  'meterPhase',
  'arrearsOrder',
  'communication',
  'confirmation',
  'neighbours',
] as const;
export type Missing = (typeof MISSING)[number];

/**
 * What the evidence points to where it decides nothing, or says more than the verdict. `beingChecked`: an incident that
 * is not confirmed. `communication`: a failure of communication explains the silence. `serviceOrMeter`: neighbours have
 * supply and the meter is silent. `probableGrid`: neighbours and the way to them are silent too. `noLoad`: the meter has
 * voltage and nothing draws current. `paid`: the arrears are paid, the relay is still open. `overrun`: announced work
 * lasts longer than announced.
 */
export const HINTS = [
  'beingChecked',
  'communication',
  'serviceOrMeter',
  'probableGrid',
  'noLoad',
  'paid',
  'overrun',
] as const;
export type Hint = (typeof HINTS)[number];

export interface Bilingual {
  readonly zh: string;
  readonly en: string;
}

export interface Triage {
  /** Priorities of the account that the agent must heed; empty for an ordinary one. */
  readonly priority: readonly AccountPriority[];
  readonly verdict: Verdict;
  readonly confidence: Confidence;
  readonly hint: Hint | null;
  readonly evidence: readonly EvidenceItem[];
  /** The incident that the verdict rests on, or that is being checked; else null. */
  readonly outage: Incident | null;
  /** The announced work at the place that lasts now, else the next of 24 hours, else the last of today; or null. */
  readonly planned: PlannedOutage | null;
  /** The newest unfinished order of the account, or null. */
  readonly arrears: ArrearsOrder | null;
  readonly missing: readonly Missing[];
  /** What the agent may say. */
  readonly script: Bilingual;
}

/** What one rung of the ladder found. */
export interface Finding {
  readonly verdict: Verdict;
  readonly confidence: Confidence;
  readonly hint: Hint | null;
  readonly outage: Incident | null;
  readonly planned: PlannedOutage | null;
  readonly missing: readonly Missing[];
}
