import type { Installation } from '#contract/registry.ts';
import { TextNumbers } from '../text-numbers.ts';
import { FewValues, Grouped, NO_PLACE, places, quantities } from './columns.ts';
import type { AccountColumns, PackedAccounts } from './packed-accounts.ts';
import type { MeterColumns, PackedMeters } from './packed-meters.ts';

type Where = Pick<Installation, 'area' | 'ct' | 'pt'>;

/** Installations being packed, each after its meter and its account; those of unknown meters are left out. */
export class InstallationColumns {
  readonly #meters: MeterColumns;
  readonly #accounts: AccountColumns;
  readonly wheres = new FewValues<Where>();
  readonly meter = places();
  readonly account = places();
  readonly where = places();
  readonly from = quantities();
  readonly to = quantities();
  readonly startWh = quantities();
  readonly endWh = quantities();

  constructor(meters: MeterColumns, accounts: AccountColumns) {
    this.#meters = meters;
    this.#accounts = accounts;
  }

  add({ meter, account, from, to, startWh, endWh, area, ct, pt }: Installation): void {
    const place = this.#meters.ids.numberOf(meter);
    if (place === undefined) return;
    this.meter.push(place);
    this.account.push(account === null ? NO_PLACE : this.#accountOf(account));
    const its = {
      ...(area !== undefined && { area }),
      ...(ct !== undefined && { ct }),
      ...(pt !== undefined && { pt }),
    };
    this.where.push(this.wheres.placeOf(its));
    this.from.push(from);
    this.to.push(to ?? Number.NaN);
    this.startWh.push(startWh ?? Number.NaN);
    this.endWh.push(endWh ?? Number.NaN);
  }

  #accountOf(no: string): number {
    const place = this.#accounts.nos.numberOf(no);
    if (place === undefined) throw new RangeError(`cannot pack an installation at account ${no}: it is not known`);
    return place;
  }
}

/** Installations as columns; NaN is null. */
export class PackedInstallations {
  readonly #meters: PackedMeters;
  readonly #accounts: PackedAccounts;
  readonly #wheres: FewValues<Where>;
  readonly #meter: Int32Array;
  readonly #account: Int32Array;
  readonly #where: Int32Array;
  readonly #from: Float64Array;
  readonly #to: Float64Array;
  readonly #startWh: Float64Array;
  readonly #endWh: Float64Array;
  readonly #byMeter: Grouped;
  #byAccount: Grouped | null = null;
  #byArea: { readonly areas: TextNumbers; readonly rows: Grouped } | null = null;

  constructor(columns: InstallationColumns, meters: PackedMeters, accounts: PackedAccounts) {
    this.#meters = meters;
    this.#accounts = accounts;
    this.#wheres = columns.wheres;
    this.#meter = columns.meter.taken();
    this.#account = columns.account.taken();
    this.#where = columns.where.taken();
    this.#from = columns.from.taken();
    this.#to = columns.to.taken();
    this.#startWh = columns.startWh.taken();
    this.#endWh = columns.endWh.taken();
    this.#byMeter = new Grouped(this.#meter, meters.size);
  }

  at(row: number): Installation {
    const account = this.#account[row] ?? NO_PLACE;
    return {
      meter: this.#meters.idAt(this.#meter[row] ?? NO_PLACE),
      account: account === NO_PLACE ? null : this.#accounts.noAt(account),
      from: this.#from[row] ?? Number.NaN,
      to: orNull(this.#to[row]),
      startWh: orNull(this.#startWh[row]),
      endWh: orNull(this.#endWh[row]),
      ...this.#wheres.at(this.#where[row] ?? 0),
    };
  }

  *all(): Generator<Installation> {
    for (let row = 0; row < this.#meter.length; row++) yield this.at(row);
  }

  /** Oldest first. */
  ofMeter(place: number | undefined): Installation[] {
    return this.#some(this.#byMeter.of(place)).sort((a, b) => a.from - b.from);
  }

  /** Oldest first. */
  ofAccount(place: number | undefined): Installation[] {
    this.#byAccount ??= new Grouped(this.#account, this.#accounts.size);
    return this.#some(this.#byAccount.of(place)).sort((a, b) => a.from - b.from);
  }

  ofArea(area: string): Installation[] {
    this.#byArea ??= this.#inAreas();
    const { areas, rows } = this.#byArea;
    return this.#some(rows.of(areas.numberOf(area)));
  }

  #some(rows: Int32Array): Installation[] {
    return Array.from(rows, (row) => this.at(row));
  }

  #inAreas(): { readonly areas: TextNumbers; readonly rows: Grouped } {
    const areas = new TextNumbers();
    const of = new Int32Array(this.#meter.length);
    for (const [row, place] of this.#meter.entries()) {
      of[row] = areas.add(this.#wheres.at(this.#where[row] ?? 0).area ?? this.#meters.areaAt(place));
    }
    return { areas, rows: new Grouped(of, areas.size) };
  }
}

function orNull(number: number | undefined): number | null {
  return number === undefined || Number.isNaN(number) ? null : number;
}
