import type { Ack } from '#contract/ack.ts';
import type { CollectorMark } from '#stores/state-store.ts';

type Range = readonly [number, number];

/** Gaps named in one ack; further ones are named when these are filled. */
const MAX_GAPS = 1000;

export function freshMark(collector: string, epoch: string): CollectorMark {
  return { collector, epoch, upTo: 0, ranges: [], lost: 0 };
}

/** True when every record of [from, to] is committed. */
export function covers(mark: CollectorMark, from: number, to: number): boolean {
  return to <= mark.upTo || mark.ranges.some(([start, end]) => start <= from && end >= to);
}

/**
 * The mark after [from, to] was committed. `oldest` is the lowest record the collector still holds: what lies below it
 * was acked once, so if this centre does not know it (a store restored from an old backup), waiting for it would stop
 * the acks for ever. It is counted as lost instead, and has to be replayed.
 */
export function advance(mark: CollectorMark, from: number, to: number, oldest: number): CollectorMark {
  const ranges = merge([...mark.ranges, [from, to]]);
  let upTo = mark.upTo;
  let lost = mark.lost;
  if (oldest - 1 > upTo) {
    lost += unknownBelow(upTo, oldest, ranges);
    upTo = oldest - 1;
  }
  const rest: Range[] = [];
  for (const [start, end] of ranges) {
    if (start <= upTo + 1) upTo = Math.max(upTo, end);
    else rest.push([start, end]);
  }
  return { ...mark, upTo, ranges: rest, lost };
}

function merge(ranges: readonly Range[]): Range[] {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [start, end] of sorted) {
    const last = merged.at(-1);
    if (last && start <= last[1] + 1) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

/** Records in (upTo, oldest) that lie in none of the committed ranges. */
function unknownBelow(upTo: number, oldest: number, ranges: readonly Range[]): number {
  let unknown = oldest - 1 - upTo;
  for (const [start, end] of ranges) {
    const from = Math.max(start, upTo + 1);
    const to = Math.min(end, oldest - 1);
    if (to >= from) unknown -= to - from + 1;
  }
  return unknown;
}

/** The commit ack for a mark: what is stored, and which records below the highest stored one are missing. */
export function ackOf(mark: CollectorMark): Ack {
  const gaps: [number, number][] = [];
  let next = mark.upTo + 1;
  let seen = mark.upTo;
  for (const [start, end] of mark.ranges.slice(0, MAX_GAPS)) {
    gaps.push([next, start - 1]);
    next = end + 1;
    seen = end;
  }
  return { v: 1, epoch: mark.epoch, upTo: mark.upTo, seen, gaps };
}
