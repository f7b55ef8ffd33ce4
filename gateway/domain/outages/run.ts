import type { OutageSettings } from './settings.ts';

/** What told that supply is missing; in the order of their weight. */
export const OFF_FACTS = ['power_down', 'voltage_off', 'on_battery', 'phase_off', 'terminal_down', 'way_down'] as const;
export type OffFact = (typeof OFF_FACTS)[number];

/** A moment without supply. Instants in UTC ms. */
export interface OffPoint {
  readonly at: number;
  readonly by: OffFact;
  /** When the centre first knew of it. */
  readonly seenAt: number;
}

/** An interruption that was recorded with both its times. */
export interface Recorded {
  readonly start: number;
  readonly end: number;
  readonly seenAt: number;
}

/** One interruption as the points tell it. */
export interface Run {
  /** First known moment without supply. */
  readonly start: number;
  /** First known moment with supply after it; null while there is none. */
  readonly end: number | null;
  /** `start` is when it began, not when it was first seen. */
  readonly exactStart: boolean;
  readonly exactEnd: boolean;
  /** Last moment at which it is known to last. */
  readonly until: number;
  /** Newest known moment with supply before it; 0 = none. */
  readonly onBefore: number;
  readonly by: OffFact;
  readonly seenAt: number;
}

export type RunSettings = Pick<OutageSettings, 'minDownMs' | 'maxDownMs' | 'clockMs' | 'shiftMs' | 'windowMs'>;

/** The points of a timeline, as they are written down and read again. */
export interface TimelinePoints {
  readonly offs: readonly OffPoint[];
  readonly records: readonly Recorded[];
  readonly ons: readonly number[];
  readonly silents: readonly number[];
  /** What lies up to here is forgotten, and is not learnt again. */
  readonly forgotten: number;
}
