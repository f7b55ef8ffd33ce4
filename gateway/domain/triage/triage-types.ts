import type { MeterModel } from '#contract/models.ts';
import type { Outage } from '#contract/outage.ts';
import type { Reason } from '#contract/reasons.ts';
import type { Account, AccountPriority, Meter } from '#contract/registry.ts';
import type { OutageSettings } from '../outages/settings.ts';
import type { Values } from '../validation/gauges.ts';

/** `plannedOutage` needs the plan of works, which nobody asks for yet. */
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

/** All that is known about one customer's supply when the telephone rings. Instants in UTC ms. */
export interface TriageInput {
  readonly now: number;
  /** Time zone of the site, in which times are spoken. */
  readonly zone: string;
  readonly account: Account | null;
  readonly meter: Meter;
  readonly model: MeterModel;
  /** Feeder of the meter's area, or null. */
  readonly feeder: string | null;
  /** Open and lately restored incidents; those that do not touch the meter are passed over. */
  readonly outages: readonly Outage[];
  readonly instant: Observation | null;
  readonly profile: Observation | null;
  /** The newest read that ended without a value, or null. */
  readonly lastFailure: { readonly at: number; readonly reason: Reason } | null;
  /** State of the meter's line as its collector last told, or null when it never did. */
  readonly line: { readonly state: 'idle' | 'up' | 'down'; readonly at: number } | null;
  /** Whether the collector is online, or null when that is not known. */
  readonly collectorOnline: boolean | null;
  readonly settings: Pick<OutageSettings, 'offShare' | 'onShare'>;
}

export interface EvidenceItem {
  readonly fact: string;
  /** When the fact was true, UTC ms; null for what has no time, such as a state in the register of accounts. */
  readonly at: number | null;
  readonly ageS: number | null;
  readonly source: 'outage' | 'instant' | 'profile' | 'read' | 'collector' | 'registry';
  readonly detail: string;
}

/** Evidence that would have decided the case. */
export const MISSING = ['freshVoltage', 'relayState', 'meterPhase', 'arrearsOrder', 'communication'] as const;
export type Missing = (typeof MISSING)[number];

export interface Bilingual {
  readonly zh: string;
  readonly en: string;
}

export interface Triage {
  readonly verdict: Verdict;
  readonly confidence: Confidence;
  readonly evidence: readonly EvidenceItem[];
  /** Id of the incident that the verdict rests on, or null. */
  readonly outage: string | null;
  readonly missing: readonly Missing[];
  /** What the agent may say. */
  readonly script: Bilingual;
  /** Priorities of the account that the agent must heed; empty for an ordinary one. */
  readonly priority: readonly AccountPriority[];
}

/** What one rung of the ladder found. */
export interface Finding {
  readonly verdict: Verdict;
  readonly confidence: Confidence;
  readonly outage: Outage | null;
  readonly missing: readonly Missing[];
}
