import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slotsOfDay } from '#contract/calendar.ts';
import { QUALITIES, type Quality } from '#contract/quality.ts';
import { dueClassifier } from '#domain/collection/due-class.ts';
import { exclusionBook } from '#domain/collection/exclusions.ts';
import { emptyPoints, grownPoints, pointBytes, takePoint } from '#domain/collection/point-columns.ts';
import {
  dueBits,
  emptyDuePoints,
  foldPoints,
  pointFigures,
  setDue,
  totalPoints,
} from '#domain/collection/point-figures.ts';
import { RowPlaces } from '#domain/collection/row-places.ts';
import { QUALITY_COUNTS } from '#domain/collection/slot-state.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { account, at, installation, meter, registry, task, ZONE } from '../site.ts';

const DATE = '2026-11-20';
const PROFILE = task('profile');
const SLOTS = slotsOfDay(PROFILE.calendar, ZONE, DATE);
const meters = ['whole', 'removed', 'put in', 'passing', 'closed', 'twice', 'new', 'elsewhere'].map((id, i) =>
  meter(id, { area: `a${i % 2}`, ...(id === 'new' ? { collectedFrom: at(DATE, '12:00'), model: 'sdm120' } : {}) }),
);
const index = new RegistryIndex(
  registry({
    accounts: [account('0', { status: 'closed' })],
    meters,
    installations: [
      installation('whole'),
      installation('removed', { to: at(DATE, '10:00') }),
      installation('put in', { from: at(DATE, '10:00') }),
      installation('passing', { from: at(DATE, '08:00'), to: at(DATE, '09:00') }),
      installation('closed', { account: '0' }),
      installation('twice', { to: at(DATE, '06:00') }),
      installation('twice', { from: at(DATE, '18:00') }),
      installation('new'),
    ],
  }),
);
const places = new RowPlaces(index, [...meters.map(({ id }) => id), 'gone']);
const rows = meters.length + 1;

const point = fc.record({
  row: fc.nat(meters.length - 1),
  slot: fc.nat(SLOTS.length - 1),
  quality: fc.constantFrom(...QUALITIES),
});
const terms = fc.constantFrom(
  [],
  [{ scope: { kind: 'meter' as const, id: 'whole' }, from: DATE, to: DATE, endedAt: null }],
);

/** Adds the due slots of a meter to expected, received and suspect. */
function added(
  [expected = 0, received = 0, suspect = 0]: readonly number[],
  owed: readonly number[],
  toldOf: (slot: number) => readonly { readonly quality: Quality }[],
): number[] {
  const came = owed.map((slot) => new Set(toldOf(slot).map(({ quality }) => QUALITY_COUNTS[quality])));
  return [
    expected + owed.length,
    received + came.filter((counts) => counts.has('answered') || counts.has('suspect')).length,
    suspect + came.filter((counts) => counts.has('suspect')).length,
  ];
}

describe('the points of a day', () => {
  it('are the same whatever the order and however often each is told', () => {
    fc.assert(
      fc.property(fc.array(point), fc.array(fc.nat()), (points, again) => {
        const told = emptyPoints('profile', DATE, SLOTS, rows);
        for (const { row, slot, quality } of points) takePoint(told, row, slot, quality);
        const other = emptyPoints('profile', DATE, SLOTS, rows);
        const repeated = [
          ...points.toReversed(),
          ...again.flatMap((i) => points[i % Math.max(1, points.length)] ?? []),
        ];
        for (const { row, slot, quality } of repeated) takePoint(other, row, slot, quality);
        expect(other).toEqual(told);
      }),
    );
  });

  it('change once by a value, and not by what a person wrote or a rule estimated', () => {
    const day = emptyPoints('profile', DATE, SLOTS, 2);
    expect(takePoint(day, 1, 95, 'estimated')).toBe(false);
    expect(takePoint(day, 1, 95, 'valid')).toBe(true);
    expect(takePoint(day, 1, 95, 'valid')).toBe(false);
    expect(takePoint(day, 1, 95, 'suspect')).toBe(true);
    expect([day.got.at(-1), day.doubtful.at(-1)]).toEqual([128, 128]);
    const larger = grownPoints(day, 4);
    expect([larger.got.length, larger.got[23]]).toEqual([4 * pointBytes(96), 128]);
    expect(grownPoints(larger, 3)).toBe(larger);
  });
});

