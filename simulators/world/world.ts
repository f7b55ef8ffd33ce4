import { type Fault, type FaultKind, spanOf, type Target } from '../faults/fault.ts';
import { type FaultChange, FaultSet } from '../faults/fault-set.ts';
import { BaseLoad } from '../load/base-load.ts';
import { DayCache } from '../load/day-source.ts';
import { seedOf } from '../load/hash.ts';
import { SupplySource } from '../load/supply-source.ts';
import { SimMeter } from './meter.ts';
import type { AreaSpec, DistrictSpec, LineSpec, MeterSpec } from './spec.ts';
import { TerminalPower } from './terminal-power.ts';

/** Panels of an area below this share of its mean load cannot feed back even at the least load and full sun. */
const SMALL_PANELS = 0.25;

/** Faults that change what flows to a customer, and so what the area's supply meter counts. */
const FLOW_KINDS: readonly FaultKind[] = ['no-power', 'relay-open', 'breaker-open', 'phase-lost', 'overload'];

/** Faults that take the power of meters. */
const DARKENING: readonly FaultKind[] = ['no-power', 'phase-lost'];

/**
 * The simulated field. Give it the same district and the same faults and it gives the same answers: servers put it on
 * the wire, tests ask it what a correct collector must have stored.
 */
export class World {
  readonly spec: DistrictSpec;
  readonly faults: FaultSet;
  readonly #meters = new Map<string, SimMeter>();
  readonly #supplies = new Map<string, { readonly meter: SimMeter; readonly source: SupplySource }[]>();
  readonly #lines: ReadonlyMap<string, LineSpec>;
  readonly #byLine = new Map<string, SimMeter[]>();
  /** By area. */
  readonly #feeders: ReadonlyMap<string, string>;

  /** `cachedDays`: meter days whose quarter hours are kept in memory (1.5 kB each). */
  constructor(spec: DistrictSpec, cachedDays = 8_192) {
    this.spec = spec;
    this.#lines = new Map(spec.lines.map((line) => [line.id, line]));
    this.#feeders = new Map(spec.areas.map(({ id, feeder }) => [id, feeder]));
    this.faults = new FaultSet((target) => this.#exists(target));
    const cache = new DayCache(cachedDays);
    const byArea = new Map<string, SimMeter[]>(spec.areas.map((area) => [area.id, []]));
    for (const meter of spec.meters) {
      if (!meter.load) continue;
      const customer = this.#add(meter, new BaseLoad(seedOf(meter.id, spec.seed ^ 0x5eed), meter.load, cache));
      byArea.get(meter.area)?.push(customer);
    }
    const areas = new Map(spec.areas.map((area) => [area.id, area]));
    for (const meter of spec.meters) {
      const area = areas.get(meter.area);
      if (!meter.load && area) this.#addSupply(meter, area, byArea.get(area.id) ?? [], cache);
    }
    this.faults.onChange((change) => this.#changed(change));
  }

  get meters(): readonly SimMeter[] {
    return [...this.#meters.values()];
  }

  find(id: string): SimMeter | undefined {
    return this.#meters.get(id);
  }

  /** Throws when there is no such meter. */
  meter(id: string): SimMeter {
    const found = this.#meters.get(id);
    if (!found) throw new Error(`there is no simulated meter ${id}`);
    return found;
  }

  /** Throws when there is no such line. */
  line(id: string): LineSpec {
    const found = this.#lines.get(id);
    if (!found) throw new Error(`there is no simulated line ${id}`);
    return found;
  }

  metersOn(line: string): readonly SimMeter[] {
    return this.#byLine.get(line) ?? [];
  }

  /** True while a line as a whole is cut off, or its terminal has no power. */
  isOffline(line: string, nowMs: number): boolean {
    return this.faults.isOffline(line, nowMs) || (this.terminalPower(line)?.isOff(nowMs) ?? false);
  }

  /**
   * The next instant after `nowMs` at which something begins or ends for the line, or for the supply of its terminal and
   * of the meters that the terminal speaks for; undefined when nothing is to come.
   */
  nextBorder(line: string, nowMs: number): number | undefined {
    const own = this.faults.nextBorder(line, nowMs) ?? Number.POSITIVE_INFINITY;
    const power = this.terminalPower(line);
    if (!power) return Number.isFinite(own) ? own : undefined;
    const faults = new Set(this.metersOn(line).flatMap((meter) => meter.faults));
    const borders = [...faults]
      .filter(({ kind }) => DARKENING.includes(kind))
      .flatMap(({ from, until }) => [from, until]);
    const coming = [...power.borders, ...borders].flatMap((border) =>
      border !== null && border > nowMs ? [border] : [],
    );
    const next = coming.reduce((least, border) => Math.min(least, border), own);
    return Number.isFinite(next) ? next : undefined;
  }

  /** Null where the line has no terminal of its own, and where no meter says which area it stands in. */
  terminalPower(line: string): TerminalPower | null {
    const spec = this.line(line);
    const [first] = this.metersOn(line);
    return spec.terminal && first ? new TerminalPower(spec, () => first.faults) : null;
  }

  #add(spec: MeterSpec, source: BaseLoad | SupplySource): SimMeter {
    const where = { faults: this.faults, feeder: this.#feeders.get(spec.area) ?? '' };
    const meter = new SimMeter(spec, this.spec.seed, source, where);
    this.#meters.set(spec.id, meter);
    const neighbours = this.#byLine.get(spec.line) ?? [];
    neighbours.push(meter);
    this.#byLine.set(spec.line, neighbours);
    return meter;
  }

  #addSupply(spec: MeterSpec, area: AreaSpec, customers: readonly SimMeter[], cache: DayCache): void {
    const pvW = customers.reduce((sum, { spec: { load } }) => sum + (load?.pvPeakW ?? 0), 0);
    const loadW = customers.reduce((sum, { spec: { load } }) => sum + (load?.meanWhPerDay ?? 0) / 24, 0);
    const source = new SupplySource(
      customers.map((customer) => customer.flow),
      { loss: area.loss, ratio: spec.ct, panels: pvW === 0 ? 'none' : pvW <= SMALL_PANELS * loadW ? 'small' : 'large' },
      cache,
    );
    const supplies = this.#supplies.get(area.id) ?? [];
    supplies.push({ meter: this.#add(spec, source), source });
    this.#supplies.set(area.id, supplies);
  }

  #exists({ kind, id }: Target): boolean {
    if (kind === 'meter') return this.#meters.has(id);
    if (kind === 'line') return this.#lines.has(id);
    if (kind === 'area') return this.#feeders.has(id);
    if (kind === 'feeder') return this.spec.feeders.some((feeder) => feeder.id === id);
    return this.meters.some((meter) => meter.isStruckBy({ kind, id }));
  }

  #changed({ fault, previous }: FaultChange): void {
    const both = previous ? [fault, previous] : [fault];
    const fromS = Math.min(...both.map((one) => spanOf(one).fromS));
    const areas = new Set<string>();
    for (const meter of this.#meters.values()) {
      const struck = both.filter(({ target }) => meter.isStruckBy(target));
      if (struck.length === 0) continue;
      meter.faultsChanged(fromS);
      if (meter.spec.role === 'customer' && struck.some(changesFlow)) areas.add(meter.spec.area);
    }
    for (const area of areas) {
      for (const { meter, source } of this.#supplies.get(area) ?? []) {
        source.forget();
        meter.faultsChanged(fromS);
      }
    }
  }
}

function changesFlow(fault: Fault): boolean {
  return FLOW_KINDS.includes(fault.kind);
}
