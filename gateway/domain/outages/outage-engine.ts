import type { Outage, PlannedOutage } from '#contract/outage.ts';
import { Announced } from './announced.ts';
import type { View } from './derive-types.ts';
import { EngineFacts, type Touch } from './engine-facts.ts';
import type { Kept, MeterSupply, Settled, Wish } from './engine-types.ts';
import type { Evidence } from './evidence-types.ts';
import { FeederList } from './feeder-list.ts';
import { FeederPace } from './feeder-pace.ts';
import { workOut } from './feeder-work.ts';
import { KnownIncidents } from './known-incidents.ts';
import { MeterMarks } from './meter-marks.ts';
import type { OutageSettings } from './settings.ts';
import { suspectedIn } from './silence.ts';
import { StormGauge } from './storm-gauge.ts';
import { type OffSpan, SwitchedOff } from './switched-off.ts';
import { NONE, type OutageTopology } from './topology.ts';
import { AREA_KIND, childrenOf, feederOf, nodeAbove } from './tree.ts';
import { workOutWays } from './way-incidents.ts';
import { Ways } from './ways.ts';
import { Wishes } from './wishes.ts';
import { NEIGHBOUR } from './write-outage.ts';

/** Members that past incidents of a feeder may name, to each of its customers. */
const MEMBERS_PER_CUSTOMER = 4;
const LEAST_MEMBERS = 1000;
const PAST_PLANS_MS = 30 * 86_400_000;

/**
 * Finds interruptions of supply in what is told of it. Deterministic: no clock, nothing but what it is given. `take`
 * learns, `settle` works out what was touched. The same evidence in any order, repeated or late, makes the same incidents.
 */
export class OutageEngine {
  readonly #settings: OutageSettings;
  readonly #facts: EngineFacts;
  readonly #ways: Ways;
  readonly #wishes: Wishes;
  readonly #gauge = new StormGauge();
  readonly #wayIncidents = new KnownIncidents();
  readonly #feeders: FeederList;
  #topology: OutageTopology;
  /** Feeders to be worked out, by node. */
  #touched = new Set<number>();
  readonly #pace: FeederPace;
  /** Areas in which meters fell silent and nothing is open, by node. */
  readonly #silentAreas = new Set<number>();
  /** Incidents that are open, by feeder. */
  readonly #openOf = new Map<string, number>();
  #waysDue = Number.POSITIVE_INFINITY;
  readonly #announced = new Announced();
  readonly #off = new SwitchedOff();
  /** Clock of the centre when things were last worked out, UTC ms. */
  #now = 0;
  #storm = false;
  #marks: MeterMarks;

  constructor(topology: OutageTopology, settings: OutageSettings, kept: Kept = { supply: [], outages: [] }) {
    this.#settings = settings;
    this.#topology = topology;
    this.#facts = new EngineFacts(topology, settings, kept.supply);
    this.#marks = new MeterMarks(topology.meters.ids.size);
    this.#ways = new Ways(settings);
    this.#wishes = new Wishes(settings);
    this.#pace = new FeederPace(settings);
    this.#feeders = new FeederList(topology, kept.outages);
    for (const outage of kept.outages) this.#restore(outage);
  }

