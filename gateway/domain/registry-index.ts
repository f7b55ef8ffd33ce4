import { type MeterModel, modelsWith } from '#contract/models.ts';
import type { Account, Area, Feeder, Installation, Line, Meter, Registry } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { ListTables, type RegistryTables } from './registry-tables.ts';
import { AreaStays, type StaysByRole } from './usage/area-stays.ts';
import { type Stay, stayOf } from './usage/stay-usage.ts';

/** Everything above a meter. `null` where the registry does not say. */
export interface Place {
  readonly district: string | null;
  readonly feeder: string | null;
  readonly area: string;
  readonly collector: string | null;
  readonly concentrator: string | null;
  readonly line: string;
  readonly model: string;
  readonly protocol: Line['protocol'] | null;
  readonly manufacturer: string | null;
}

/**
 * The registry made answerable, in memory: every question by key is one look-up or one binary search. How its long
 * lists are kept is up to the tables: a district may have a million meters.
 */
export class RegistryIndex {
  readonly registry: Registry;
  readonly #tables: RegistryTables;
  readonly #areas: ReadonlyMap<string, Area>;
  readonly #feeders: ReadonlyMap<string, Feeder>;
  readonly #lines: ReadonlyMap<string, Line>;
  readonly #model: (id: string) => MeterModel | undefined;
  /** Meters at the heads of feeders: whatever area they are booked on, they do not supply it. */
  readonly #heads: ReadonlySet<string>;
  /** Made when first asked for: not every program works out areas. */
  #areaStays: AreaStays | null = null;
  #firstCollected: number | null = null;

  constructor(registry: Registry, tables: RegistryTables = new ListTables(registry)) {
    this.registry = registry;
    this.#tables = tables;
    this.#model = modelsWith(registry.profiles);
    this.#areas = new Map(registry.areas.map((area) => [area.id, area]));
    this.#feeders = new Map(registry.feeders.map((feeder) => [feeder.id, feeder]));
    this.#lines = new Map(registry.lines.map((line) => [line.id, line]));
    this.#heads = new Set(registry.feeders.flatMap(({ supplyMeters }) => supplyMeters ?? []));
  }

  get meterCount(): number {
    return this.#tables.meterCount;
  }

  /** All of them, for whoever looks at one after the other and holds none. */
  meters(): Iterable<Meter> {
    return this.#tables.meters();
  }

