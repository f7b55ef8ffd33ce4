import { calendarDay } from '../clock/local-time.ts';
import { BLOCK_DAYS } from './day-source.ts';
import { RATES } from './rates.ts';
import { type LoadKind, loadShape, YEAR_FACTOR } from './shapes.ts';

/** What a customer with a yearly mean of 1 a day is expected to draw in a block, by day and rate, and their sums. */
export interface ExpectedBlock {
  /** Day d of the block at rate r stands at 4 d + r. */
  readonly days: Float64Array;
  readonly sums: Float64Array;
}

const BLOCKS: Readonly<Record<LoadKind, Map<number, ExpectedBlock>>> = { resident: new Map(), commercial: new Map() };

export function expectedBlock(kind: LoadKind, block: number): ExpectedBlock {
  let found = BLOCKS[kind].get(block);
  if (!found) {
    const days = new Float64Array(BLOCK_DAYS * RATES);
    const sums = new Float64Array(RATES);
    for (let i = 0; i < BLOCK_DAYS; i++) {
      const { season, weekend, dayOfYear } = calendarDay(block * BLOCK_DAYS + i);
      const year = kind === 'resident' ? (YEAR_FACTOR[dayOfYear] ?? 1) : 1;
      loadShape(kind, season, weekend).rateShares.forEach((share, rate) => {
        days[i * RATES + rate] = year * share;
        sums[rate] = (sums[rate] ?? 0) + year * share;
      });
    }
    found = { days, sums };
    BLOCKS[kind].set(block, found);
  }
  return found;
}
