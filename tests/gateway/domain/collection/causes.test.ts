import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REASONS, type Reason } from '#contract/reasons.ts';
import {
  adviceOf,
  type CauseSources,
  caseIdOf,
  caseOf,
  causesOf,
  type FailureCause,
} from '#domain/collection/causes.ts';
import type { FailingMeter } from '#domain/collection/failures.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { at, line, meter, registry } from '../site.ts';

/** Twenty meters on two lines behind the concentrator k1, and twenty on the line l3 that has none, by another collector. */
const meters = Array.from({ length: 40 }, (_, i) =>
  meter(`m${String(i).padStart(2, '0')}`, { line: i < 10 ? 'l1' : i < 20 ? 'l2' : 'l3' }),
);
const index = new RegistryIndex(
  registry({
    lines: [line('l1', { concentrator: 'k1' }), line('l2', { concentrator: 'k1' }), line('l3', { collector: 'c2' })],
    meters,
  }),
);
const DUE: Readonly<Record<string, number>> = {
  'concentrator k1': 20,
  'line l1': 10,
  'line l2': 10,
  'line l3': 20,
  'collector c1': 20,
  'collector c2': 20,
};
const sources: CauseSources = {
  placeOf: (each) => index.placeOf(each),
  outageOf: () => null,
  dueBehind: (kind, id) => DUE[`${kind} ${id}`] ?? 0,
};

function failing(i: number, reason: Reason, over: Partial<FailingMeter> = {}): FailingMeter {
  const [found] = [meters[i]];
  if (!found) throw new Error(`no meter ${i}`);
  const run = { consecutiveDays: 1, since: '2026-11-20', lastGood: '2026-11-19' };
  return { meter: found, reason, slot: at('2026-11-20'), failedSlots: 1, ...run, ...over };
}

const range = (from: number, to: number, reason: Reason): FailingMeter[] =>
  Array.from({ length: to - from }, (_, i) => failing(from + i, reason));
const briefly = (causes: readonly FailureCause[]) =>
  causes.map(({ kind, id, confidence, members }) => `${kind} ${id} ${confidence} ${members.length}`);

describe('what was reported', () => {
  it('is one row for everything behind an offline concentrator, a dead line or an offline collector', () => {
    expect(briefly(causesOf(range(0, 4, 'concentrator_offline'), sources))).toEqual(['concentrator k1 high 4']);
    expect(briefly(causesOf(range(0, 4, 'line_down'), sources))).toEqual(['line l1 high 4']);
    expect(briefly(causesOf(range(30, 35, 'collector_offline'), sources))).toEqual(['collector c2 high 5']);
  });

  it('is the line where a line has no concentrator', () => {
    expect(briefly(causesOf([failing(25, 'concentrator_offline')], sources))).toEqual(['line l3 high 1']);
  });

  it('is the outage for meters that are silent in it, and for nothing else that is wrong with them', () => {
    const rows = [failing(0, 'no_answer'), failing(1, 'no_answer'), failing(2, 'stale_freeze')];
    const dark = ['m00', 'm02'];
    const outageOf: CauseSources['outageOf'] = ({ id }) => (dark.includes(id) ? 'o1' : null);
    expect(briefly(causesOf(rows, { ...sources, outageOf }))).toEqual([
      'meter m01 low 1',
      'meter m02 high 1',
      'outage o1 high 1',
    ]);
  });
});

describe('nine in ten silent meters', () => {
  it('are their concentrator, whatever each of them gave as its reason', () => {
    const reasons = ['no_answer', 'skipped_breaker', 'deadline_missed', 'crc_error'] as const;
    const rows = Array.from({ length: 18 }, (_, i) => failing(i, reasons[i % 4] ?? 'no_answer'));
    const [cause, ...others] = causesOf(rows, sources);
    expect(others).toEqual([]);
    expect(cause).toMatchObject({ kind: 'concentrator', id: 'k1', confidence: 'medium', expected: 20 });
    expect(cause?.reasons).toEqual([
      { reason: 'no_answer', count: 5 },
      { reason: 'skipped_breaker', count: 5 },
      { reason: 'crc_error', count: 4 },
      { reason: 'deadline_missed', count: 4 },
    ]);
  });

  it('are the line when the concentrator has others that answer', () => {
    expect(briefly(causesOf(range(0, 9, 'no_answer'), sources))).toEqual(['line l1 medium 9']);
    expect(causesOf(range(0, 8, 'no_answer'), sources)).toHaveLength(8);
  });

  it('are nothing in common when a meter of them has answered, or when they are only two', () => {
    const answered = [...range(0, 8, 'no_answer'), failing(8, 'device_error')];
    expect(causesOf(answered, sources)).toHaveLength(9);
    const two = { ...sources, dueBehind: () => 2 };
    expect(causesOf(range(0, 2, 'no_answer'), two)).toHaveLength(2);
    expect(causesOf(range(0, 3, 'no_answer'), { ...sources, dueBehind: () => 3 })).toHaveLength(1);
  });

  it('count those that reported it, and are then sure', () => {
    const rows = [...range(0, 9, 'concentrator_offline'), ...range(9, 18, 'no_answer')];
    expect(briefly(causesOf(rows, sources))).toEqual(['concentrator k1 high 18']);
    const few = [...range(0, 2, 'concentrator_offline'), ...range(10, 12, 'no_answer')];
    expect(briefly(causesOf(few, sources))).toEqual(['concentrator k1 high 2', 'meter m10 low 1', 'meter m11 low 1']);
  });

  it('do not count those that an outage or an offline collector explains', () => {
    const rows = [...range(20, 30, 'collector_offline'), ...range(30, 40, 'no_answer')];
    expect(causesOf(rows, sources)).toHaveLength(11);
  });
});