  #restore(outage: Outage): void {
    if (outage.kind === 'collection') {
      this.#ways.restore(outage);
      this.#wayIncidents.put(outage);
      return;
    }
    const known = this.#feeders.knownOf(outage.feeder ?? `/${outage.area}`);
    known.restore(outage);
    if (outage.state === 'restored' || outage.state === 'dismissed') return;
    const feeder = this.#feeders.nodeOf(outage.feeder ?? `/${outage.area}`);
    if (feeder !== undefined) this.#touched.add(feeder);
    for (const { detail, id, at } of outage.evidence) {
      const meter = detail === NEIGHBOUR ? this.#topology.meters.ids.numberOf(id) : undefined;
      if (meter !== undefined) this.#facts.memory.lit(meter, at, false);
    }
  }

  /** Cheap: learns the facts and marks what must be worked out anew. Meters and terminals that are unknown are passed over. */
  take(evidence: Iterable<Evidence>): void {
    for (const item of evidence) {
      if ('way' in item) {
        if (item.at <= item.seenAt + this.#settings.aheadMs) this.#ways.take(item);
        continue;
      }
      const touch = this.#facts.learn(item);
      if (touch?.what === 'lit') this.#lit(touch.thing, item.at, item);
      else if (touch?.what === 'silent') this.#silent(touch.node);
      else if (touch) this.#learnt(touch, item);
    }
  }

  #learnt({ node, thing, from, to }: Touch, item: Evidence): void {
    const { fact, seenAt } = item;
    if (fact === 'voltage_off' || fact === 'on_battery' || fact === 'power_down') this.#gauge.count(seenAt);
    const feeder = nodeAbove(this.#topology.tree, node, 0);
    if (feeder === NONE) return;
    this.#feeders.knownOf(this.#feeders.nameOf(feeder)).touch(thing, from, to);
    if (this.#pace.wantsFor(feeder, thing, item, this.#topology, this.#facts.memory)) this.#touched.add(feeder);
  }

  /** Silence where nothing is open can only raise a suspicion. */
  #silent(node: number): void {
    const { tree } = this.#topology;
    const [feeder, area] = [nodeAbove(tree, node, 0), nodeAbove(tree, node, AREA_KIND)];
    if (feeder === NONE) return;
    if (this.#pace.concerns(feeder, area)) this.#want(feeder);
    else this.#silentAreas.add(area);
  }

  #want(feeder: number): void {
    if (this.#pace.wants(feeder)) this.#touched.add(feeder);
  }

  /** Fast path for ordinary supply: a moment at which a meter had supply on all its phases (UTC ms). */
  ordinary(meter: string, at: number): void {
    const number = this.#topology.meters.ids.numberOf(meter);
    if (number === undefined) return;
    if (!this.#facts.memory.lit(number, at, true)) {
      this.#lit(number, at);
      return;
    }
    const feeder = feederOf(this.#topology, number);
    if (feeder === NONE) return;
    this.#feeders.knownOf(this.#feeders.nameOf(feeder)).touch(number, at, Number.POSITIVE_INFINITY);
    this.#want(feeder);
  }

  /** Supply that is told late may contradict what is past, and supply near it what lasts. */
  #lit(meter: number, at: number, item: Evidence | null = null): void {
    const { tree, meters } = this.#topology;
    const area = nodeAbove(tree, meters.node[meter] ?? NONE, AREA_KIND);
    const feeder = nodeAbove(tree, area, 0);
    const known = this.#feeders.known.get(this.#feeders.nameOf(feeder));
    if (known?.reaches(at)) {
      known.touch(null, at, at);
      this.#want(feeder);
    } else if (this.#pace.concerns(feeder, area)) {
      if (item?.fact !== 'power_up') this.#want(feeder);
      else this.#pace.wantsFor(feeder, meter, item, this.#topology, this.#facts.memory);
    }
  }

  /** Announced work around now; replaces what was known. */
  setPlans(plans: readonly PlannedOutage[]): void {
    const changed = this.#announced.replace(plans);
    this.#announced.forget(this.#now - PAST_PLANS_MS);
    for (const [name, known] of this.#feeders.known) {
      const feeder = this.#feeders.nodeOf(name);
      if (feeder === undefined) continue;
      for (const { startedAt, restoredAt, kind } of known.all()) {
        if (kind !== 'outage' && kind !== 'planned') continue;
        const slack = this.#settings.plannedSlackMs;
        if (!changed.some(({ from, to }) => startedAt >= from - slack && startedAt < to)) continue;
        known.touch(null, startedAt, restoredAt ?? startedAt);
        this.#touched.add(feeder);
      }
    }
  }

  /**
   * Meters of accounts that are switched off by order: that they are dark is no outage, nor is what they tell later of
   * that time. Replaces what was known; `past` are times of those that are on again.
   */
  setDisconnected(meters: ReadonlySet<string>, past: readonly OffSpan[] = []): void {
    const changed = this.#off.set(meters, past, this.#now);
    this.#off.number(this.#topology);
    for (const meter of changed) {
      const number = this.#topology.meters.ids.numberOf(meter);
      if (number !== undefined && this.#facts.memory.timelines.has(number)) {
        this.#touched.add(nodeAbove(this.#topology.tree, this.#topology.meters.node[number] ?? NONE, 0));
      }
    }
  }

  setTopology(topology: OutageTopology): void {
    this.#facts.setTopology(topology);
    this.#marks = new MeterMarks(topology.meters.ids.size);
    this.#topology = topology;
    this.#off.number(topology);
    this.#feeders.list(topology);
    this.#pace.clear();
    this.#silentAreas.clear();
    for (const known of this.#feeders.known.values()) {
      known.takeChanged();
      known.claims.clear();
    }
    this.#touched = new Set([...this.#feeders.known.keys()].flatMap((name) => this.#feeders.nodeOf(name) ?? []));
    this.#ways.touched = true;
  }

  /** Works out at most `most` touched feeders; call again while `more`. `now` is the clock of the centre, UTC ms. */
  settle(now: number, most = Number.POSITIVE_INFINITY): Settled {
    this.#now = Math.max(this.#now, now);
    for (const feeder of this.#pace.due(now)) this.#touched.add(feeder);
    this.#lookIntoSilence(now);
    const changed: Outage[] = [];
    let left = most;
    for (const feeder of this.#touched) {
      if (left-- <= 0) break;
      this.#touched.delete(feeder);
      changed.push(...this.#settleFeeder(feeder, now));
    }
    // After the outages, which explain that nothing behind them can be reached.
    const isDone = this.#touched.size === 0;
    if (isDone && (this.#ways.touched || now >= this.#waysDue)) changed.push(...this.#settleWays(now));
    this.#storm = this.#gauge.isStorm(now, this.#openCount(), this.#settings);
    return { changed, ...this.#facts.written(), more: this.#touched.size > 0 };
  }

  #settleFeeder(feeder: number, now: number): Outage[] {
    const name = this.#feeders.nameOf(feeder);
    const known = this.#feeders.knownOf(name);
    const changed = workOut({
      view: this.#viewAt(now),
      feeder,
      facts: this.#facts,
      known,
      announced: this.#announced,
      off: this.#off,
      wayIsDown: (meter) => this.#wayIsDown(meter),
    });
    const { tree } = this.#topology;
    const areas = [...childrenOf(tree, feeder)].filter((node) => tree.kind[node] === AREA_KIND).length;
    known.bound(
      this.#settings.pastPerArea * Math.max(1, areas),
      Math.max(LEAST_MEMBERS, MEMBERS_PER_CUSTOMER * (tree.customers[feeder] ?? 0)),
      this.#settings.shiftMs,
    );
    this.#pace.worked(feeder, known, this.#announced.plans, this.#topology, now);
    if (changed.some(({ node }) => node === 'area' || node === 'feeder')) this.#ways.touched = true;
    this.#openOf.set(name, known.openCount);
    return changed;
  }

  #viewAt(now: number): View {
    const { memory } = this.#facts;
    return { topology: this.#topology, settings: this.#settings, memory, marks: this.#marks, dark: [], now };
  }

  #wayIsDown(meter: number): boolean {
    return this.#ways.isDown(this.#topology, this.#topology.meters.line[meter] ?? NONE);
  }

  /** Feeders in which silence raises a suspicion are worked out. */
  #lookIntoSilence(now: number): void {
    const wayIsDown = (meter: number): boolean => this.#wayIsDown(meter);
    for (const area of this.#silentAreas) {
      const feeder = nodeAbove(this.#topology.tree, area, 0);
      const after = this.#feeders.known.get(this.#feeders.nameOf(feeder))?.silenceAfter ?? 0;
      if (suspectedIn({ ...this.#viewAt(now), wayIsDown, after }, area).length > 0) this.#touched.add(feeder);
    }
    this.#silentAreas.clear();
  }

  #settleWays(now: number): Outage[] {
    this.#ways.touched = false;
    const found = workOutWays(this.#ways, this.#wayIncidents, this.#topology, now, this.#feeders.darkAreas(now));
    this.#waysDue = this.#ways.nextAt(now);
    return found;
  }

  #openCount(): number {
    let sum = 0;
    for (const count of this.#openOf.values()) sum += count;
    return sum;
  }

  /** Meters that should be read now to confirm or close incidents. */
  wishes(now: number): readonly Wish[] {
    return this.#wishes.next(this.open(), this.#topology, this.#storm, now);
  }

  /** What is known of one meter's supply; null when nothing is. */
  supplyOf(meter: string): MeterSupply | null {
    return this.#facts.supplyOf(meter);
  }

  /** Unconfirmed and open incidents. */
  *open(): Generator<Outage> {
    for (const known of [this.#wayIncidents, ...this.#feeders.known.values()]) {
      for (const outage of known.all()) if (outage.state === 'open' || outage.state === 'unconfirmed') yield outage;
    }
  }

  /** Whether so much is dark at once that only bell-wethers are asked. */
  get storm(): boolean {
    return this.#storm;
  }
}
