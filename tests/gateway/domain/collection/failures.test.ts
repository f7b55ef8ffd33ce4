import { describe, expect, it } from 'vitest';
import type { Reason } from '#contract/reasons.ts';
import { type CauseSources, failureRows, groupByCause } from '#domain/collection/failures.ts';
import { buildGrid, type Failure, type GridInput, type SlotGrid } from '#domain/collection/slot-grid.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { at, installation, line, meter, registry, task, ZONE } from '../site.ts';

const ids = ['m1', 'm2', 'm3', 'm4', 'm5'];
const meters = ids.map((id) => meter(id, { line: id === 'm5' ? 'l2' : 'l1', area: 'a1' }));
const index = new RegistryIndex(
  registry({
    lines: [line('l1', { concentrator: 'k1' }), line('l2', { collector: 'c2' })],
    meters,
    installations: ids.map((id) => installation(id)),
  }),
);
const DATE = '2026-11-20';
const sources: CauseSources = { placeOf: (m) => index.placeOf(m), outageOf: () => null };

function failure(id: string, reason: Reason, date = DATE, over: Partial<Failure> = {}): Failure {
  const slot = at(date);
  return { meter: id, slot, at: slot + 9000, reason, detail: 'd', attempts: 2, lastBytes: 'FE', final: false, ...over };
}

function day(date: string, failures: readonly Failure[], over: Partial<GridInput> = {}): SlotGrid {
  return buildGrid({
    registry: index,
    meters,
    task: task('freeze-day'),
    zone: ZONE,
    date,
    now: at(date, '12:00'),
    marks: [],
    failures,
    ...over,
  });
}

const mark = (id: string, date: string) => ({ meter: id, slot: at(date), readAt: at(date), quality: 'valid' }) as const;

describe('the list of failures', () => {
  it('has one row per failed meter, with what was last seen of it', () => {
    const failures = [failure('m1', 'crc_error'), failure('m3', 'no_answer', DATE, { lastBytes: '', final: true })];
    const rows = failureRows(day(DATE, failures), failures);
    expect(rows.map(({ meter: { id } }) => id)).toEqual(['m1', 'm3']);
    expect(rows[0]).toMatchObject({
      reason: 'crc_error',
      slot: at(DATE),
      failedSlots: 1,
      at: at(DATE) + 9000,
      attempts: 2,
      lastBytes: 'FE',
      detail: 'd',
      final: false,
      consecutiveDays: 1,
      since: DATE,
    });
    expect(rows[1]).toMatchObject({ lastBytes: '', final: true });
  });

  it('leaves out what was answered after all, and what is still open', () => {
    const failures = [failure('m1', 'crc_error')];
    expect(failureRows(day(DATE, failures, { marks: [mark('m1', DATE)] }), failures)).toEqual([]);
    expect(failureRows(day(DATE, []), [])).toEqual([]);
  });

  it('names a suspect value as implausible, and keeps its run of days', () => {
    const suspect = (date: string) => ({ ...mark('m2', date), quality: 'suspect' }) as const;
    const before = day('2026-11-19', [], { marks: [suspect('2026-11-19')] });
    const grid = day(DATE, [], { marks: [suspect(DATE)] });
    expect(failureRows(grid, [], [before])).toMatchObject([
      { meter: { id: 'm2' }, reason: 'implausible', at: null, consecutiveDays: 2, since: '2026-11-19' },
    ]);
  });

  it('tells of an offline collector without inventing an attempt', () => {
    const grid = day(DATE, [], { collectorOffline: (id) => id === 'm5' });
    expect(failureRows(grid, [])).toMatchObject([
      { reason: 'collector_offline', at: null, attempts: 0, lastBytes: '' },
    ]);
  });

  it('does not call a slot final that nobody reported', () => {
    const grid = day(DATE, [], { collectorOffline: () => true });
    expect(failureRows(grid, []).map(({ final }) => final)).toEqual([false, false, false, false, false]);
  });

  it('counts the failed slots of a profile, and tells of the newest', () => {
    const at15 = at(DATE, '00:15');
    const at30 = at(DATE, '00:30');
    for (const id of ['m1', 'm3', 'm5']) {
      const failures = [
        failure(id, 'no_answer', DATE, { slot: at30, detail: 'newest' }),
        failure(id, 'crc_error', DATE, { slot: at15, detail: 'older' }),
      ];
      const grid = day(DATE, failures, { task: task('profile') });
      expect(failureRows(grid, failures)).toMatchObject([
        { meter: { id }, reason: 'no_answer', slot: at30, failedSlots: 2, detail: 'newest' },
      ]);
      expect(failureRows(grid, [...failures].reverse())).toEqual(failureRows(grid, failures));
    }
  });
});

