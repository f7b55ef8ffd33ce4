import type { Outage } from '#contract/outage.ts';
import { KnownIncidents } from './known-incidents.ts';
import type { OutageTopology } from './topology.ts';
import type { DarkAreas } from './ways.ts';

/** So long after supply is back the way to the meters may need to come up again (ms). */
const WAY_BACK_MS = 180_000;
/** Ways that went up are looked at within this time (ms). */
const LOOKED_AT_MS = 3_600_000;

function isOfAreas({ kind, state, node }: Outage): boolean {
  const isWhole = (node === 'area' || node === 'feeder') && kind !== 'phase-lost';
  return isWhole && (state === 'open' || state === 'restored');
}

/** Feeders by name, `/area` where an area has none, with what is known of the incidents of each. */
export class FeederList {
  /** By name: they outlive the topology. */
  readonly known = new Map<string, KnownIncidents>();
  #topology: OutageTopology;
  #nodes = new Map<string, number>();

  /** `kept`: incidents that were stored; what ended before the oldest past one is never derived again. */
  constructor(topology: OutageTopology, kept: readonly Outage[]) {
    this.#topology = topology;
    this.list(topology);
    const past = kept.filter(({ state, kind }) => state === 'restored' && kind !== 'collection');
    if (past.length === 0) return;
    const forgotten = past.reduce((least, each) => Math.min(least, each.startedAt), Number.POSITIVE_INFINITY);
    for (const name of this.#nodes.keys()) this.known.set(name, new KnownIncidents(forgotten));
  }

  /** Goes on with the nodes of another topology. */
  list(topology: OutageTopology): void {
    const { tree } = topology;
    this.#topology = topology;
    this.#nodes = new Map();
    for (let node = 0; node < tree.size; node = (tree.lastBelow[node] ?? node) + 1) {
      this.#nodes.set(this.nameOf(node), node);
    }
  }

  nameOf(feeder: number): string {
    const { names } = this.#topology.tree;
    return names[feeder] || `/${names[feeder + 1] ?? ''}`;
  }

  nodeOf(name: string): number | undefined {
    return this.#nodes.get(name);
  }

  /** Whole areas that are without supply, or were until not long ago. */
  darkAreas(now: number): DarkAreas[] {
    const dark: DarkAreas[] = [];
    for (const known of this.known.values()) {
      for (const outage of known.all()) {
        const { state, areas, startedAt, restoredAt } = outage;
        if (!isOfAreas(outage)) continue;
        const until = state === 'open' ? Number.POSITIVE_INFINITY : (restoredAt ?? startedAt) + WAY_BACK_MS;
        if (until > now - LOOKED_AT_MS) dark.push({ areas, from: startedAt, until });
      }
    }
    return dark;
  }

  knownOf(name: string): KnownIncidents {
    let known = this.known.get(name);
    if (!known) {
      known = new KnownIncidents();
      this.known.set(name, known);
    }
    return known;
  }
}
