import type { Phase } from '#contract/quantities.ts';

interface Seen {
  /** When the fact was true, UTC ms. */
  readonly at: number;
  /** When it became known at the collector, UTC ms. */
  readonly seenAt: number;
}

/**
 * One fact about supply at a meter. Of missing supply: `voltage_off` (every phase off), `on_battery`, `power_down` (from
 * the meter's memory or its last gasp; `end` null while it lasts or when that is not known). Of supply: `voltage_on` (at
 * least one phase is on; `missing` are those that are off), `power_up`, and `answered`: the meter spoke, but not of its
 * supply, and it was not on battery. `silent`: the way to it worked and it did not answer, which is never evidence of
 * missing supply.
 */
export type MeterEvidence = Seen & { readonly meter: string } & (
    | { readonly fact: 'voltage_off' | 'on_battery' | 'power_up' | 'answered' | 'silent' }
    | { readonly fact: 'voltage_on'; readonly present: readonly Phase[]; readonly missing: readonly Phase[] }
    | { readonly fact: 'power_down'; readonly end: number | null }
  );

/** A terminal's own word on its supply (376.1 ERC14, 698 3106): as good as that of the area's supply meter. */
export type TerminalEvidence = Seen & { readonly concentrator: string } & (
    | { readonly fact: 'terminal_down'; readonly end: number | null }
    | { readonly fact: 'terminal_up' }
  );

/** Whether something between meters and centre works: it explains silence, and says nothing of supply. */
export type WayEvidence = Seen & {
  readonly fact: 'way_down' | 'way_up';
  readonly way: 'line' | 'concentrator' | 'collector';
  readonly id: string;
};

export type Evidence = MeterEvidence | TerminalEvidence | WayEvidence;
