import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { committedRanges } from '../../../collector/spool/committed-ranges.ts';
import { ackOf, advance, covers, freshMark } from '../../../gateway/ingest/marks.ts';

describe('the mark of a collector', () => {
  it('moves with contiguous envelopes', () => {
    const mark = advance(advance(freshMark('c1', 'e'), 1, 500, 1), 501, 900, 1);
    expect(mark).toMatchObject({ upTo: 900, ranges: [], lost: 0 });
    expect(ackOf(mark)).toEqual({ v: 1, epoch: 'e', upTo: 900, seen: 900, gaps: [] });
  });

  it('names the gap when an envelope is missing, and closes it when it comes', () => {
    const gap = advance(advance(freshMark('c1', 'e'), 1, 100, 1), 201, 300, 1);
    expect(ackOf(gap)).toEqual({ v: 1, epoch: 'e', upTo: 100, seen: 300, gaps: [[101, 200]] });
    expect(covers(gap, 201, 300)).toBe(true);
    expect(covers(gap, 101, 200)).toBe(false);
    expect(advance(gap, 101, 200, 1)).toMatchObject({ upTo: 300, ranges: [] });
  });

  it('counts as lost what the collector no longer holds and this centre never saw', () => {
    const mark = advance(freshMark('c1', 'e'), 1001, 1500, 1001);
    expect(mark).toMatchObject({ upTo: 1500, lost: 1000 });
    expect(advance(mark, 1501, 1600, 1001)).toMatchObject({ upTo: 1600, lost: 1000 });
  });

  it('ends at the same place whatever the order and repetition of the envelopes', () => {
    const envelopes = fc.array(fc.integer({ min: 0, max: 19 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(envelopes, (order) => {
        let mark = freshMark('c1', 'e');
        for (const i of order) mark = advance(mark, i * 10 + 1, i * 10 + 10, 1);
        const held = new Set(order);
        for (let i = 0; i < 20; i++) expect(covers(mark, i * 10 + 1, i * 10 + 10)).toBe(held.has(i));
        const acked = committedRanges(ackOf(mark)).reduce((sum, [from, to]) => sum + to - from + 1, 0);
        expect(acked).toBe(held.size * 10);
      }),
    );
  });
});
