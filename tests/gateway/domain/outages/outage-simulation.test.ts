import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outage } from '#contract/outage.ts';
import { PHASES } from '#contract/quantities.ts';
import { type Evidence, evidenceOfOutcome } from '#domain/outages/evidence.ts';
import { answered, battery, down, MIN, on, silent, T0, topologyOf, Watch } from './area.ts';

const ROUND = 5 * MIN;

interface Course {
  readonly customers: number;
  /** The true interruption, ms after T0. */
  readonly from: number;
  readonly length: number;
  /** How the centre hears of it: by the supply meter on its battery, by last gasps, or only by records afterwards. */
  readonly heard: 'supply' | 'gasps' | 'records';
  /** Places by which an item may come later than its time. */
  readonly delays: readonly number[];
}

/** An area of single-phase customers on known phases, as many on each. */
function areaOf({ customers }: Course): ReturnType<typeof topologyOf> {
  return topologyOf(
    customers,
    Array.from({ length: customers }, (_, i) => PHASES[i % 3] ?? null),
  );
}

const courses: fc.Arbitrary<Course> = fc.record({
  customers: fc.integer({ min: 4, max: 60 }),
  from: fc.integer({ min: 10 * MIN, max: 40 * MIN }),
  length: fc.integer({ min: 12 * MIN, max: 90 * MIN }),
  heard: fc.constantFrom('supply', 'gasps', 'records'),
  delays: fc.array(fc.nat(20), { minLength: 50, maxLength: 50 }),
});

/** What an area in this course makes known: a round of readings every 5 minutes, and power-down records every 15. */
function evidenceOf({ customers, from, length, heard }: Course): Evidence[] {
  const [start, end] = [T0 + from, T0 + from + length];
  const evidence: Evidence[] = [];
  const ids = ['s', ...Array.from({ length: customers }, (_, i) => `m${i}`)];
  for (const [i, id] of ids.entries()) {
    for (let at = T0 + i * 1000; at < end + 40 * MIN; at += ROUND) {
      if (at < start || at > end) evidence.push(on(id, at), answered(id, at));
      else evidence.push(id === 's' && heard === 'supply' ? battery(id, at) : silent(id, at));
    }
    if (heard === 'gasps' && i % 3 === 1) evidence.push(down(id, start + 500, null, start + 45_000));
    evidence.push(down(id, start + 500, end - 500, end + 15 * MIN + i * 1000));
  }
  return evidence.sort((a, b) => a.seenAt - b.seenAt);
}

/** The same in a slightly wrong order, as several lines and collectors deliver it, in batches of 25. */
function deliver(watch: Watch, course: Course, evidence: readonly Evidence[]): void {
  const late = evidence.map((item, i) => ({ item, place: i + (course.delays[i % course.delays.length] ?? 0) }));
  const ordered = late.sort((a, b) => a.place - b.place).map(({ item }) => item);
  for (let i = 0; i < ordered.length; i += 25) watch.feed(...ordered.slice(i, i + 25));
}

describe('a whole outage of an area, as its meters tell it', () => {
  it('is one incident with its true times, however the centre hears of it', () => {
    fc.assert(
      fc.property(courses, (course) => {
        const watch = new Watch(areaOf(course));
        const evidence = evidenceOf(course);
        deliver(watch, course, evidence);
        const told: Outage[] = [...watch.told.values()];
        expect(told).toHaveLength(1);
        const [outage] = told;
        const [start, end] = [T0 + course.from, T0 + course.from + course.length];
        expect(Math.abs((outage?.startedAt ?? 0) - start)).toBeLessThanOrEqual(1000);
        expect(Math.abs((outage?.restoredAt ?? 0) - end)).toBeLessThanOrEqual(course.heard === 'supply' ? ROUND : 1000);
        expect(outage?.meters.length).toBe(course.customers + 1);
        deliver(watch, course, evidence);
        expect([...watch.told.values()]).toEqual(told);
      }),
      { numRuns: 60 },
    );
  });

  it('is known while it lasts when the supply meter or the last gasps tell of it', () => {
    fc.assert(
      fc.property(courses, (course) => {
        const watch = new Watch(areaOf(course));
        const end = T0 + course.from + course.length;
        watch.feed(...evidenceOf(course).filter(({ seenAt }) => seenAt < end));
        expect(watch.open).toHaveLength(course.heard === 'records' ? 0 : 1);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a failure of communication of the same length', () => {
  it('is no outage, during it or after it', () => {
    const reasons = fc.constantFrom(
      'no_answer',
      'line_down',
      'concentrator_offline',
      'skipped_breaker',
      'deadline_missed',
    );
    fc.assert(
      fc.property(courses, reasons, (course, reason) => {
        const watch = new Watch(areaOf(course));
        const [start, end] = [T0 + course.from, T0 + course.from + course.length];
        const evidence = evidenceOf({ ...course, heard: 'records' }).flatMap((item): Evidence[] => {
          if (item.fact === 'power_down') return [];
          if (item.at < start || item.at > end) return [item];
          return [evidenceOfOutcome({ meter: item.meter, at: item.at, reason }) ?? []].flat();
        });
        deliver(watch, course, evidence);
        expect(watch.told.size).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
