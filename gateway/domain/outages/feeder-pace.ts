import type { Outage, PlannedOutage } from '#contract/outage.ts';
import type { Evidence } from './evidence-types.ts';
import type { KnownIncidents } from './known-incidents.ts';
import type { OutageSettings } from './settings.ts';
import type { SupplyMemory } from './supply-memory.ts';
import { NONE, type OutageTopology, TREE_NODES } from './topology.ts';
import { AREA_KIND, nodeAbove } from './tree.ts';

/** A feeder with an open incident and many customers is worked out again after this time at the earliest. */
const AGAIN_MS = 1000;
const MANY_CUSTOMERS = 200;
/** Dark members from which on one more, or one less, of an incident can wait. */
const MANY = 50;
/** Share of the restored share that must be back before it is looked whether the incident is over. */
const NEARLY = 0.9;

/** An open incident of many, in which one more or less changes nothing that must be told at once. */
interface Calm {
  readonly firstMeter: number;
  readonly endMeter: number;
  readonly startedAt: number;
  /** Those that tell next: so many dark ones make it sure, so many that are back may end it. */
  moreDark: number;
  moreBack: number;
}

interface OpenFeeder {
  readonly workedAt: number;
  /** When it may be worked out again, UTC ms. */
  readonly againAt: number;
  /** When time alone may change something, UTC ms. */
  readonly dueAt: number;
  /** Areas with something open; null: the feeder as a whole. */
  readonly areas: ReadonlySet<number> | null;
  readonly calm: readonly Calm[];
  /** When it is worked out again for what was heard since, UTC ms. */
  wantedAt: number;
}

/**
 * How soon feeders are worked out again. One in which nothing is open at once; a large one with an open incident once a second,
 * and for what changes nothing but how many told of it no more often than that is told.
 */
export class FeederPace {
  readonly #settings: OutageSettings;
  /** Feeders with something open or held back, by node. */
  readonly #open = new Map<number, OpenFeeder>();

  constructor(settings: OutageSettings) {
    this.#settings = settings;
  }

  clear(): void {
    this.#open.clear();
  }

  /** Feeders that are to be worked out by now. */
  *due(now: number): Generator<number> {
    for (const [feeder, { dueAt, wantedAt }] of this.#open) if (dueAt <= now || wantedAt <= now) yield feeder;
  }

  /** Whether something is open that supply, or silence, in this area may speak for or against. */
  concerns(feeder: number, area: number): boolean {
    const open = this.#open.get(feeder);
    return open !== undefined && (open.areas === null || open.areas.has(area));
  }

  /** Something was heard that must be worked out; true when that must be done at once. */
  wants(feeder: number): boolean {
    const open = this.#open.get(feeder);
    if (!open) return true;
    open.wantedAt = Math.min(open.wantedAt, open.againAt);
    return false;
  }

  /** The same for an interruption of a meter that was told, or its end. */
  wantsFor(feeder: number, meter: number, item: Evidence, topology: OutageTopology, memory: SupplyMemory): boolean {
    const open = this.#open.get(feeder);
    const calm = open?.calm.find(({ firstMeter, endMeter }) => meter >= firstMeter && meter < endMeter);
    if (!open || !calm || topology.meters.supply[meter] === 1 || !this.#canWait(calm, meter, item, memory)) {
      return this.wants(feeder);
    }
    open.wantedAt = Math.min(open.wantedAt, open.workedAt + this.#settings.minorMs);
    return false;
  }

  #canWait(calm: Calm, meter: number, item: Evidence, memory: SupplyMemory): boolean {
    const { windowMs, clockMs } = this.#settings;
    if (item.fact === 'power_up') {
      // Who did not tell that it was dark counts among those that are back and among all alike.
      calm.moreBack -= memory.timelines.has(meter) ? 1 : 1 - this.#settings.restoredShare;
      return item.at > calm.startedAt && calm.moreBack > 0;
    }
    if (Math.abs(item.at - calm.startedAt) > windowMs || memory.litBetween(meter, calm.startedAt + clockMs, item.at)) {
      return false;
    }
    const isOver = item.fact === 'power_down' && item.end !== null;
    return isOver ? --calm.moreBack > 0 : --calm.moreDark > 0;
  }

  /** It was worked out: what is open there, and when time alone may change something. */
  worked(
    feeder: number,
    known: KnownIncidents,
    plans: readonly PlannedOutage[],
    topology: OutageTopology,
    now: number,
  ): void {
    const incidents = [...known.all()].filter(({ state }) => state === 'open' || state === 'unconfirmed');
    const dueAt = Math.min(known.heldUntil, ...incidents.map((outage) => this.#dueOf(outage, plans, now)));
    if (dueAt === Number.POSITIVE_INFINITY) {
      this.#open.delete(feeder);
      return;
    }
    const places = incidents.map((outage) => nodeOf(outage, topology));
    const { tree } = topology;
    const areas = places.map((place) => (place === NONE ? NONE : nodeAbove(tree, place, AREA_KIND)));
    const isWhole = areas.some((area) => area === NONE || tree.kind[area] !== AREA_KIND);
    const calm = incidents.flatMap((outage, place) => calmOf(outage, places[place] ?? NONE, topology, this.#settings));
    this.#open.set(feeder, {
      workedAt: now,
      againAt: (tree.customers[feeder] ?? 0) > MANY_CUSTOMERS ? now + AGAIN_MS : now,
      dueAt,
      areas: isWhole ? null : new Set(areas),
      calm,
      wantedAt: Number.POSITIVE_INFINITY,
    });
  }

  #dueOf({ planned, startedAt, firstEvidenceAt }: Outage, plans: readonly PlannedOutage[], now: number): number {
    const { windowMs, plannedSlackMs, unconfirmedMs, phaseHoldMs } = this.#settings;
    const plan = plans.find(({ externalId }) => externalId === planned);
    const times = [
      (plan?.to ?? 0) + plannedSlackMs + 1,
      startedAt + unconfirmedMs,
      firstEvidenceAt + phaseHoldMs,
    ].filter((at) => at > now);
    return Math.min(now + windowMs, ...times);
  }
}

/** Lowest node of an incident, or NONE when it has no meter by which it is found. */
function nodeOf({ node, nodeId, members }: Outage, { tree, meters }: OutageTopology): number {
  const meter = meters.ids.numberOf(node === 'meter' ? nodeId : (members[0]?.meter ?? ''));
  if (meter === undefined) return NONE;
  const lowest = meters.node[meter] ?? NONE;
  const kind = (TREE_NODES as readonly string[]).indexOf(node);
  return kind === -1 ? lowest : nodeAbove(tree, lowest, kind);
}

function calmOf(outage: Outage, node: number, { tree }: OutageTopology, settings: OutageSettings): Calm[] {
  const { state, kind, parent, dark, startedAt, confidence, members } = outage;
  const isPlain = state === 'open' && (kind === 'outage' || kind === 'planned') && parent === null;
  if (!isPlain || dark < MANY || node === NONE || outage.node === 'meter') return [];
  const customers = tree.customers[node] ?? 0;
  // Without presumed members somebody was lit: each meter matters.
  if (members.length === dark && outage.customers < customers) return [];
  const back = members.filter(({ told, to }) => told === 'itself' && to !== null).length;
  return [
    {
      firstMeter: tree.firstMeter[node] ?? 0,
      endMeter: tree.endMeter[node] ?? 0,
      startedAt,
      moreDark: confidence === 'high' ? Number.POSITIVE_INFINITY : customers / 2 - dark,
      moreBack: dark * settings.restoredShare * NEARLY - back,
    },
  ];
}
