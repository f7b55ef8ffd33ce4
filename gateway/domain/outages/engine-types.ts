import type { Outage } from '#contract/outage.ts';
import type { Phase } from '#contract/quantities.ts';

/** What is remembered of one meter's supply, in the words of the engine. */
export interface SupplyText {
  readonly meter: string;
  readonly text: string;
}

/** With what an engine goes on that was stored before: open incidents, and those of the last days. */
export interface Kept {
  readonly supply: readonly SupplyText[];
  readonly outages: readonly Outage[];
}

export interface Settled {
  /** Complete, with their new revision. */
  readonly changed: readonly Outage[];
  readonly supply: readonly SupplyText[];
  /** Meters of which nothing needs to be remembered any more. */
  readonly forgotten: readonly string[];
  /** Not all that was touched is worked out: settle again. */
  readonly more: boolean;
}

/** `confirm`: is it one? `restore`: is it over? `nested`: is it still dark inside what is restored? */
export interface Wish {
  readonly outage: string;
  readonly why: 'confirm' | 'restore' | 'nested';
  readonly meters: readonly string[];
}

/** What is known of one meter's supply. Instants in UTC ms; null = never. */
export interface MeterSupply {
  /** Newest moment with supply. */
  readonly onAt: number | null;
  /** Newest moment without supply. */
  readonly offAt: number | null;
  /** First known moment of the interruption that lasts, or null while none does. */
  readonly darkSince: number | null;
  /** The newest time that it was asked and did not answer, the way to it being up. */
  readonly silentAt: number | null;
  /** Phases that are missing while another is there. */
  readonly missing: readonly Phase[];
}
