import { EXCLUSIONS, type Exclusion, REASONS, type Reason } from '#contract/reasons.ts';
import type { Meter } from '#contract/registry.ts';
import type { Place } from '../registry-index.ts';
import type { SlotGrid } from './slot-grid.ts';
import { answeredCode, CLASS_CODES, CODES, failedCode, OPEN, SUSPECT } from './slot-state.ts';

/** Numbers of (meter, slot); for a task with one slot a day that is numbers of meters. */
export interface Figures {
  /** Everything that was owed, the excluded included. */
  readonly due: number;
  /** 剔除, by reason. */
  readonly excluded: Readonly<Record<Exclusion, number>>;
  /** due − excluded: what the rates divide by. */
  readonly expected: number;
  readonly answeredFirst: number;
  readonly answeredRetry: number;
  readonly answeredLate: number;
  readonly suspect: number;
  readonly failed: number;
  /** Reasons that occur, most frequent first. */
  readonly failedBy: readonly { readonly reason: Reason; readonly count: number }[];
  readonly open: number;
  /** 一次采集成功率: answered in the first pass ÷ expected, per cent. */
  readonly firstPassRate: number | null;
  /** 补抄后成功率: answered on the day itself ÷ expected, per cent. */
  readonly afterRetryRate: number | null;
  /** 采集成功率: answered in any pass with a valid value ÷ expected, per cent. */
  readonly successRate: number | null;
}

export const GROUPINGS = [
  'district',
  'feeder',
  'area',
  'concentrator',
  'collector',
  'line',
  'model',
  'protocol',
  'manufacturer',
] as const satisfies readonly (keyof Place)[];
export type Grouping = (typeof GROUPINGS)[number];

export interface GroupFigures {
  /** Id of the group, or null for meters that belong to none. */
  readonly key: string | null;
  readonly figures: Figures;
}

/**
 * Per cent with two decimals, rounded down, so that 100.00 means complete; null when nothing was expected.
 * Shown so because a rate that rounds up hides the last missing meters.
 */
export function successRate(answered: number, expected: number): number | null {
  return expected === 0 ? null : Math.floor((answered * 10_000) / expected) / 100;
}

/** Figures of the whole grid. */
export function figuresOf(grid: SlotGrid): Figures {
  const counts = new Uint32Array(CODES);
  for (const code of grid.cells) counts[code] = (counts[code] ?? 0) + 1;
  return figuresFrom(counts);
}

/** Figures per group, ascending by key, meters without a group last. They add up to those of the whole grid. */
export function figuresBy(grid: SlotGrid, grouping: Grouping, placeOf: (meter: Meter) => Place): GroupFigures[] {
  const groups = new Map<string | null, Uint32Array>();
  const width = grid.slots.length;
  for (const [row, meter] of grid.meters.entries()) {
    const key = placeOf(meter)[grouping];
    const counts = groups.get(key) ?? new Uint32Array(CODES);
    groups.set(key, counts);
    for (let cell = row * width; cell < (row + 1) * width; cell++) {
      const code = grid.cells[cell] ?? 0;
      counts[code] = (counts[code] ?? 0) + 1;
    }
  }
  return [...groups]
    .map(([key, counts]) => ({ key, figures: figuresFrom(counts) }))
    .sort((a, b) => (a.key === null ? 1 : b.key === null || a.key < b.key ? -1 : 1));
}

const FAILED_CODES = REASONS.map((reason) => [reason, failedCode(reason)] as const);

/** Figures out of numbers by code of slot-state. */
export function figuresFrom(counts: Uint32Array): Figures {
  const count = (code: number): number => counts[code] ?? 0;
  const excluded: Record<Exclusion, number> = {
    excluded_new: 0,
    excluded_stopped: 0,
    excluded_outage: 0,
    excluded_closed: 0,
    excluded_manual: 0,
  };
  let left = 0;
  for (const exclusion of EXCLUSIONS) {
    excluded[exclusion] = count(CLASS_CODES[exclusion]);
    left += excluded[exclusion];
  }
  const failedBy: { reason: Reason; count: number }[] = [];
  for (const [reason, code] of FAILED_CODES) if (count(code) > 0) failedBy.push({ reason, count: count(code) });
  failedBy.sort((a, b) => b.count - a.count);
  const failed = failedBy.reduce((sum, entry) => sum + entry.count, 0);
  const answeredFirst = count(answeredCode('first'));
  const answeredRetry = count(answeredCode('retry'));
  const answeredLate = count(answeredCode('late'));
  const expected = answeredFirst + answeredRetry + answeredLate + count(SUSPECT) + failed + count(OPEN);
  return {
    due: expected + left,
    excluded,
    expected,
    answeredFirst,
    answeredRetry,
    answeredLate,
    suspect: count(SUSPECT),
    failed,
    failedBy,
    open: count(OPEN),
    firstPassRate: successRate(answeredFirst, expected),
    afterRetryRate: successRate(answeredFirst + answeredRetry, expected),
    successRate: successRate(answeredFirst + answeredRetry + answeredLate, expected),
  };
}
