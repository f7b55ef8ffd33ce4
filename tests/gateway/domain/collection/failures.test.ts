import { describe, expect, it } from 'vitest';
import type { Reason } from '#contract/reasons.ts';
import { type FailureRow, failingMeters, withAttempt } from '#domain/collection/failures.ts';
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

/** Failing meters, each with what was told of its slot. */
function failureRows(grid: SlotGrid, failures: readonly Failure[], earlier: readonly SlotGrid[] = []): FailureRow[] {
  const told = new Map(failures.map((each) => [`${each.meter} ${each.slot}`, each]));
  return failingMeters(grid, earlier).map((row) => withAttempt(row, told.get(`${row.meter.id} ${row.slot}`)));
}

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

  it('has what is still open when its day is over, as something that nobody read in time', () => {
    const grid = day(DATE, [failure('m1', 'crc_error')], { marks: [mark('m2', DATE)] });
    const rows = failingMeters(grid, [], () => true);
    expect(rows.map(({ meter: { id }, reason }) => [id, reason])).toEqual([
      ['m1', 'crc_error'],
      ['m3', 'deadline_missed'],
      ['m4', 'deadline_missed'],
      ['m5', 'deadline_missed'],
    ]);
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

  it('come with the date of the value that ended the run, or none', () => {
    const lastGood = (...earlier: SlotGrid[]) => failingMeters(day(DATE, today), earlier)[0]?.lastGood;
    expect(lastGood(failed19, answered18, failed17)).toBe('2026-11-18');
    expect(lastGood(excluded18, failed17)).toBeNull();
    expect(lastGood()).toBeNull();
  });

  it('pass over a day on which the meter was excluded', () => {
    expect(run(failed19, excluded18, failed17)).toEqual([3, '2026-11-17']);
  });
});