describe('consecutive days', () => {
  const today = [failure('m1', 'no_answer')];
  const run = (...earlier: SlotGrid[]): readonly [number, string] => {
    const [row] = failureRows(day(DATE, today), today, earlier);
    return [row?.consecutiveDays ?? 0, row?.since ?? ''];
  };
  const failed19 = day('2026-11-19', [failure('m1', 'crc_error', '2026-11-19')]);
  const open18 = day('2026-11-18', []);
  const answered18 = day('2026-11-18', [], { marks: [mark('m1', '2026-11-18')] });
  const failed17 = day('2026-11-17', [failure('m1', 'crc_error', '2026-11-17')]);
  const inOutage = (): boolean => true;
  const excluded18 = day('2026-11-18', [], { inOutage });

  it('are days on end without a value, whatever the reason', () => {
    expect(run()).toEqual([1, DATE]);
    expect(run(failed19, open18, failed17)).toEqual([4, '2026-11-17']);
  });

  it('end with any value', () => {
    expect(run(failed19, answered18, failed17)).toEqual([2, '2026-11-19']);
  });

  it('pass over a day on which the meter was excluded', () => {
    expect(run(failed19, excluded18, failed17)).toEqual([3, '2026-11-17']);
  });
});

describe('causes', () => {
  const causes = (failures: readonly Failure[], over: Partial<GridInput> = {}): unknown[] =>
    groupByCause(failureRows(day(DATE, failures, over), failures), sources).map(
      ({ kind, id, reason, meters: count }) => [kind, id, reason, count],
    );

  it('are one row for everything behind an offline concentrator, a dead line or an offline collector', () => {
    const behind = (reason: Reason): Failure[] => ['m1', 'm2', 'm3', 'm4'].map((id) => failure(id, reason));
    expect(causes([...behind('concentrator_offline'), failure('m5', 'no_answer')])).toEqual([
      ['concentrator', 'k1', 'concentrator_offline', 4],
      ['meter', 'm5', 'no_answer', 1],
    ]);
    expect(causes(behind('line_down'))).toEqual([['line', 'l1', 'line_down', 4]]);
    expect(causes([], { collectorOffline: (id) => id !== 'm5' })).toEqual([
      ['collector', 'c1', 'collector_offline', 4],
    ]);
  });

  it('are the line where a line has no concentrator', () => {
    expect(causes([failure('m5', 'concentrator_offline')])).toEqual([['line', 'l2', 'concentrator_offline', 1]]);
  });

  it('come with the most meters first, then by id', () => {
    const two = ['m1', 'm4'].map((id) => failure(id, 'line_down'));
    expect(causes([failure('m3', 'no_answer'), failure('m2', 'no_answer'), ...two])).toEqual([
      ['line', 'l1', 'line_down', 2],
      ['meter', 'm2', 'no_answer', 1],
      ['meter', 'm3', 'no_answer', 1],
    ]);
    const three = ['m1', 'm2', 'm3'].map((id) => failure(id, 'line_down'));
    expect(causes([failure('m5', 'line_down'), ...three])).toEqual([
      ['line', 'l1', 'line_down', 3],
      ['line', 'l2', 'line_down', 1],
    ]);
  });

  it('last as long as the longest of their meters', () => {
    const failures = [failure('m1', 'line_down'), failure('m2', 'line_down')];
    const yesterday = '2026-11-19';
    const before = day(yesterday, [failure('m2', 'crc_error', yesterday)], { marks: [mark('m1', yesterday)] });
    const rows = failureRows(day(DATE, failures), failures, [before]);
    expect(groupByCause(rows, sources)).toMatchObject([{ consecutiveDays: 2, meters: 2 }]);
  });

  it('are the meter itself for everything else', () => {
    expect(causes([failure('m1', 'no_answer'), failure('m2', 'no_answer')])).toEqual([
      ['meter', 'm1', 'no_answer', 1],
      ['meter', 'm2', 'no_answer', 1],
    ]);
  });

  it('are the outage for meters that are silent in it, and for nothing else that is wrong with them', () => {
    const failures = [...['m1', 'm2', 'm3'].map((id) => failure(id, 'no_answer')), failure('m4', 'stale_freeze')];
    const rows = failureRows(day(DATE, failures), failures);
    const dark = ['m1', 'm2', 'm4'];
    const found = groupByCause(rows, { ...sources, outageOf: ({ id }) => (dark.includes(id) ? 'outage-a1' : null) });
    expect(found.map(({ kind, id, reason, meters: count }) => [kind, id, reason, count])).toEqual([
      ['outage', 'outage-a1', 'no_answer', 2],
      ['meter', 'm3', 'no_answer', 1],
      ['meter', 'm4', 'stale_freeze', 1],
    ]);
  });
});
