import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QUALITIES } from '#contract/quality.ts';
import { REASONS } from '#contract/reasons.ts';
import { ledgerDifferences } from '#domain/collection/balance.ts';
import { type Figures, figuresBy, figuresOf, GROUPINGS, successRate } from '#domain/collection/figures.ts';
import { buildGrid, type Failure, type Mark } from '#domain/collection/slot-grid.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { account, at, DAY_MS, installation, line, meter, registry, task, ZONE } from '../site.ts';

const DATE = '2026-11-20';
const SLOT = at(DATE);
const ids = Array.from({ length: 12 }, (_, i) => `m${i}`);
const meters = ids.map((id, i) =>
  meter(id, { line: `l${i % 3}`, area: `a${i % 2}`, ...(i === 11 ? { collectedFrom: at('2027-01-01') } : {}) }),
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
    installations: ids.map((id, i) => installation(id, { account: i === 10 ? 'closed' : null })),
  }),
);

function gridOf(marks: readonly Mark[], failures: readonly Failure[], kind: 'freeze-day' | 'profile' = 'freeze-day') {
  const now = at(DATE, '23:00');
  return buildGrid({ registry: index, meters, task: task(kind), zone: ZONE, date: DATE, now, marks, failures });
}

function answered(id: string, readAt: number, quality: Mark['quality'] = 'valid'): Mark {
  return { meter: id, slot: SLOT, readAt, quality };
}

function failed(id: string, reason: Failure['reason'] = 'no_answer'): Failure {
  return { meter: id, slot: SLOT, at: SLOT, reason, detail: '', attempts: 1, lastBytes: '', final: false };
}

const one = SLOT + 60_000;
const retry = at(DATE, '06:00');

describe('the success rate', () => {
  it('is rounded down to two decimals, so that 100.00 means complete', () => {
    expect(successRate(2, 3)).toBe(66.66);
    expect(successRate(99_999, 100_000)).toBe(99.99);
    expect(successRate(100_000, 100_000)).toBe(100);
    expect(successRate(0, 5)).toBe(0);
  });

  it('is none when nothing was expected', () => {
    expect(successRate(0, 0)).toBeNull();
  });

  it('never says more than the truth, nor 0.01 less', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (expected, share) => {
          const count = Math.floor(expected * share);
          const rate = successRate(count, expected) ?? -1;
          const hundredths = BigInt(Math.round(rate * 100));
          expect(hundredths * BigInt(expected) <= BigInt(count) * 10_000n).toBe(true);
          expect((hundredths + 1n) * BigInt(expected) > BigInt(count) * 10_000n).toBe(true);
          expect(rate === 100).toBe(count === expected);
        },
      ),
    );
  });
});

describe('the figures of a day', () => {
  const marks = [
    answered('m0', one),
    answered('m1', one),
    answered('m2', retry),
    answered('m3', SLOT + DAY_MS, 'late'),
    answered('m4', one, 'suspect'),
    answered('m10', one),
    answered('m11', one),
  ];
  const failures = [failed('m5'), failed('m6'), failed('m7', 'line_down'), failed('m0')];
  const figures = figuresOf(gridOf(marks, failures));

  it('name what was due, what was left out and why, and what became of the rest', () => {
    expect(figures).toEqual({
      due: 12,
      excluded: { excluded_new: 1, excluded_stopped: 0, excluded_outage: 0, excluded_closed: 1, excluded_manual: 0 },
      expected: 10,
      answeredFirst: 2,
      answeredRetry: 1,
      answeredLate: 1,
      suspect: 1,
      failed: 3,
      failedBy: [
        { reason: 'no_answer', count: 2 },
        { reason: 'line_down', count: 1 },
      ],
      open: 2,
      firstPassRate: 20,
      afterRetryRate: 30,
      successRate: 40,
    });
  });

  it('are numbers of slots for a task with many', () => {
    const { due, expected, open } = figuresOf(gridOf([], [], 'profile'));
    expect([due, expected, open]).toEqual([12 * 93, 10 * 93, 10 * 93]);
  });

  it('come in the order of the groups, and the reasons in that of their number', () => {
    const lines = figuresBy(gridOf(marks, failures), 'line', (m) => index.placeOf(m));
    expect(lines.map(({ key }) => key)).toEqual(['l0', 'l1', 'l2']);
    const reversed = figuresBy({ ...gridOf([], []), meters: [...meters].reverse() }, 'line', (m) => index.placeOf(m));
    expect(reversed.map(({ key }) => key)).toEqual(['l0', 'l1', 'l2']);
    const { failedBy } = figuresOf(
      gridOf([], [failed('m5', 'implausible'), failed('m6', 'implausible'), failed('m7')]),
    );
    expect(failedBy.map(({ reason }) => reason)).toEqual(['implausible', 'no_answer']);
  });

  it('count meters without a group apart', () => {
    const byFeeder = figuresBy(gridOf(marks, failures), 'concentrator', (m) => index.placeOf(m));
    expect(byFeeder.map(({ key, figures: { due } }) => [key, due])).toEqual([
      ['k1', 4],
      [null, 8],
    ]);
    const byDistrict = figuresBy(gridOf(marks, failures), 'district', (m) => index.placeOf(m));
    expect(byDistrict.map(({ key }) => key)).toEqual(['d1', null]);
  });
});

