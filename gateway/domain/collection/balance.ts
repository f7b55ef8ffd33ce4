/** Numbers of one hop of the ledger: a collector's own, a day's figures, or what a store holds. */
export interface LedgerCounts {
  readonly due: number;
  /** Values of any quality, the suspect ones included. */
  readonly answered: number;
  readonly failed: number;
  readonly open: number;
  readonly excluded?: number;
  /** Where the answered values are now, if that is known. */
  readonly whereabouts?: { readonly committed: number; readonly spooled: number; readonly quarantined: number };
}

/** An equation of the ledger that does not hold. `difference` = left − right. */
export interface LedgerDifference {
  readonly equation: 'due = answered + failed + open + excluded' | 'answered = committed + spooled + quarantined';
  readonly left: number;
  readonly right: number;
  readonly difference: number;
}

/**
 * Equations of the ledger that do not hold; empty when it balances. A positive difference means that reads are lost
 * sight of, a negative one that something was counted twice.
 */
export function ledgerDifferences(counts: LedgerCounts): LedgerDifference[] {
  const { due, answered, failed, open, excluded = 0, whereabouts } = counts;
  const differences = [compare('due = answered + failed + open + excluded', due, answered + failed + open + excluded)];
  if (whereabouts) {
    const { committed, spooled, quarantined } = whereabouts;
    const found = committed + spooled + quarantined;
    differences.push(compare('answered = committed + spooled + quarantined', answered, found));
  }
  return differences.filter(({ difference }) => difference !== 0);
}

function compare(equation: LedgerDifference['equation'], left: number, right: number): LedgerDifference {
  return { equation, left, right, difference: left - right };
}
