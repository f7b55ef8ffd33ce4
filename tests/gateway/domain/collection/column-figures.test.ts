import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QUALITIES } from '#contract/quality.ts';
import { REASONS } from '#contract/reasons.ts';
import { CODE_NAMES, codeNamed } from '#domain/collection/code-names.ts';
import { collectorBlame } from '#domain/collection/collector-blame.ts';
import { type CollectorHealth, SILENT_MS } from '#domain/collection/collector-health.ts';
import {
  foldDay,
  groupFigures,
  owedOf,
  regrouped,
  sortedGroups,
  totalCounts,
} from '#domain/collection/column-figures.ts';
import { emptyDay, FLAG, takeFailure, takeValue } from '#domain/collection/day-columns.ts';
import { dueClassifier } from '#domain/collection/due-class.ts';
import { figuresBy, figuresOf, GROUPINGS } from '#domain/collection/figures.ts';
import { RowPlaces, type Scope } from '#domain/collection/row-places.ts';
import { buildGrid, type Failure, type Mark } from '#domain/collection/slot-grid.ts';
import { CLASS_CODES, CODES, failedCode } from '#domain/collection/slot-state.ts';
import { slotTimes } from '#domain/collection/slot-times.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { account, at, DAY_MS, installation, line, meter, registry, task, ZONE } from '../site.ts';

const DATE = '2026-11-20';
const SLOT = at(DATE);
const NOW = at(DATE, '23:00');
const FREEZE = task('freeze-day');
const ids = Array.from({ length: 14 }, (_, i) => `m${i}`);
const meters = ids.map((id, i) =>
  meter(id, {
    line: ['l0', 'l1', 'l2', 'nowhere'][i % 4] ?? 'l0',
    area: `a${i % 3}`,
    model: i % 2 === 0 ? 'dlt645-1ph' : 'sdm120',
    ...(i % 3 === 0 ? { maker: i % 2 === 0 ? '华立' : '威胜' } : {}),
    ...(i === 11 ? { collectedFrom: at('2027-01-01') } : {}),
  }),
);
const index = new RegistryIndex(
  registry({
    areas: [
      { id: 'a0', name: '一', feeder: 'f1', kva: 1 },
      { id: 'a1', name: '二', feeder: 'f9', kva: 1 },
    ],
    lines: [line('l0', { concentrator: 'k1' }), line('l1'), line('l2', { collector: 'c2', protocol: 'modbus-tcp' })],
    accounts: [account('closed', { status: 'closed' })],
    meters,
    installations: ids
      .filter((id) => id !== 'm13')
      .map((id, i) => installation(id, { account: i === 10 ? 'closed' : null })),
  }),
);

/** Rows are given in an order of their own, and one is of a meter that left. */
const rowIds = ['gone', ...ids.toReversed()];
const places = new RowPlaces(index, rowIds);

const mark = fc.record({
  meter: fc.constantFrom(...ids),
  slot: fc.constant(SLOT),
  readAt: fc.integer({ min: SLOT, max: SLOT + 2 * DAY_MS }),
  quality: fc.constantFrom(...QUALITIES),
});
const failure = fc.record({
  meter: fc.constantFrom(...ids),
  slot: fc.constant(SLOT),
  at: fc.constant(SLOT),
  reason: fc.constantFrom(...REASONS),
  detail: fc.constant(''),
  attempts: fc.nat(9),
  lastBytes: fc.constant(''),
  final: fc.boolean(),
});
const once = <T extends { meter: string }>(arbitrary: fc.Arbitrary<T>) =>
  fc.uniqueArray(arbitrary, { selector: ({ meter: id }) => id });
const offline = fc.subarray(['c1', 'c2']);

function healthOf(down: readonly string[]): Map<string, CollectorHealth> {
  return new Map(['c1', 'c2'].map((id) => [id, { online: !down.includes(id) } as CollectorHealth]));
}

function gridOf(marks: readonly Mark[], failures: readonly Failure[], down: readonly string[]) {
  const collectorOffline = (id: string) => down.includes(index.line(index.meter(id)?.line ?? '')?.collector ?? '');
  const told = { marks, failures, collectorOffline };
  return buildGrid({ registry: index, meters, task: FREEZE, zone: ZONE, date: DATE, now: NOW, ...told });
}

