import type { Account } from '#contract/registry.ts';
import { TextNumbers } from '../text-numbers.ts';
import { FewValues, places, TextColumn } from './columns.ts';

/** Accounts being packed. */
export class AccountColumns {
  readonly nos = new TextNumbers();
  readonly kinds = new FewValues<Pick<Account, 'category' | 'priority' | 'status'>>();
  readonly kind = places();
  readonly names = new TextColumn();
  readonly addresses = new TextColumn();

  add({ no, name, address, category, priority, status }: Account): void {
    this.nos.add(no);
    this.names.push(name);
    this.addresses.push(address);
    this.kind.push(this.kinds.placeOf({ category, priority, status }));
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
    const { category, priority, status } = kinds.at(this.#kind[place] ?? 0);
    const no = nos.texts[place] ?? '';
    return { no, name: names.at(place), address: addresses.at(place), category, priority, status };
  }

  *all(): Generator<Account> {
    for (let place = 0; place < this.size; place++) yield this.at(place);
  }
}
