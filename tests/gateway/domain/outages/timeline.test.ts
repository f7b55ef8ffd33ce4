import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import { Timeline } from '#domain/outages/timeline.ts';
import { timelineOf, timelineText } from '#domain/outages/timeline-text.ts';
import { HOUR, MIN, T0 } from './site.ts';

const settings = DEFAULT_OUTAGE_SETTINGS;
const off = (timeline: Timeline, at: number) => timeline.addOff({ at, by: 'voltage_off', seenAt: at });

interface Point {
  readonly kind: 'off' | 'on' | 'record' | 'silent';
  readonly at: number;
}

function fill(list: readonly Point[]): Timeline {
  const timeline = new Timeline(settings);
  for (const { kind, at } of list) {
    const instant = T0 + at * MIN;
    if (kind === 'off') timeline.addOff({ at: instant, by: 'on_battery', seenAt: instant + 7 });
    else if (kind === 'on') timeline.addOn(instant);
    else if (kind === 'silent') timeline.addSilent(instant);
    else timeline.addRecord({ start: instant, end: instant + 25 * MIN, seenAt: instant + 9 });
  }
  return timeline;
}

describe('a timeline', () => {
  it('has one interruption per stretch without supply, from its first to the first moment with supply after it', () => {
    const timeline = new Timeline(settings);
    for (const at of [10, 40, 100]) timeline.addOn(T0 + at * MIN);
    for (const at of [30, 20, 60]) off(timeline, T0 + at * MIN);
    expect(timeline.runs).toMatchObject([
      { start: T0 + 20 * MIN, end: T0 + 40 * MIN, until: T0 + 30 * MIN, onBefore: T0 + 10 * MIN, exactEnd: false },
      { start: T0 + 60 * MIN, end: T0 + 100 * MIN, onBefore: T0 + 40 * MIN },
    ]);
  });

  it('believes a record about the times of what a last gasp began', () => {
    const timeline = new Timeline(settings);
    timeline.addOff({ at: T0, by: 'power_down', seenAt: T0 });
    timeline.addRecord({ start: T0 + 5000, end: T0 + HOUR, seenAt: T0 + HOUR });
    off(timeline, T0 + HOUR + 20_000);
    expect(timeline.runs).toMatchObject([{ start: T0, end: T0 + HOUR, exactStart: true, exactEnd: true }]);
  });

  it('keeps the newest eight interruptions and does not learn forgotten ones again', () => {
    const timeline = new Timeline(settings);
    for (let hour = 0; hour < 30; hour++) {
      timeline.addRecord({ start: T0 + hour * HOUR, end: T0 + hour * HOUR + 10 * MIN, seenAt: T0 + hour * HOUR });
    }
    expect(timeline.runs.map(({ start }) => (start - T0) / HOUR)).toEqual([22, 23, 24, 25, 26, 27, 28, 29]);
    expect(timeline.addRecord({ start: T0, end: T0 + 10 * MIN, seenAt: T0 })).toBe(false);
  });

  it('stays small however often one interruption is told', () => {
    const timeline = new Timeline(settings);
    for (let at = 0; at < 1000; at++) {
      off(timeline, T0 + at * MIN);
      timeline.addSilent(T0 + at * MIN + 1);
    }
    expect(timeline.runs).toMatchObject([{ start: T0, until: T0 + 999 * MIN }]);
    expect(timelineText(timeline).length).toBeLessThan(700);
  });

  const point: fc.Arbitrary<Point> = fc.record({
    kind: fc.constantFrom('off', 'on', 'record', 'silent'),
    at: fc.integer({ min: 0, max: 300 }),
  });

  it('is a set: order and repetition of a dozen points do not matter', () => {
    const points = fc.array(point, { maxLength: 12 });
    const both = points.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2, maxLength: list.length * 2 }),
      ),
    );
    fc.assert(
      fc.property(both, ([list, again]) => {
        expect(fill(again).runs).toEqual(fill(list).runs);
      }),
    );
  });

  it('comes back whole from its text', () => {
    fc.assert(
      fc.property(fc.array(point, { maxLength: 20 }), (list) => {
        const timeline = fill(list);
        const again = timelineOf(timelineText(timeline), settings);
        expect(again.points).toEqual(timeline.points);
        expect(again.runs).toEqual(timeline.runs);
      }),
    );
  });

  it('of a text that is none is empty', () => {
    expect(timelineOf('what;is,this;!!', settings).runs).toEqual([]);
  });
});
