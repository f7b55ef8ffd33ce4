import type { NewReadings } from '#stores/reading-store.ts';
import type { LedgerCommit } from '#stores/state-store.ts';
import { batchOf, QUARTER_MS, SLOT } from './reading-samples.ts';
import { commit, outcome } from './state-samples.ts';

/** What the killed writer writes as its n-th step: everything follows from n, so it can be checked without a log. */
const METERS = Array.from({ length: 40 }, (_, m) => `m${String(m).padStart(2, '0')}`);

export function slotOf(n: number): number {
  return SLOT + n * QUARTER_MS;
}

/** The n-th write also brings a meter that was never seen before. */
export function readingsOf(n: number): NewReadings {
  const meters = [...METERS, `new${String(n).padStart(6, '0')}`];
  const rows = meters.map((meter, m) => ({ slot: slotOf(n), meter, values: [n * 1000 + m] }));
  return batchOf('profile', ['energy_import_wh'], rows);
}

export function ledgerOf(n: number): LedgerCommit {
  return commit({
    outcomes: METERS.map((meter) => outcome({ meter, slot: slotOf(n), attempts: n })),
    baselines: [{ meter: 'm00', slot: slotOf(n), importWh: n }],
    marks: [{ collector: 'c1', epoch: 'e1', upTo: n + 1, ranges: [], lost: 0 }],
  });
}
