import type { Outage } from '#contract/outage.ts';
import { buildTopology } from '#domain/outages/build-topology.ts';
import type { Evidence } from '#domain/outages/evidence-types.ts';
import { OutageEngine } from '#domain/outages/outage-engine.ts';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { Book } from './book.ts';
import { type Arrival, BUCKET_MS, Delivery } from './delivery.ts';
import { Dice } from './dice.ts';
import { Field } from './field.ts';
import { Reports } from './reports.ts';
import { BEGIN, DAY, HOUR, type SiteMeter } from './site.ts';
import type { World } from './world.ts';

/** While something is told, the engine works things out this often. */
const STEP_MS = 5000;
const TOPOLOGY_MS = 10 * 60_000;

/** What is asked of an engine. */
export type Engine = Pick<
  OutageEngine,
  'take' | 'ordinary' | 'settle' | 'wishes' | 'setPlans' | 'setDisconnected' | 'setTopology'
>;

/** What the engine said of one incident. */
export interface Said {
  outage: Outage;
  /** When it was first open, or restored at once; null while it never was. UTC ms. */
  openedAt: number | null;
  /** Times that it was told of beyond suspicion, or withdrawn. */
  told: number;
}

/** The engine in the generated field: hears what is delivered, when it is, and has its probes answered. */
export class TruthRun {
  readonly said = new Map<string, Said>();
  readonly book: Book;
  evidence = 0;
  ordinary = 0;
  probes = 0;
  /** CPU of the engine alone, ms. */
  engineMs = 0;
  readonly #world: World;
  readonly #engine: Engine;
  readonly #delivery: Delivery;
  readonly #reports: Reports;
  readonly #field: Field;
  readonly #dice: Dice;
  readonly #index: RegistryIndex;

  constructor(world: World, engine?: Engine) {
    const { seed } = world.site.size;
    this.#world = world;
    this.book = new Book(world);
    this.#delivery = new Delivery(new Dice(seed, 'delivery'));
    this.#reports = new Reports(world, this.#delivery);
    this.#field = new Field(world, new Dice(seed, 'field'));
    this.#dice = new Dice(seed, 'run');
    this.#index = new RegistryIndex(world.site.registry());
    this.#engine = engine ?? new OutageEngine(buildTopology(this.#index, BEGIN), DEFAULT_OUTAGE_SETTINGS);
  }

  /** All days, and those after them in which late evidence comes. */
  run(): void {
    const changes = this.#changes();
    for (let at = BEGIN; at < this.#world.site.end; at += BUCKET_MS) {
      if ((at - BEGIN) % HOUR === 0) this.#reports.sendUntil(at + HOUR + BUCKET_MS);
      const orders = changes.get(at);
      if (orders) this.#order(at, orders);
      this.#minute(at);
    }
  }