describe('the completeness of a day', () => {
  it('counts what the classifier says is due, slot by slot, by group and as a whole', () => {
    fc.assert(
      fc.property(fc.array(point, { maxLength: 300 }), fc.nat(96), terms, (points, come, excluded) => {
        const exclusions = exclusionBook(excluded, ZONE);
        const day = emptyPoints('profile', DATE, SLOTS, rows);
        for (const { row, slot, quality } of points) takePoint(day, row, slot, quality);
        const due = emptyDuePoints(SLOTS, rows);
        const groups = places.groups('area');
        const wanted = groups.keys.map(() => [0, 0, 0]);
        for (const [row, each] of meters.entries()) {
          const classOf = dueClassifier(index, each, PROFILE, ZONE, { exclusions });
          const isPlain = index.installationsOf(each.id).length === 1 && exclusions.of(each, null) === null;
          setDue(due, row, classOf, isPlain);
          const owed = SLOTS.slice(0, come).flatMap((moment, slot) => (classOf(moment) === 'due' ? [slot] : []));
          const group = groups.of[row] ?? 0;
          wanted[group] = added(wanted[group] ?? [], owed, (slot) =>
            points.filter((told) => told.row === row && told.slot === slot),
          );
        }
        const counts = foldPoints(day, due, groups, { come, rows: null });
        const told = groups.keys.map((_, group) => pointFigures(counts, group));
        expect(told.map(({ expected, received, suspect }) => [expected, received, suspect])).toEqual(wanted);
        const total = totalPoints(counts);
        expect(total.expected).toBe(wanted.reduce((sum, [expected = 0]) => sum + expected, 0));
        expect(total.missing).toBe(total.expected - total.received);
      }),
      { numRuns: 60 },
    );
  });

  it('leaves out what was lost in an outage, and other meters than those of the scope', () => {
    const day = emptyPoints('profile', DATE, SLOTS, rows);
    const due = emptyDuePoints(SLOTS, rows);
    for (const [row, each] of meters.entries()) setDue(due, row, dueClassifier(index, each, PROFILE, ZONE), false);
    const bits = dueBits(SLOTS, (slot) => (slot < at(DATE, '01:00') ? 'due' : 'excluded_outage'));
    const instead = new Map([[0, bits ?? new Uint8Array()]]);
    const fold = { come: 96, rows: Int32Array.of(0), instead };
    expect(pointFigures(foldPoints(day, due, places.groups(null), fold), 0)).toMatchObject({ expected: 4, rate: 0 });
    expect(dueBits(SLOTS, () => 'not_installed')).toBeNull();
  });

  it('has 92 points on a day of 23 hours and 100 on one of 25', () => {
    const zone = 'Europe/Berlin';
    for (const [date, count] of [
      ['2026-03-29', 92],
      ['2026-10-25', 100],
    ] as const) {
      const slots = slotsOfDay(PROFILE.calendar, zone, date);
      const day = emptyPoints('profile', date, slots, 1);
      for (const slot of slots.keys()) takePoint(day, 0, slot, 'valid');
      const due = emptyDuePoints(slots, 1);
      setDue(due, 0, () => 'due', true);
      const one = new RowPlaces(index, ['whole']).groups(null);
      const counts = foldPoints(day, due, one, { come: count, rows: null });
      expect(pointFigures(counts, 0)).toEqual({ expected: count, received: count, suspect: 0, missing: 0, rate: 100 });
    }
  });
});
