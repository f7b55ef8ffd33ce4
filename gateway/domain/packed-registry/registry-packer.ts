import type { Account, Installation, Meter, Registry } from '#contract/registry.ts';
import { RegistryIndex } from '../registry-index.ts';
import type { RegistryTables } from '../registry-tables.ts';
import { AccountColumns, PackedAccounts } from './packed-accounts.ts';
import { InstallationColumns, PackedInstallations } from './packed-installations.ts';
import { MeterColumns, PackedMeters } from './packed-meters.ts';

/**
 * Packs the long lists of a registry into columns as they come: a million meters with their accounts and installations
 * take a third of what they take as objects. Accounts and meters have to come before the installations, and those
 * ascending by meter, then by `from`. Names and addresses take nothing where they are empty.
 */
export class RegistryPacker {
  readonly #accounts = new AccountColumns();
  readonly #meters = new MeterColumns();
  readonly #installations = new InstallationColumns(this.#meters, this.#accounts);

  accounts(page: readonly Account[]): void {
    for (const account of page) this.#accounts.add(account);
  }

  meters(page: readonly Meter[]): void {
    for (const meter of page) this.#meters.add(meter);
  }

  installations(page: readonly Installation[]): void {
    for (const installation of page) this.#installations.add(installation);
  }

  /** Everything that came, with the rest of the registry. The packer is not to be used afterwards. */
  index(rest: Omit<Registry, 'accounts' | 'meters' | 'installations'>): RegistryIndex {
    const tables = new PackedTables(this.#accounts, this.#meters, this.#installations);
    // Made anew whenever somebody asks for them: the index has ways to look at all without holding them.
    const registry: Registry = {
      ...rest,
      get accounts() {
        return [...tables.accounts()];
      },
      get meters() {
        return [...tables.meters()];
      },
      get installations() {
        return [...tables.installations()];
      },
    };
    return new RegistryIndex(registry, tables);
  }
}

class PackedTables implements RegistryTables {
  readonly #accounts: PackedAccounts;
  readonly #meters: PackedMeters;
  readonly #installations: PackedInstallations;

  constructor(accounts: AccountColumns, meters: MeterColumns, installations: InstallationColumns) {
    this.#accounts = new PackedAccounts(accounts);
    this.#meters = new PackedMeters(meters);
    this.#installations = new PackedInstallations(installations, this.#meters, this.#accounts);
  }

  get meterCount(): number {
    return this.#meters.size;
  }

  meters(): Iterable<Meter> {
    return again(() => this.#meters.all());
  }

  accounts(): Iterable<Account> {
    return again(() => this.#accounts.all());
  }

  installations(): Iterable<Installation> {
    return again(() => this.#installations.all());
  }

  meter(id: string): Meter | undefined {
    const place = this.#meters.placeOf(id);
    return place === undefined ? undefined : this.#meters.at(place);
  }

  metersByNo(no: string): Meter[] {
    return this.#meters.byNo(no);
  }

  metersOfArea(area: string): Meter[] {
    return this.#meters.ofArea(area);
  }

  metersOfLine(line: string): Meter[] {
    return this.#meters.ofLine(line);
  }

  account(no: string): Account | undefined {
    const place = this.#accounts.placeOf(no);
    return place === undefined ? undefined : this.#accounts.at(place);
  }

  installationsOf(meter: string): Installation[] {
    return this.#installations.ofMeter(this.#meters.placeOf(meter));
  }

  installationsOfAccount(no: string): Installation[] {
    return this.#installations.ofAccount(this.#accounts.placeOf(no));
  }

  installationsOfArea(area: string): Installation[] {
    return this.#installations.ofArea(area);
  }
}

/** What can be walked several times. */
function again<T>(begin: () => Iterator<T>): Iterable<T> {
  return { [Symbol.iterator]: begin };
}
