import { expect } from 'vitest';
import type { Chain } from './chain.ts';
import { excessOf } from './chain-sizes.ts';

export function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}

/**
 * The pass rule of every fault test: after the fault all that is due is settled and committed, the ledger balances,
 * memory and files are bounded, and the oracle has nothing to say. Ends the chain. `mayBeSetAside`: what the test itself
 * has made the centre quarantine, as `kind: why`.
 */
export async function expectSound(
  chain: Chain,
  deadlineMs: number,
  mayBeSetAside: (entry: string) => boolean = () => false,
): Promise<void> {
  const quietMs = await chain.quiet(deadlineMs);
  const books = await chain.books();
  const measured = chain.sizes();
  const sizes = Object.entries(measured).map(([name, mb]) => `${name} ${mb.toFixed(1)} MB`);
  expect(books.unbalanced).toEqual([]);
  expect(excessOf(measured)).toEqual([]);
  const found = await chain.audit();
  tell(
    `all settled and committed after ${seconds(quietMs)}; ${books.due} due, ${books.answered} answered, ${books.failed} failed`,
  );
  tell(`${found.readings} readings, ${found.outcomes} outcomes, ${found.events} events; ${sizes.join(', ')}`);
  const { invented, doubled, lost } = found;
  const quarantined = found.quarantined.filter((entry) => !mayBeSetAside(entry));
  expect({ invented, doubled, lost, quarantined }).toEqual({ invented: [], doubled: [], lost: [], quarantined: [] });
  expect(found.readings).toBeGreaterThan(1000);
  expect(found.events).toBeGreaterThan(0);
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
