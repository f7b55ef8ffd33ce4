import type { OutageKind, OutageNode } from '#contract/outage.ts';
import type { Phase } from '#contract/quantities.ts';
import type { SiteMeter, TruthSite } from './site.ts';

/** Rows of the score. `section`: several areas of a feeder, not all of them. */
export const TRUTH_KINDS = [
  ...['feeder', 'section', 'area', 'branch', 'box', 'meter'],
  ...['phase area', 'phase branch', 'phase meter', 'planned', 'unannounced', 'storm', 'nested'],
] as const;
export type TruthKind = (typeof TRUTH_KINDS)[number];

/** A meter without supply on some of its phases for a time; UTC ms. */
export interface Dark {
  readonly meter: number;
  readonly from: number;
  readonly to: number;
  /** Bits of the phases that are missing. */
  readonly lost: number;
}

/** An interruption as it really is. */
export interface Truth {
  readonly n: number;
  readonly kind: TruthKind;
  readonly expected: OutageKind;
  readonly node: OutageNode;
  readonly nodeId: string;
  readonly phase: Phase | null;
  readonly from: number;
  /** When nine of ten customers are back; what stays dark is a nested truth of its own. */
  readonly to: number;
  readonly members: readonly Dark[];
  readonly planned: string | null;
  readonly overrun: boolean;
  readonly parent: number | null;
}

export type NewTruth = Omit<Truth, 'n'>;

/** A node of the low-voltage net with the customers' meters in it. */
export interface Place {
  readonly node: 'meter' | 'box' | 'branch' | 'area';
  readonly nodeId: string;
  readonly meters: readonly SiteMeter[];
}

/** Boxes, or branches, of an area. */
export function placesOf(site: TruthSite, area: number, node: 'box' | 'branch'): Place[] {
  const groups = new Map<string, SiteMeter[]>();
  const { id, meters } = site.area(area);
  for (const meter of meters) {
    const name = meter[node];
    if (name === null) continue;
    const list = groups.get(name) ?? [];
    list.push(meter);
    groups.set(name, list);
  }
  return [...groups].map(([name, list]) => ({ node, nodeId: `${id}/${name}`, meters: list }));
}

export function placeOfArea(site: TruthSite, area: number): Place {
  const { id, meters } = site.area(area);
  return { node: 'area', nodeId: id, meters };
}

export function placeOfMeter(meter: SiteMeter): Place {
  return { node: 'meter', nodeId: meter.id, meters: [meter] };
}
