import type { Static } from 'typebox';
import type { Account } from '#contract/registry.ts';
import type { AccountShape } from '../schemas/meters.ts';

/** What is told of an account, wherever one is told of; null for a meter that serves none. */
export function accountShape(account: Account | null): Static<typeof AccountShape> | null {
  return account && { ...account, contractKw: account.contractKw ?? null };
}
