import type { OutageConfidence } from '#contract/outage.ts';
import type { Phase } from '#contract/quantities.ts';
import type { DarkRun } from './dark-run.ts';
import type { MeterMarks } from './meter-marks.ts';
import type { OutageSettings } from './settings.ts';
import type { SupplyMemory } from './supply-memory.ts';
import type { OutageTopology } from './topology.ts';

/** From what incidents are derived. */
export interface View {
  readonly topology: OutageTopology;
  readonly settings: OutageSettings;
  readonly memory: SupplyMemory;
  readonly marks: MeterMarks;
  /** All interruptions of the feeder, those of past incidents included. */
  readonly dark: readonly DarkRun[];
  /** Clock of the centre, UTC ms. */
  readonly now: number;
}

/** A meter that had supply at a moment. */
export interface Lit {
  readonly meter: number;
  readonly at: number;
}

/** A meter or terminal that told so itself, with its own times. */
export interface Told {
  readonly run: DarkRun;
  readonly from: number;
  readonly to: number | null;
}

/** Where it is: a node of the tree, or a meter when `node` is NONE. */
export interface Where {
  readonly node: number;
  readonly meter: number;
}

/** An incident as the facts tell it. Instants in UTC ms. */
export interface Derived extends Where {
  readonly kind: 'outage' | 'phase-lost';
  readonly state: 'unconfirmed' | 'open' | 'restored';
  readonly phase: Phase | null;
  readonly start: number;
  readonly end: number | null;
  readonly firstSeen: number;
  readonly confidence: OutageConfidence;
  readonly told: readonly Told[];
  /** Numbers of meters, ascending. */
  readonly presumed: readonly number[];
  /** Meters near it that were lit while it lasted. */
  readonly witnesses: readonly Lit[];
  /** Meters that are suspect because they did not answer. */
  readonly silent: readonly Lit[];
  readonly parent: Derived | null;
}
