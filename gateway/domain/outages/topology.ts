import type { OutageNode } from '#contract/outage.ts';
import type { Phase } from '#contract/quantities.ts';
import type { TextNumbers } from '../text-numbers.ts';

/** In a column of numbers, for what there is none of. */
export const NONE = -1;

/** Kinds of nodes in the tree of supply, highest first. */
export const TREE_NODES = ['feeder', 'area', 'branch', 'box'] as const satisfies readonly OutageNode[];
export type TreeNode = (typeof TREE_NODES)[number];

export const WAYS = ['line', 'concentrator', 'collector'] as const;
export type Way = (typeof WAYS)[number];

/**
 * The tree of supply. Nodes are numbered in the order of a walk from the top, so the nodes below one follow it up to
 * `lastBelow`, and its meters are a range of numbers.
 */
export interface TreeColumns {
  readonly size: number;
  /** Place in TREE_NODES. */
  readonly kind: Uint8Array;
  readonly parent: Int32Array;
  /** Last node of its branch of the tree; itself when it has nothing below. */
  readonly lastBelow: Int32Array;
  /** Its meters: from the first to before the last, those of the nodes below included. */
  readonly firstMeter: Int32Array;
  readonly endMeter: Int32Array;
  /** Customers' meters that count. */
  readonly customers: Int32Array;
  /** Id as in `Outage.nodeId`; empty for the stand-in above an area whose feeder is not known. */
  readonly names: readonly string[];
}

/** Meters in place, in the order of the tree; no object per meter. */
export interface MeterColumns {
  readonly ids: TextNumbers;
  /** Lowest node above the meter. */
  readonly node: Int32Array;
  /** 1: 台区总表. Check meters are left out. */
  readonly supply: Uint8Array;
  /** 1: its account is closed or switched off, what it tells is no outage and it is no customer. */
  readonly idle: Uint8Array;
  /** Phase of a single-phase meter as place in PHASES + 1, 0 = not known; 4: three phases. */
  readonly phase: Uint8Array;
  /** While it is installed, UTC ms; NaN = without end. */
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly line: Int32Array;
}

/** How meters are reached. */
export interface WayColumns {
  readonly lines: TextNumbers;
  readonly concentrators: TextNumbers;
  readonly collectors: TextNumbers;
  /** By line; NONE where there is none. */
  readonly concentratorOf: Int32Array;
  readonly collectorOf: Int32Array;
  /** Area in which the terminal hangs: that of most of its meters; by concentrator, as node. */
  readonly areaOf: Int32Array;
  /** Meters by line. */
  metersOfLine(line: number): Int32Array;
}

export const THREE_PHASES = 4;

/** What hangs on what, at an instant. Made by `buildTopology` or `packTopology`. */
export interface OutageTopology {
  readonly tree: TreeColumns;
  readonly meters: MeterColumns;
  readonly ways: WayColumns;
  /** District of a feeder, by feeder id. */
  readonly districts: ReadonlyMap<string, string>;
}

/** One meter in place, as a topology is packed from it. */
export interface TopologyMeter {
  readonly id: string;
  readonly feeder: string | null;
  readonly area: string;
  readonly branch?: string | undefined;
  readonly box?: string | undefined;
  readonly role: 'customer' | 'supply';
  readonly phases: 1 | 3;
  readonly phase: Phase | null;
  readonly line: string;
  readonly concentrator: string | null;
  readonly collector: string | null;
  readonly idle: boolean;
  readonly from: number;
  readonly to: number | null;
}
