import type { Ack } from '#contract/ack.ts';
import type { Range } from './ranges.ts';

/** Ranges that an ack says are committed. */
export function committedRanges(ack: Pick<Ack, 'upTo' | 'seen' | 'gaps'>): Range[] {
  const ranges: Range[] = ack.upTo > 0 ? [[1, ack.upTo]] : [];
  let next = ack.upTo + 1;
  for (const [from, to] of ack.gaps) {
    if (from > next) ranges.push([next, from - 1]);
    next = to + 1;
  }
  if (ack.gaps.length > 0 && next <= ack.seen) ranges.push([next, ack.seen]);
  return ranges;
}
