import type { Anomaly } from '#contract/anomaly.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { AnomalyBook } from './anomaly-book.ts';

/** Closes what is open of meters that hang nowhere any more: no data of theirs will ever end it. */
export async function closeGoneMeters(book: AnomalyBook, index: RegistryIndex, now: number): Promise<void> {
  const gone: Anomaly[] = [];
  for (const anomaly of book.open()) {
    if (index.installationAt(anomaly.meter, now) !== null) continue;
    const removedAt = index.installationsOf(anomaly.meter).at(-1)?.to ?? now;
    gone.push({ ...anomaly, closedAt: Math.max(anomaly.openedAt, Math.min(removedAt, now)) });
  }
  await book.keep({ anomalies: gone });
}
