import type { Phase } from './quantities.ts';

export const OUTAGE_KINDS = ['outage', 'phase-lost'] as const;
export type OutageKind = (typeof OUTAGE_KINDS)[number];

export const OUTAGE_NODES = ['meter', 'area', 'feeder'] as const;
export type OutageNode = (typeof OUTAGE_NODES)[number];

/** One fact that speaks for or against power at a place. */
export interface OutageFact {
  /** `voltage_off`, `on_battery`, `power_down`, `silent`, `answered`, … */
  readonly fact: string;
  readonly meter: string;
  /** When the fact was true, UTC ms. */
  readonly at: number;
  readonly detail: string;
}

/** An interruption of supply, at the lowest node that explains the evidence. */
export interface Outage {
  readonly id: string;
  readonly kind: OutageKind;
  readonly node: OutageNode;
  /** Id of the meter, area or feeder. */
  readonly nodeId: string;
  readonly area: string;
  /** The missing phase of `phase-lost`, else null. */
  readonly phase: Phase | null;
  readonly startedAt: number;
  /** When supply came back, or null while it is missing. */
  readonly restoredAt: number | null;
  /** When the evidence sufficed. */
  readonly detectedAt: number;
  readonly confidence: 'high' | 'medium';
  readonly meters: readonly string[];
  readonly evidence: readonly OutageFact[];
  /** Grows with every material change. */
  readonly revision: number;
}