  #minute(from: number): void {
    const read = this.#reads(from);
    const arrivals = this.#delivery.arrivals(from);
    let next = 0;
    for (let until = from + STEP_MS; until <= from + BUCKET_MS; until += STEP_MS) {
      const taken: Evidence[] = [];
      for (; next < arrivals.length && (arrivals[next]?.at ?? 0) < until; next++) {
        const evidence = this.#evidenceOf(arrivals[next]);
        if (evidence) taken.push(evidence);
      }
      if (taken.length > 0 && until < from + BUCKET_MS) this.#take(taken, until);
      else if (until === from + BUCKET_MS) this.#take([...taken, ...read], until);
    }
  }

  #evidenceOf(arrival: Arrival | undefined): Evidence | null {
    if (!arrival) return null;
    if ('evidence' in arrival) return arrival.evidence;
    const meter = this.#world.site.at(arrival.probed);
    if (this.#world.wayDownAt(meter, arrival.at)) return null;
    const heard = this.#field.read(meter, arrival.at);
    if (heard !== 'ordinary') return heard;
    const at = Math.round(arrival.at);
    return {
      fact: 'voltage_on',
      meter: meter.id,
      at,
      seenAt: at,
      present: meter.phases === 7 ? ['a', 'b', 'c'] : ['a'],
      missing: [],
    };
  }

  /** The timetable's reads of a minute. What is ordinary takes the short way. */
  #reads(at: number): Evidence[] {
    const found: Evidence[] = [];
    for (const meter of this.#field.dueAt(at)) {
      const heard = this.#field.read(meter, at);
      if (heard === null) continue;
      const down = this.#world.wayDownAt(meter, at);
      if (heard === 'ordinary' && down === null) this.#ordinary(meter, at);
      else this.#hear(meter, heard, at, down?.to ?? null, found);
    }
    return found;
  }

  #hear(meter: SiteMeter, heard: Evidence | 'ordinary', at: number, heldUntil: number | null, found: Evidence[]): void {
    const lit = { fact: 'voltage_on', meter: meter.id, at, seenAt: at, present: ['a'], missing: [] } as const;
    const evidence = heard === 'ordinary' ? lit : heard;
    if (heldUntil === null) found.push(evidence);
    else this.#delivery.send(evidence, heldUntil);
  }

  #ordinary(meter: SiteMeter, at: number): void {
    this.ordinary++;
    this.book.lit(meter, at);
    this.#engine.ordinary(meter.id, at);
  }

  #take(evidence: readonly Evidence[], now: number): void {
    for (const item of evidence) this.book.note(item, now);
    this.evidence += evidence.length;
    const begun = performance.now();
    this.#engine.take(evidence);
    const changed: Outage[] = [];
    for (let more = true; more; ) {
      const settled = this.#engine.settle(now);
      changed.push(...settled.changed);
      more = settled.more;
    }
    const wishes = this.#engine.wishes(now);
    this.engineMs += performance.now() - begun;
    for (const outage of changed) this.#hearOf(outage, now);
    for (const { meters } of wishes) {
      for (const id of meters) {
        const meter = this.#world.site.meter(id);
        if (meter) this.#delivery.probe(meter.n, now + this.#dice.between(2000, 60_000));
        this.probes++;
      }
    }
  }

  #hearOf(outage: Outage, now: number): void {
    const known = this.said.get(outage.id) ?? { outage, openedAt: null, told: 0 };
    known.outage = outage;
    const isSure = outage.state === 'open' || outage.state === 'restored';
    if (isSure) known.openedAt ??= now;
    if (isSure || known.openedAt !== null) known.told++;
    this.said.set(outage.id, known);
  }

  /** What people tell, by the minute in which they do. */
  #changes(): Map<number, ('plans' | 'orders' | 'topology')[]> {
    const changes = new Map<number, ('plans' | 'orders' | 'topology')[]>();
    const add = (at: number, what: 'plans' | 'orders' | 'topology', step = BUCKET_MS): void => {
      const minute = BEGIN + Math.ceil((at - BEGIN) / step) * step;
      changes.set(minute, [...(changes.get(minute) ?? []), what]);
    };
    for (let at = BEGIN; at < this.#world.site.end; at += DAY) add(at, 'plans');
    for (const { cancelledAt } of this.#world.plans) if (cancelledAt !== null) add(cancelledAt, 'plans');
    for (const { order } of this.#world.happenings.disconnections) {
      add(order.from, 'orders');
      add(order.to, 'orders');
    }
    for (const { from } of this.#world.site.meters) if (from > BEGIN) add(from, 'topology', TOPOLOGY_MS);
    return changes;
  }

  #order(now: number, what: readonly string[]): void {
    if (what.includes('plans')) {
      const around = this.#world.plans.filter(({ plan }) => plan.from < now + 2 * DAY && plan.to > now - 4 * DAY);
      this.#engine.setPlans(
        around.map(({ plan, cancelledAt }) =>
          cancelledAt !== null && cancelledAt <= now ? { ...plan, seq: 2, state: 'cancelled' } : plan,
        ),
      );
    }
    if (what.includes('orders')) {
      const held = this.#world.happenings.disconnections.filter(({ order }) => order.from <= now && now < order.to);
      this.#engine.setDisconnected(new Set(held.map(({ meter }) => this.#world.site.at(meter).id)));
    }
    if (what.includes('topology')) this.#engine.setTopology(buildTopology(this.#index, now));
  }
}