  /** When the first of all meters was first planned for collection, UTC ms; Infinity without meters. */
  get firstCollected(): number {
    if (this.#firstCollected === null) {
      let first = Number.POSITIVE_INFINITY;
      for (const { collectedFrom } of this.#tables.meters()) if (collectedFrom < first) first = collectedFrom;
      this.#firstCollected = first;
    }
    return this.#firstCollected;
  }

  accounts(): Iterable<Account> {
    return this.#tables.accounts();
  }

  /** Ascending by meter, then by `from`. */
  installations(): Iterable<Installation> {
    return this.#tables.installations();
  }

  meter(id: string): Meter | undefined {
    return this.#tables.meter(id);
  }

  /** Meters with this number on the plate; more than one where makers use the same numbers. */
  metersByNo(no: string): Meter[] {
    return this.#tables.metersByNo(no);
  }

  account(no: string): Account | undefined {
    return this.#tables.account(no);
  }

  area(id: string): Area | undefined {
    return this.#areas.get(id);
  }

  feeder(id: string): Feeder | undefined {
    return this.#feeders.get(id);
  }

  line(id: string): Line | undefined {
    return this.#lines.get(id);
  }

  task(id: string): Task | undefined {
    return this.registry.tasks.find((task) => task.id === id);
  }

  /** The catalogue's or the site's own entry, or undefined when the registry names a model that is no longer there. */
  modelOf(meter: Meter): MeterModel | undefined {
    return this.#model(meter.model);
  }

  /** All meters of an area that were ever there, in the registry's order; so are those of line, feeder and so on. */
  metersOfArea(area: string): readonly Meter[] {
    return this.#tables.metersOfArea(area);
  }

  metersOfLine(line: string): readonly Meter[] {
    return this.#tables.metersOfLine(line);
  }

  areasOfFeeder(feeder: string): Area[] {
    return this.registry.areas.filter((area) => area.feeder === feeder);
  }

  metersOfFeeder(feeder: string): Meter[] {
    return this.areasOfFeeder(feeder).flatMap((area) => this.metersOfArea(area.id));
  }

  /** Meters whose area's feeder belongs to the district, whichever collector reads them. */
  metersOfDistrict(district: string): Meter[] {
    return this.registry.feeders
      .filter((feeder) => feeder.district === district)
      .flatMap((feeder) => this.metersOfFeeder(feeder.id));
  }

  metersOfCollector(collector: string): Meter[] {
    return this.registry.lines
      .filter((line) => line.collector === collector)
      .flatMap((line) => this.metersOfLine(line.id));
  }

  /** 装拆记录 of a meter, oldest first. */
  installationsOf(meter: string): Installation[] {
    return this.#tables.installationsOf(meter);
  }

  /** The installation of a meter that covers an instant (`from` included, `to` not), or null. */
  installationAt(meter: string, at: number): Installation | null {
    return this.installationsOf(meter).find((installation) => covers(installation, at)) ?? null;
  }

  /** The account that a meter serves at an instant, or null: none installed, or a supply or check meter. */
  accountAt(meter: string, at: number): Account | null {
    const no = this.installationAt(meter, at)?.account ?? null;
    return no === null ? null : (this.account(no) ?? null);
  }

  /** Meters that serve an account at an instant. */
  metersOfAccount(no: string, at: number): Meter[] {
    return this.#tables
      .installationsOfAccount(no)
      .filter((installation) => covers(installation, at))
      .flatMap((installation) => this.#tables.meter(installation.meter) ?? []);
  }

  /** 台区总表: the supply meter of an area that is installed at an instant, or null. */
  supplyMeterOf(area: string, at: number): Meter | null {
    const supplies = this.metersOfArea(area).filter(({ id, role }) => role === 'supply' && !this.#heads.has(id));
    return supplies.find((meter) => this.installationAt(meter.id, at) !== null) ?? null;
  }

  placeOf(meter: Meter): Place {
    const line = this.#lines.get(meter.line);
    const feeder = this.#areas.get(meter.area)?.feeder ?? null;
    return {
      district: feeder === null ? null : (this.#feeders.get(feeder)?.district ?? null),
      feeder,
      area: meter.area,
      collector: line?.collector ?? null,
      concentrator: line?.concentrator ?? null,
      line: meter.line,
      model: meter.model,
      protocol: line?.protocol ?? null,
      manufacturer: meter.maker ?? null,
    };
  }

  /** Stays of a meter, oldest first; none of a meter that is unknown. */
  staysOf(meter: string): Stay[] {
    const known = this.#tables.meter(meter);
    return known ? this.installationsOf(meter).map((installation) => stayOf(known, installation)) : [];
  }

  /** Stays of all meters that ever served an account, oldest first; a meter that is unknown is left out. */
  staysOfAccount(no: string): Stay[] {
    return this.#tables.installationsOfAccount(no).flatMap((installation) => {
      const meter = this.#tables.meter(installation.meter);
      return meter ? [stayOf(meter, installation)] : [];
    });
  }

  /** Area in which a meter hung at an instant, or null when it was installed nowhere. */
  areaAt(meter: string, at: number): string | null {
    return this.#stayAt(meter, at)?.area ?? null;
  }

  /** CT × PT of a meter at an instant, or null when it was installed nowhere. */
  ratioAt(meter: string, at: number): number | null {
    return this.#stayAt(meter, at)?.ratio ?? null;
  }

  /** All that hung in an area at some moment of [from, to), without the meters at heads of feeders. */
  staysOfArea(area: string, from: number, to: number): StaysByRole {
    return this.#stays().of(area, from, to);
  }

  /** Changes when who hung in the area, when, in which role or with which ratio does: 16 hexadecimal digits. */
  topologyVersion(area: string): string {
    return this.#stays().version(area);
  }

  /** Meters at the head of a feeder; none where a feeder is the sum of its areas. */
  feederSupplyMeters(feeder: string): Meter[] {
    const heads = this.#feeders.get(feeder)?.supplyMeters ?? [];
    return heads.flatMap((id) => this.#tables.meter(id) ?? []);
  }

  #stayAt(meter: string, at: number): Stay | null {
    const known = this.#tables.meter(meter);
    const installation = known && this.installationAt(meter, at);
    return installation ? stayOf(known, installation) : null;
  }

  #stays(): AreaStays {
    this.#areaStays ??= new AreaStays(
      (area) => this.#tables.installationsOfArea(area),
      (id) => this.#tables.meter(id),
      (id) => this.#heads.has(id),
    );
    return this.#areaStays;
  }
}

function covers(installation: Installation, at: number): boolean {
  return installation.from <= at && (installation.to === null || at < installation.to);
}
