import { type MeterModel, modelsWith } from '#contract/models.ts';
import type { Account, Area, Feeder, Installation, Line, Meter, Registry } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { equalRange, sortedBy } from './sorted.ts';
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

const NONE: readonly never[] = [];

/**
 * The registry made answerable, in memory: every question by key is one map look-up or one binary search. Only what
 * is asked for with every reading (meter, area, line) has a map of its own; numbers, accounts and installations are
 * sorted lists of references, 8 bytes an entry, because a district may have a million meters.
 */
export class RegistryIndex {
  readonly registry: Registry;
  readonly #meters: ReadonlyMap<string, Meter>;
  readonly #areas: ReadonlyMap<string, Area>;
  readonly #feeders: ReadonlyMap<string, Feeder>;
  readonly #lines: ReadonlyMap<string, Line>;
  readonly #byArea: ReadonlyMap<string, readonly Meter[]>;
  readonly #byLine: ReadonlyMap<string, readonly Meter[]>;
  readonly #byNo: readonly Meter[];
  readonly #accounts: readonly Account[];
  /** Ascending by meter, then by `from`. */
  readonly #installations: readonly Installation[];
  readonly #served: readonly Installation[];
  readonly #model: (id: string) => MeterModel | undefined;
  /** Meters at the heads of feeders: whatever area they are booked on, they do not supply it. */
  readonly #heads: ReadonlySet<string>;
  /** Made when first asked for: not every program works out areas. */
  #areaStays: AreaStays | null = null;

  constructor(registry: Registry) {
    this.registry = registry;
    this.#model = modelsWith(registry.profiles);
    this.#meters = new Map(registry.meters.map((meter) => [meter.id, meter]));
    this.#areas = new Map(registry.areas.map((area) => [area.id, area]));
    this.#feeders = new Map(registry.feeders.map((feeder) => [feeder.id, feeder]));
    this.#lines = new Map(registry.lines.map((line) => [line.id, line]));
    this.#byArea = Map.groupBy(registry.meters, (meter) => meter.area);
    this.#byLine = Map.groupBy(registry.meters, (meter) => meter.line);
    this.#byNo = sortedBy(registry.meters, (meter) => meter.no);
    this.#accounts = sortedBy(registry.accounts, (account) => account.no);
    this.#heads = new Set(registry.feeders.flatMap(({ supplyMeters }) => supplyMeters ?? []));
    const byStart = [...registry.installations].sort((a, b) => a.from - b.from);
    this.#installations = sortedBy(byStart, (installation) => installation.meter);
    this.#served = sortedBy(
      byStart.filter((installation) => installation.account !== null),
      (installation) => installation.account ?? '',
    );
  }

  meter(id: string): Meter | undefined {
    return this.#meters.get(id);
  }

  /** Meters with this number on the plate; more than one where makers use the same numbers. */
  metersByNo(no: string): Meter[] {
    return equalRange(this.#byNo, no, (meter) => meter.no);
  }

  account(no: string): Account | undefined {
    return equalRange(this.#accounts, no, (account) => account.no)[0];
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
    return this.#byArea.get(area) ?? NONE;
  }

  metersOfLine(line: string): readonly Meter[] {
    return this.#byLine.get(line) ?? NONE;
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
    return equalRange(this.#installations, meter, (installation) => installation.meter);
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
    return equalRange(this.#served, no, (installation) => installation.account ?? '')
      .filter((installation) => covers(installation, at))
      .flatMap((installation) => this.#meters.get(installation.meter) ?? []);
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
    const known = this.#meters.get(meter);
    return known ? this.installationsOf(meter).map((installation) => stayOf(known, installation)) : [];
  }

  /** Stays of all meters that ever served an account, oldest first; a meter that is unknown is left out. */
  staysOfAccount(no: string): Stay[] {
    return equalRange(this.#served, no, (installation) => installation.account ?? '').flatMap((installation) => {
      const meter = this.#meters.get(installation.meter);
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
    return heads.flatMap((id) => this.#meters.get(id) ?? []);
  }

  #stayAt(meter: string, at: number): Stay | null {
    const known = this.#meters.get(meter);
    const installation = known && this.installationAt(meter, at);
    return installation ? stayOf(known, installation) : null;
  }

  #stays(): AreaStays {
    this.#areaStays ??= new AreaStays(
      this.#installations,
      (id) => this.#meters.get(id),
      (id) => this.#heads.has(id),
    );
    return this.#areaStays;
  }
}

function covers(installation: Installation, at: number): boolean {
  return installation.from <= at && (installation.to === null || at < installation.to);
}
