import type { MissingWhy } from './member-day.ts';

/**
 * Why the loss of an area over a day cannot be told whatever share of its customers was read, the first that holds:
 * the area was not running, or began or ended to within the day; it has no supply meter, or for a part of the day none;
 * a supply register is missing, reversed or an estimate; the export of the supply meter is not known though there is
 * generation; the export of a generator is not known; a meter came or went and its register was not written down; there
 * is no customer; nothing was supplied.
 */
export const AREA_WHYS = [
  'area_removed',
  'area_stopped',
  'area_changed',
  'no_supply_meter',
  'supply_gap',
  'supply_missing',
  'supply_estimated',
  'supply_export_missing',
  'generation_missing',
  'topology_changed',
  'no_customers',
  'no_supply',
] as const;
export type AreaWhy = (typeof AREA_WHYS)[number];

export interface MissingMeter {
  readonly meter: string;
  readonly why: MissingWhy;
}

/**
 * Energy of an area, or of a feeder with a meter at its head, over one business day: what the registers say, without
 * any setting, so that it can be kept. Whole Wh with transformer ratios; `lossOf` makes a loss of it.
 *
 * suppliedWh = gridWh + generationWh; gridWh = Σ supply meters (import − export) × ratio, generationWh = Σ export of
 * generators × ratio; soldWh = Σ import of customers × ratio. A generator's own use is sold like any other. Members
 * count for the part of the day in which they hung there. The export of a supply meter that is not known counts as 0
 * where nobody generates. Between two supply meters of an exchange an hour without one is let pass.
 */
export interface AreaDay {
  readonly area: string;
  readonly date: string;
  readonly why: AreaWhy | null;
  /** Null when a supply register or the export of a generator is not known. */
  readonly suppliedWh: number | null;
  readonly gridWh: number | null;
  /** Of the generators whose export is known. */
  readonly generationWh: number;
  /** Of the customers that were read or estimated. */
  readonly soldWh: number;
  readonly supplyMeters: number;
  /** Meters of customers that owe an energy: read + estimated + missing. */
  readonly customers: number;
  /** Both ends known, and neither of them an estimate. */
  readonly read: number;
  readonly estimated: number;
  readonly missing: number;
  /** The first of them by meter id. */
  readonly missingMeters: readonly MissingMeter[];
  /** Meters of closed accounts without registers: left out. */
  readonly closed: number;
  /** Customers whose freezes are owed by then: that are planned for collection, or remember them. */
  readonly collected: number;
  /** Part of soldWh that rests on an estimate. */
  readonly estimatedWh: number;
  readonly estimatedGenerationWh: number;
  /** 换表: meters put in for another one within the day. */
  readonly exchanged: number;
  /** Customers read that used nothing over a whole day. */
  readonly zeroUse: number;
  readonly generators: number;
  /** Generators whose export is not known. */
  readonly generationMissing: number;
  /** Customers that are no generators, but whose export register rose. */
  readonly exporting: number;
  /** Supply meters whose export is not known, and counted as 0. */
  readonly exportUnknown: number;
  /** Meters that came or went within the day without an exchange. */
  readonly moved: number;
  /** Meters that came or went within the day and whose register nobody wrote down. */
  readonly unwritten: number;
  /** Changes when the members, their ratios or roles, or the state of the area change. */
  readonly topologyVersion: string;
}

/** The first reason of a list that holds. */
export function firstWhy(reasons: readonly (readonly [AreaWhy | null, boolean])[]): AreaWhy | null {
  return reasons.find(([, holds]) => holds)?.[0] ?? null;
}

/** Meters without an energy that a day names. */
export const MISSING_LISTED = 20;

/** The first by meter id, as many as a day names. */
export function firstMissing(missing: readonly MissingMeter[]): MissingMeter[] {
  return missing.toSorted((a, b) => (a.meter < b.meter ? -1 : a.meter > b.meter ? 1 : 0)).slice(0, MISSING_LISTED);
}

/** Sums of Wh are exact only as safe integers. Throws RangeError. */
export function safe(...sums: readonly number[]): void {
  for (const sum of sums) {
    if (!Number.isSafeInteger(sum)) throw new RangeError(`cannot sum energies exactly: ${sum} Wh is no safe integer`);
  }
}
