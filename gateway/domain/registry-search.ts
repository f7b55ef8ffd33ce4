import type { Account, Meter } from '#contract/registry.ts';
import { nameInitials } from './name-initials.ts';
import type { RegistryIndex } from './registry-index.ts';

/** What the caller typed was found in this field. */
export const SEARCH_FIELDS = ['accountNo', 'meterNo', 'name', 'initials', 'address'] as const;
export type SearchField = (typeof SEARCH_FIELDS)[number];

/** One place that answers to the text: an account with its present meters, or a meter that serves no account. */
export interface SearchHit {
  readonly account: Account | null;
  readonly meters: readonly Meter[];
  readonly matched: SearchField;
}

/** Records that are looked at before whoever drives the search may let others have a turn. */
const TURN = 2048;

/**
 * Accounts and meters with `text` in account number, meter number, name, initials of the name or address; case is
 * ignored. Whole numbers come first, then accounts in the registry's order, then meters; each account once; at most
 * `limit`. Meters and accounts are joined as they are at the instant `at`. An empty text finds nothing.
 *
 * One pass over the registry without copies, ended by the limit: a person waits for it, a reading never does.
 */
export function searchRegistry(index: RegistryIndex, text: string, at: number, limit: number): SearchHit[] {
  const found = [...searching(index, text, at, limit)];
  return found.filter((hit) => hit !== null);
}

/** The same hit by hit, with a `null` in between wherever others may have a turn. */
export function* searching(index: RegistryIndex, text: string, at: number, limit: number): Generator<SearchHit | null> {
  const wanted = text.trim();
  if (wanted === '' || limit <= 0) return;
  const seen = new Set<string>();
  for (const hit of candidates(index, wanted, at)) {
    if (hit) {
      const key = hit.account ? `account ${hit.account.no}` : `meter ${hit.meters[0]?.id}`;
      if (seen.has(key)) continue;
      seen.add(key);
    }
    yield hit;
    if (seen.size >= limit) return;
  }
}

function* candidates(index: RegistryIndex, wanted: string, at: number): Generator<SearchHit | null> {
  const ofAccount = (account: Account, matched: SearchField): SearchHit => ({
    account,
    meters: index.metersOfAccount(account.no, at),
    matched,
  });
  const ofMeter = (meter: Meter): SearchHit => ({
    account: index.accountAt(meter.id, at),
    meters: [meter],
    matched: 'meterNo',
  });
  const exact = index.account(wanted);
  if (exact) yield ofAccount(exact, 'accountNo');
  for (const meter of index.metersByNo(wanted)) yield ofMeter(meter);
  const matcher = new Matcher(wanted);
  let looked = 0;
  for (const account of index.accounts()) {
    const matched = matcher.fieldOf(account);
    if (matched) yield ofAccount(account, matched);
    if (++looked % TURN === 0) yield null;
  }
  for (const meter of index.meters()) {
    if (matcher.pattern.test(meter.no)) yield ofMeter(meter);
    if (++looked % TURN === 0) yield null;
  }
}

class Matcher {
  readonly pattern: RegExp;
  /** Lower case when the text may be initials: two letters or more, and nothing else. */
  readonly #initials: string | null;

  constructor(wanted: string) {
    this.pattern = new RegExp(RegExp.escape(wanted), 'iu');
    this.#initials = /^[a-z]{2,10}$/i.test(wanted) ? wanted.toLowerCase() : null;
  }

  fieldOf({ no, name, address }: Account): SearchField | null {
    if (this.pattern.test(no)) return 'accountNo';
    if (this.pattern.test(name)) return 'name';
    if (this.#initials !== null && this.#isInitialsOf(name, this.#initials)) return 'initials';
    return this.pattern.test(address) ? 'address' : null;
  }

  /** The whole name, or its beginning: one who types `wx` may go on to `wxm`. */
  #isInitialsOf(name: string, wanted: string): boolean {
    return nameInitials(name).some((initials) => initials.startsWith(wanted));
  }
}
