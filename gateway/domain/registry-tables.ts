import type { Account, Installation, Meter, Registry } from '#contract/registry.ts';
import { equalRange, sortedBy } from './sorted.ts';

/** The long lists of a registry, as its index asks for them. Equal questions may be answered with different objects. */
export interface RegistryTables {
  readonly meterCount: number;
  meters(): Iterable<Meter>;
  accounts(): Iterable<Account>;
  /** Ascending by meter, then by `from`. */
  installations(): Iterable<Installation>;
  meter(id: string): Meter | undefined;
  /** In the order of the registry; so are those of an area and of a line. */
  metersByNo(no: string): Meter[];
  metersOfArea(area: string): readonly Meter[];
  metersOfLine(line: string): readonly Meter[];
  account(no: string): Account | undefined;
  /** Ascending by `from`; so are those of an account. */
  installationsOf(meter: string): Installation[];
  installationsOfAccount(no: string): Installation[];
  /** In an area at any time, ascending by meter, then by `from`. */
  installationsOfArea(area: string): readonly Installation[];
}

const NONE: readonly never[] = [];

/**
 * Tables over the lists of a registry. Meters have a map, because they are asked for with every reading; the rest is
 * lists of references, 8 bytes an entry, made when they are first asked for: no program needs all of them.
 */
export class ListTables implements RegistryTables {
  readonly #registry: Registry;
  readonly #meters: ReadonlyMap<string, Meter>;
  #byArea: ReadonlyMap<string, readonly Meter[]> | null = null;
  #byLine: ReadonlyMap<string, readonly Meter[]> | null = null;
  #byNo: readonly Meter[] | null = null;
  #byAccountNo: readonly Account[] | null = null;
  #byMeter: readonly Installation[] | null = null;
  #served: readonly Installation[] | null = null;
  #inArea: ReadonlyMap<string, readonly Installation[]> | null = null;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#meters = new Map(registry.meters.map((meter) => [meter.id, meter]));
  }

  get meterCount(): number {
    return this.#registry.meters.length;
  }

  meters(): Iterable<Meter> {
    return this.#registry.meters;
  }

  accounts(): Iterable<Account> {
    return this.#registry.accounts;
  }

  installations(): readonly Installation[] {
    this.#byMeter ??= sortedBy(byStart(this.#registry.installations), ({ meter }) => meter);
    return this.#byMeter;
  }

  meter(id: string): Meter | undefined {
    return this.#meters.get(id);
  }

  metersByNo(no: string): Meter[] {
    this.#byNo ??= sortedBy(this.#registry.meters, (meter) => meter.no);
    return equalRange(this.#byNo, no, (meter) => meter.no);
  }

  metersOfArea(area: string): readonly Meter[] {
    this.#byArea ??= Map.groupBy(this.#registry.meters, (meter) => meter.area);
    return this.#byArea.get(area) ?? NONE;
  }

  metersOfLine(line: string): readonly Meter[] {
    this.#byLine ??= Map.groupBy(this.#registry.meters, (meter) => meter.line);
    return this.#byLine.get(line) ?? NONE;
  }

  account(no: string): Account | undefined {
    this.#byAccountNo ??= sortedBy(this.#registry.accounts, (account) => account.no);
    return equalRange(this.#byAccountNo, no, (account) => account.no)[0];
  }

  installationsOf(meter: string): Installation[] {
    return equalRange(this.installations(), meter, (installation) => installation.meter);
  }

  installationsOfAccount(no: string): Installation[] {
    this.#served ??= sortedBy(
      byStart(this.#registry.installations.filter(({ account }) => account !== null)),
      ({ account }) => account ?? '',
    );
    return equalRange(this.#served, no, ({ account }) => account ?? '');
  }

  installationsOfArea(area: string): readonly Installation[] {
    this.#inArea ??= Map.groupBy(this.installations(), (each) => each.area ?? this.meter(each.meter)?.area ?? '');
    return this.#inArea.get(area) ?? NONE;
  }
}

function byStart(installations: readonly Installation[]): Installation[] {
  return installations.toSorted((a, b) => a.from - b.from);
}