function columnsOf(marks: readonly Mark[], failures: readonly Failure[]) {
  const day = emptyDay('freeze-day', DATE, SLOT, rowIds.length);
  const times = slotTimes(FREEZE, ZONE, SLOT);
  for (const [row, id] of rowIds.entries()) {
    const each = index.meter(id);
    if (each) day.class[row] = CLASS_CODES[dueClassifier(index, each, FREEZE, ZONE)(SLOT)];
  }
  for (const { meter: id, reason } of failures) takeFailure(day, rowIds.indexOf(id), reason);
  for (const { meter: id, quality, readAt } of marks) takeValue(day, rowIds.indexOf(id), times, quality, readAt);
  return { ...day, width: 1 };
}

function blame(down: readonly string[]) {
  return collectorBlame(places, healthOf(down), FREEZE, SLOT, NOW);
}

const BESIDE = { estimated: 0, written: 0 };

describe('figures out of kept columns', () => {
  it('are those of the grid, for the whole and in groups, whichever way they are grouped', () => {
    fc.assert(
      fc.property(
        once(mark),
        once(failure),
        offline,
        fc.constantFrom(...GROUPINGS),
        (marks, failures, down, grouping) => {
          const grid = gridOf(marks, failures, down);
          const day = columnsOf(marks, failures);
          const groups = places.groups(grouping);
          const counts = foldDay(day, groups, { blamed: blame(down) });
          const { missing, ...total } = groupFigures(totalCounts(counts), 0);
          expect(total).toEqual({ ...figuresOf(grid), ...BESIDE });
          expect(missing).toBe(total.failed + total.open);
          expect(owedOf(day, groups)).toBe(grid.owed);
          const told = groups.keys.map((key, group) => {
            const { estimated, written, missing: _, ...figures } = groupFigures(counts, group);
            return { key, figures };
          });
          expect(told).toEqual(figuresBy(grid, grouping, (each) => index.placeOf(each)));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('of a scope are those of its meters alone, and scopes that share nothing add up', () => {
    const scopes: Scope[] = [
      [['area', 'a1']],
      [['model', 'sdm120']],
      [
        ['collector', 'c1'],
        ['area', 'a0'],
      ],
      [['district', 'd7']],
    ];
    fc.assert(
      fc.property(once(mark), once(failure), fc.constantFrom(...scopes), (marks, failures, scope) => {
        const inScope = meters.filter((each) =>
          scope.every(([grouping, key]) => index.placeOf(each)[grouping] === key),
        );
        const told = { registry: index, task: FREEZE, zone: ZONE, date: DATE, now: NOW, marks, failures };
        const grid = buildGrid({ ...told, meters: inScope });
        const counts = foldDay(columnsOf(marks, failures), places.groups(null), { rows: places.rowsIn(scope) });
        expect(groupFigures(counts, 0)).toMatchObject(figuresOf(grid));
      }),
    );
  });

  it('say of what did not come whether there is an estimate, a value by hand, or nothing', () => {
    fc.assert(
      fc.property(
        once(mark),
        once(failure),
        fc.array(fc.constantFrom(0, FLAG.estimated, FLAG.written), { minLength: 15, maxLength: 15 }),
        (marks, failures, flags) => {
          const day = { ...columnsOf(marks, failures), flags: Uint8Array.from(flags) };
          const f = groupFigures(foldDay(day, places.groups(null)), 0);
          const answered = f.answeredFirst + f.answeredRetry + f.answeredLate;
          expect(answered + f.suspect + f.estimated + f.written + f.missing).toBe(f.expected);
        },
      ),
    );
    const day = columnsOf(
      [],
      [{ meter: 'm0', slot: SLOT, at: SLOT, reason: 'no_answer', detail: '', attempts: 1, lastBytes: '', final: true }],
    );
    day.flags[rowIds.indexOf('m0')] = FLAG.estimated;
    day.flags[rowIds.indexOf('m1')] = FLAG.written;
    const { estimated, written, missing, expected } = groupFigures(foldDay(day, places.groups(null)), 0);
    expect([estimated, written, missing]).toEqual([1, 1, expected - 2]);
  });

  it('are numbers of slots for a task with many', () => {
    const {
      cells,
      slots,
      meters: all,
    } = buildGrid({
      ...{ registry: index, meters, task: task('profile'), zone: ZONE, date: DATE, now: NOW, marks: [], failures: [] },
    });
    const whole = new RowPlaces(
      index,
      all.map(({ id }) => id),
    );
    const day = { rows: all.length, width: slots.length, class: cells, fact: null, flags: null };
    expect(groupFigures(foldDay(day, whole.groups(null)), 0).due).toBe(13 * 93);
    expect(owedOf(day, whole.groups(null))).toBe(13 * 93);
  });
});

describe('an open slot', () => {
  const row = rowIds.indexOf('m0');

  it('is laid to a collector that was never heard of, but for a moment after its meter was first collected', () => {
    const collected = places.meter(row)?.collectedFrom ?? 0;
    const blamedAt = (now: number) => collectorBlame(places, new Map(), FREEZE, collected - DAY_MS, now)?.(row);
    expect(blamedAt(collected + SILENT_MS)).toBe(false);
    expect(blamedAt(collected + SILENT_MS + 1)).toBe(true);
  });

  it('is laid to a collector that is offline once something should have been heard of it', () => {
    const blamedAt = (now: number) => collectorBlame(places, healthOf(['c1']), FREEZE, SLOT, now)?.(row);
    expect(blamedAt(SLOT + 600_000)).toBe(false);
    expect(blamedAt(SLOT + 600_001)).toBe(true);
    expect(collectorBlame(places, healthOf([]), FREEZE, SLOT, NOW)).toBeNull();
  });
});

describe('groups in order', () => {
  const marks: Mark[] = ['m0', 'm3', 'm1'].map((id) => ({ meter: id, slot: SLOT, readAt: SLOT + 1, quality: 'valid' }));
  const { keys } = places.groups('area');
  const counts = foldDay(columnsOf(marks, []), places.groups('area'));
  const order = (sort: Parameters<typeof sortedGroups>[1], down: boolean) =>
    sortedGroups(counts, sort, down).map((group) => keys[group]);

  it('are those with something due, by key or by a number, up or down', () => {
    expect(order('key', false)).toEqual(['a0', 'a1', 'a2']);
    expect(order('key', true)).toEqual(['a2', 'a1', 'a0']);
    expect(order('successRate', false)).toEqual(['a2', 'a1', 'a0']);
    expect(order('successRate', true)).toEqual(['a0', 'a1', 'a2']);
    expect(order('expected', true)).toEqual(['a0', 'a1', 'a2']);
  });

  it('come last without a rate, however they are ordered', () => {
    const excluded = columnsOf(marks, []);
    for (const row of rowIds.keys()) {
      if (places.meter(row)?.area === 'a1') excluded.class[row] = CLASS_CODES.excluded_manual;
    }
    const last = foldDay(excluded, places.groups('area'));
    expect(sortedGroups(last, 'successRate', false).map((group) => keys[group])).toEqual(['a2', 'a0', 'a1']);
    expect(sortedGroups(last, 'successRate', true).map((group) => keys[group])).toEqual(['a0', 'a2', 'a1']);
  });

  it('keep their numbers when they are put beside groups of another day', () => {
    const more = regrouped(counts, keys, ['a0', 'a00', 'a1', 'a2', null]);
    expect(groupFigures(more, 2)).toEqual(groupFigures(counts, 1));
    expect(groupFigures(more, 1).due).toBe(0);
    expect(totalCounts(more)).toEqual(totalCounts(counts));
  });
});

describe('the name of a code', () => {
  it('finds the code again, and a name that is no longer known counts as not due', () => {
    expect(new Set(CODE_NAMES).size).toBe(CODES);
    expect(CODE_NAMES.map(codeNamed)).toEqual(CODE_NAMES.map((_, code) => code));
    expect(CODE_NAMES[failedCode('no_answer')]).toBe('failed no_answer');
    expect(codeNamed('failed of_old')).toBe(CLASS_CODES.not_due);
  });
});