describe('figures of any day', () => {
  const slot = fc.integer({ min: 0, max: 97 }).map((i) => SLOT + i * 900_000);
  const mark = fc.record({
    meter: fc.constantFrom(...ids, 'stranger'),
    slot,
    readAt: fc.integer({ min: SLOT, max: SLOT + 2 * DAY_MS }),
    quality: fc.constantFrom(...QUALITIES),
  });
  const failure = fc.record({
    meter: fc.constantFrom(...ids, 'stranger'),
    slot,
    at: slot,
    reason: fc.constantFrom(...REASONS),
    detail: fc.constant(''),
    attempts: fc.nat(9),
    lastBytes: fc.constant(''),
    final: fc.boolean(),
  });
  const sum = (all: readonly Figures[], of: (figures: Figures) => number): number =>
    all.reduce((total, figures) => total + of(figures), 0);

  it('balance: due = answered + suspect + failed + open + excluded', () => {
    fc.assert(
      fc.property(
        fc.array(mark),
        fc.array(failure),
        fc.constantFrom('freeze-day', 'profile'),
        (marks, failures, kind) => {
          const grid = gridOf(marks, failures, kind);
          const f = figuresOf(grid);
          const answers = f.answeredFirst + f.answeredRetry + f.answeredLate + f.suspect;
          const excluded = Object.values(f.excluded).reduce((total, count) => total + count, 0);
          const { due, failed: lost, open } = f;
          expect(ledgerDifferences({ due: grid.owed, answered: answers, failed: lost, open, excluded })).toEqual([]);
          expect(f.failedBy.reduce((total, { count }) => total + count, 0)).toBe(lost);
          expect(due).toBe(meters.length * (kind === 'profile' ? 93 : 1));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('are the sum of their groups, whichever way they are grouped', () => {
    fc.assert(
      fc.property(fc.array(mark), fc.array(failure), fc.constantFrom(...GROUPINGS), (marks, failures, grouping) => {
        const grid = gridOf(marks, failures, 'profile');
        const whole = figuresOf(grid);
        const groups = figuresBy(grid, grouping, (m) => index.placeOf(m)).map(({ figures }) => figures);
        for (const name of [
          'due',
          'expected',
          'answeredFirst',
          'answeredRetry',
          'answeredLate',
          'suspect',
          'failed',
          'open',
        ] as const) {
          expect(
            sum(groups, (figures) => figures[name]),
            name,
          ).toBe(whole[name]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('do not depend on the order in which marks and failures are given', () => {
    const unique = fc.uniqueArray(mark, { selector: ({ meter: id, slot: when }) => `${id} ${when}` });
    fc.assert(
      fc.property(unique, fc.array(failure, { maxLength: 1 }), (marks, failures) => {
        expect(figuresOf(gridOf([...marks].reverse(), failures))).toEqual(figuresOf(gridOf(marks, failures)));
      }),
      { numRuns: 50 },
    );
  });
});

describe('the ledger', () => {
  const counts = { due: 10, answered: 6, failed: 3, open: 1 };

  it('balances when every due read is one of answered, failed, open and excluded', () => {
    expect(ledgerDifferences(counts)).toEqual([]);
    expect(ledgerDifferences({ ...counts, due: 12, excluded: 2 })).toEqual([]);
    const whereabouts = { committed: 4, spooled: 1, quarantined: 1 };
    expect(ledgerDifferences({ ...counts, whereabouts })).toEqual([]);
  });

  it('names the equation that fails, and by how much', () => {
    expect(ledgerDifferences({ ...counts, open: 0 })).toEqual([
      { equation: 'due = answered + failed + open + excluded', left: 10, right: 9, difference: 1 },
    ]);
    const whereabouts = { committed: 4, spooled: 2, quarantined: 1 };
    expect(ledgerDifferences({ ...counts, whereabouts }).map(({ difference }) => difference)).toEqual([-1]);
  });
});
