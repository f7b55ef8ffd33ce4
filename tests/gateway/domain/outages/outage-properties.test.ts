import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outage } from '#contract/outage.ts';
import { REASONS } from '#contract/reasons.ts';
import { type Evidence, evidenceOfOutcome } from '#domain/outages/evidence.ts';
import { restoreState } from '#domain/outages/outage-state.ts';
import { answered, battery, down, MIN, off, on, silent, T0, topologyOf, Watch } from './area.ts';

const CUSTOMERS = 6;
const AREA = topologyOf(CUSTOMERS, ['a', 'a', 'b', null, null, null]);
const meters = fc.constantFrom('s', ...Array.from({ length: CUSTOMERS }, (_, i) => `m${i}`));
const minutes = fc.integer({ min: 0, max: 90 }).map((minute) => T0 + minute * MIN);
const phases = fc.subarray(['a', 'b', 'c'] as const, { maxLength: 2 });

const quiet: fc.Arbitrary<Evidence> = fc.oneof(
  fc.tuple(meters, minutes).map(([m, t]) => silent(m, t)),
  fc.tuple(meters, minutes).map(([m, t]) => answered(m, t)),
  fc.tuple(meters, minutes).map(([m, t]) => on(m, t)),
);
const anything: fc.Arbitrary<Evidence> = fc.oneof(
  quiet,
  fc.tuple(meters, minutes, phases).map(([m, t, missing]) => on(m, t, missing)),
  fc.tuple(meters, minutes).map(([m, t]) => off(m, t)),
  fc.tuple(meters, minutes).map(([m, t]) => battery(m, t)),
  fc.tuple(meters, minutes).map(([m, t]) => down(m, t, null)),
  fc.tuple(meters, minutes, fc.integer({ min: 1, max: 60 })).map(([m, t, length]) => down(m, t, t + length * MIN)),
);
const batches = fc.array(fc.array(anything, { maxLength: 12 }), { maxLength: 12 });

const POSITIVE = new Set(['voltage_off', 'on_battery', 'power_down', 'phase_off']);

function watchOf(list: readonly (readonly Evidence[])[]): Watch {
  const watch = new Watch(AREA);
  for (const batch of list) watch.feed(...batch);
  return watch;
}

describe('whatever evidence comes', () => {
  it('silence, answers and supply never raise anything', () => {
    fc.assert(
      fc.property(fc.array(fc.array(quiet)), (list) => {
        expect(watchOf(list).told.size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('no failed read, of whatever reason and however many, raises anything', () => {
    const outcome = fc.record({ meter: meters, at: minutes, reason: fc.constantFrom(...REASONS) });
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 20, maxLength: 100 }), (outcomes) => {
        const evidence = outcomes.map(evidenceOfOutcome).filter((found) => found !== null);
        expect(watchOf([evidence]).told.size).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('any of it again changes nothing, neither incidents nor state', () => {
    fc.assert(
      fc.property(batches, (list) => {
        const watch = watchOf(list);
        const before = watch.state;
        for (const batch of list) expect(watch.feed(...batch)).toEqual([]);
        expect(watch.feed(...list.flat())).toEqual([]);
        expect(watch.state).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  it('every incident rests on positive evidence, began before it ended, and no two are one', () => {
    fc.assert(
      fc.property(batches, (list) => {
        const told = [...watchOf(list).told.values()];
        for (const outage of told) {
          const positive = new Set(outage.evidence.filter(({ fact }) => POSITIVE.has(fact)).map(({ meter }) => meter));
          expect(positive.has('s') || positive.size >= (outage.node === 'area' ? 2 : 1)).toBe(true);
          expect(
            outage.evidence.every(({ meter }) => outage.meters.includes(meter) || outage.restoredAt !== null),
          ).toBe(true);
          expect(new Set(outage.meters).size).toBe(outage.meters.length);
          if (outage.restoredAt !== null) expect(outage.restoredAt).toBeGreaterThanOrEqual(outage.startedAt);
          expect(outage.id).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
        }
        const open = told.filter(({ restoredAt }) => restoredAt === null);
        const places = open.map(({ kind, node, nodeId, phase }) => `${kind} ${node} ${nodeId} ${phase}`);
        expect(new Set(places).size).toBe(places.length);
      }),
      { numRuns: 500 },
    );
  });

  it('a revision is told for every change and for nothing else', () => {
    fc.assert(
      fc.property(batches, (list) => {
        const watch = new Watch(AREA);
        const known = new Map<string, Outage>();
        for (const batch of list) {
          for (const outage of watch.feed(...batch)) {
            expect(outage.revision).toBe((known.get(outage.id)?.revision ?? 0) + 1);
            known.set(outage.id, outage);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('the state stays small', () => {
    const long = fc.array(fc.array(anything, { minLength: 50, maxLength: 100 }), { minLength: 5, maxLength: 10 });
    fc.assert(
      fc.property(long, (list) => {
        const area = watchOf(list).state.areas.get('a');
        expect(area?.meters.size).toBeLessThanOrEqual(CUSTOMERS + 1);
        expect(area?.incidents.filter(({ restoredAt }) => restoredAt !== null).length).toBeLessThanOrEqual(8);
        expect(area?.incidents.filter(({ restoredAt }) => restoredAt === null).length).toBeLessThanOrEqual(25);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a process that starts again', () => {
  const LATER = T0 + 30 * MIN;

  it('goes on with the incidents it stored, under their ids', () => {
    const first = new Watch(AREA);
    first.feed(off('s', T0), on('m3', T0 - MIN), off('m4', T0), on('m5', T0 - MIN, ['c']));
    const stored = [...first.told.values()];
    expect(stored).toHaveLength(2);
    const second = new Watch(AREA, stored);
    expect(second.feed(off('s', T0), off('m4', T0))).toEqual([]);
    const ended = second.feed(on('s', LATER), on('m5', LATER));
    expect(ended.map(({ id }) => id).sort()).toEqual(stored.map(({ id }) => id).sort());
    expect(ended.every(({ restoredAt, revision }) => restoredAt === LATER && revision === 2)).toBe(true);
  });

  it('finds a restored outage in the evidence that made it', () => {
    const evidence = ['m0', 'm1', 'm2'].map((m) => down(m, T0, LATER));
    const first = new Watch(AREA);
    first.feed(...evidence);
    const second = new Watch(AREA, [...first.told.values()]);
    expect(second.feed(...evidence)).toEqual([]);
  });

  it('restores nothing from nothing', () => {
    expect(restoreState([]).areas.size).toBe(0);
  });
});