describe('a single meter', () => {
  it.each([
    ['device_error', 'high'],
    ['implausible', 'high'],
    ['stale_freeze', 'high'],
    ['crc_error', 'medium'],
    ['wrong_address', 'medium'],
    ['no_answer', 'low'],
    ['skipped_breaker', 'low'],
  ] as const)('that failed with %s is the cause with confidence %s', (reason, confidence) => {
    expect(causesOf([failing(0, reason)], sources)).toMatchObject([{ kind: 'meter', confidence, expected: 1 }]);
  });
});

describe('a cause', () => {
  it('has the longest and the shortest run of its meters, and the newest good read', () => {
    const rows = [
      failing(0, 'line_down', { consecutiveDays: 6, since: '2026-11-15', lastGood: '2026-11-14' }),
      failing(1, 'line_down', { consecutiveDays: 2, since: '2026-11-19', lastGood: '2026-11-18' }),
      failing(2, 'line_down', { consecutiveDays: 3, since: '2026-11-18', lastGood: null }),
    ];
    expect(causesOf(rows, sources)).toMatchObject([
      { consecutiveDays: 6, consecutiveDaysMin: 2, since: '2026-11-15', lastGood: '2026-11-18' },
    ]);
  });

  it('is advised on by what has to be repaired', () => {
    const advice = (rows: FailingMeter[]) => causesOf(rows, sources).map(adviceOf);
    expect(advice(range(0, 18, 'no_answer'))).toEqual(['concentrator_offline']);
    expect(advice([failing(0, 'crc_error')])).toEqual(['crc_error']);
  });

  it('has a name that can be taken apart again', () => {
    const [cause] = causesOf(range(0, 3, 'line_down'), sources);
    const name = cause ? caseIdOf('freeze-day', cause) : '';
    expect(name).toBe('freeze-day line l1');
    expect(caseOf(name)).toEqual({ task: 'freeze-day', kind: 'line', id: 'l1' });
    for (const bad of [
      '',
      'freeze-day',
      'freeze-day line',
      'freeze-day moon l1',
      'freeze-day line l1 more',
      ' line l1',
    ])
      expect(caseOf(bad)).toBeNull();
  });
});

describe('any failing meters', () => {
  const rowsArbitrary = fc
    .uniqueArray(fc.tuple(fc.nat(39), fc.constantFrom(...REASONS)), { selector: ([i]) => i })
    .map((pairs) => pairs.map(([i, reason]) => failing(i, reason)));
  const outageOf: CauseSources['outageOf'] = ({ id }) => (id < 'm05' ? 'o1' : null);

  it('stand under exactly one cause each, in whatever order they come', () => {
    fc.assert(
      fc.property(rowsArbitrary, fc.infiniteStream(fc.nat()), (rows, orders) => {
        const causes = causesOf(rows, { ...sources, outageOf });
        const members = causes.flatMap((cause) => cause.members.map(({ meter: { id } }) => id));
        expect([...members].sort()).toEqual(rows.map(({ meter: { id } }) => id).sort());
        expect(new Set(causes.map((cause) => caseIdOf('t', cause))).size).toBe(causes.length);
        for (const { members: of, expected, reasons } of causes) {
          expect(expected).toBeGreaterThanOrEqual(of.length);
          expect(reasons.reduce((sum, { count }) => sum + count, 0)).toBe(of.length);
        }
        const shuffled = rows
          .map((row) => ({ row, order: orders.next().value }))
          .sort((a, b) => a.order - b.order)
          .map(({ row }) => row);
        const again = causesOf(shuffled, { ...sources, outageOf });
        expect(briefly(again)).toEqual(briefly(causes));
      }),
    );
  });
});
