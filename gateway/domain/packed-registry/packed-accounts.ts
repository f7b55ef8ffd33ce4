import type { Account } from '#contract/registry.ts';
import { TextNumbers } from '../text-numbers.ts';
import { FewValues, places, TextColumn } from './columns.ts';

/** Accounts being packed. */
export class AccountColumns {
  readonly nos = new TextNumbers();
  readonly kinds = new FewValues<Omit<Account, 'no' | 'name' | 'address'>>();
  readonly kind = places();
  readonly names = new TextColumn();
  readonly addresses = new TextColumn();

  add({ no, name, address, category, priority, status, contractKw }: Account): void {
    this.nos.add(no);
    this.names.push(name);
    this.addresses.push(address);
    const kind = { category, priority, status };
    this.kind.push(this.kinds.placeOf(contractKw === undefined ? kind : { ...kind, contractKw }));
  }
}

/** Accounts as columns. */
export class PackedAccounts {
  readonly #columns: AccountColumns;
  readonly #kind: Int32Array;

  constructor(columns: AccountColumns) {
    this.#columns = columns;
    this.#kind = columns.kind.taken();
  }

  get size(): number {
    return this.#columns.nos.size;
  }

  placeOf(no: string): number | undefined {
    return this.#columns.nos.numberOf(no);
  }

  noAt(place: number): string | null {
    return this.#columns.nos.texts[place] ?? null;
  }

  at(place: number): Account {
    const { nos, kinds, names, addresses } = this.#columns;
    const no = nos.texts[place] ?? '';
    return { no, name: names.at(place), address: addresses.at(place), ...kinds.at(this.#kind[place] ?? 0) };
  }

  *all(): Generator<Account> {
    for (let place = 0; place < this.size; place++) yield this.at(place);
  }
}
