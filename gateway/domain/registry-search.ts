import type { Account, Meter } from '#contract/registry.ts';
import type { RegistryIndex } from './registry-index.ts';

/** What the caller typed was found in this field. */
export const SEARCH_FIELDS = ['accountNo', 'meterNo', 'name', 'address'] as const;
export type SearchField = (typeof SEARCH_FIELDS)[number];

/** One place that answers to the text: an account with its present meters, or a meter that serves no account. */
export interface SearchHit {
  readonly account: Account | null;
  readonly meters: readonly Meter[];
  readonly matched: SearchField;
}

/**
 * Accounts and meters with `text` in account number, meter number, name or address; case is ignored. Whole numbers
 * come first, then accounts in the registry's order, then meters; each account once; at most `limit`. Meters and
 * accounts are joined as they are at the instant `at`. An empty text finds nothing.
 *
 * One pass over the registry without copies, ended by the limit: a person waits for it, a reading never does.
 */
export function searchRegistry(index: RegistryIndex, text: string, at: number, limit: number): SearchHit[] {
  const wanted = text.trim();
  if (wanted === '' || limit <= 0) return [];
  const hits = new Map<string, SearchHit>();
  for (const hit of candidates(index, wanted, at)) {
    const key = hit.account ? `account ${hit.account.no}` : `meter ${hit.meters[0]?.id}`;
    if (!hits.has(key)) hits.set(key, hit);
    if (hits.size >= limit) break;
  }
  return [...hits.values()];
}

function* candidates(index: RegistryIndex, wanted: string, at: number): Generator<SearchHit> {
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
  const pattern = new RegExp(RegExp.escape(wanted), 'iu');
  for (const account of index.accounts()) {
    const matched = matchedField(account, pattern);
    if (matched) yield ofAccount(account, matched);
  }
  for (const meter of index.meters()) if (pattern.test(meter.no)) yield ofMeter(meter);
}

function matchedField(account: Account, pattern: RegExp): SearchField | null {
  if (pattern.test(account.no)) return 'accountNo';
  if (pattern.test(account.name)) return 'name';
  return pattern.test(account.address) ? 'address' : null;
}
