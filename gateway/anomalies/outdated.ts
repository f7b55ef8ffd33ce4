import type { Anomaly } from '#contract/anomaly.ts';
import type { RuleBasis } from '#domain/anomalies/transition.ts';
import type { BookChanges } from './anomaly-book.ts';
import { type FoundAnomalies, isOfBasis } from './found-anomalies.ts';

interface JudgedAgain {
  readonly basis: RuleBasis;
  /** What was judged again, UTC ms, both included. */
  readonly from: number;
  readonly until: number;
  /** Nothing was remembered from before. */
  readonly isFresh: boolean;
  readonly found: FoundAnomalies;
}

/**
 * What has to change in the book after a time was judged again: what was found now, and of what is stored what opened
 * in that time and was not found any more, or closed in it and did not any more. Where nothing was remembered, what was
 * open before ends: if it lasts, it is found anew.
 */
export async function outdated(
  stored: AsyncIterable<Anomaly> | Iterable<Anomaly>,
  { basis, from, until, isFresh, found }: JudgedAgain,
): Promise<BookChanges> {
  const withdrawn: string[] = [];
  const changed: Anomaly[] = [];
  for await (const anomaly of stored) {
    const { id, openedAt, closedAt } = anomaly;
    if (found.has(id) || !isOfBasis(anomaly, basis)) continue;
    if (openedAt >= from && openedAt <= until) withdrawn.push(id);
    else if (openedAt < from && closedAt === null && isFresh) changed.push({ ...anomaly, closedAt: until });
    else if (openedAt < from && closedAt !== null && closedAt >= from && closedAt <= until && !isFresh) {
      changed.push({ ...anomaly, closedAt: null });
    }
  }
  return { anomalies: [...found.anomalies, ...changed], withdrawn };
}
