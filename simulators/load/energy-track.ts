import { DAY_S, dayIndex, dayStart, EPOCH_S, QUARTER_S, QUARTERS } from '../clock/local-time.ts';
import { addSegments, BLOCK_DAYS, type DaySegments, type DaySource, TOTALS } from './day-source.ts';
import type { FactorLine } from './factor-line.ts';
import { RATE_OF_QUARTER, RATES } from './rates.ts';

/**
 * Energy counted since the epoch, for any second. Inside a quarter hour energy is linear in time, so the mean power of
 * the quarter hour is also the present power. A factor line scales pieces of time (nothing while the power is off, a
 * part while a phase is missing); it is applied to the second.
 */
export class EnergyTrack implements DaySource {
  readonly #source: DaySource;
  #factor: FactorLine;
  /** Sums at the start of the first blocks, one after another. */
  #marks = new Float64Array(TOTALS);
  #marked = 1;
  #memoDay = 0;
  #memo = new Float64Array(TOTALS);

  constructor(source: DaySource, factor: FactorLine) {
    this.#source = source;
    this.#factor = factor;
  }

  /** Takes a new factor line, or a source that changed, of which everything before `fromS` is as it was. */
  change(factor: FactorLine, fromS: number): void {
    this.#factor = factor;
    const block = Math.floor(Math.max(0, dayIndex(fromS)) / BLOCK_DAYS);
    this.#marked = Math.min(this.#marked, block + 1);
    this.#memoDay = 0;
    this.#memo = new Float64Array(TOTALS);
  }

  /** Counted up to a second, mWh by direction and rate (see TOTALS). Zero up to the epoch. */
  at(second: number): Float64Array {
    if (second <= EPOCH_S) return new Float64Array(TOTALS);
    const day = dayIndex(second);
    const sum = this.#startOf(day);
    const start = dayStart(day);
    if (second > start) this.#addPart(day, start, second, sum);
    return sum;
  }

  addDays(block: number, count: number, into: Float64Array): void {
    const first = block * BLOCK_DAYS;
    if (this.isPlain(first, first + count)) {
      this.#source.addDays(block, count, into);
      return;
    }
    for (let from = 0; from < count; ) {
      let to = from;
      while (to < count && this.isPlain(first + to, first + to + 1)) to += 1;
      if (to > from) this.#addPlainDays(block, from, to, into);
      else addSegments(this.segments(first + to++), into);
      from = to;
    }
  }

  segments(day: number): DaySegments {
    const plain = this.#source.segments(day);
    const start = dayStart(day);
    const constant = this.#factor.constantIn(start, start + DAY_S);
    if (constant === 1) return plain;
    const shares = new Float64Array(QUARTERS);
    for (let quarter = 0; quarter < QUARTERS; quarter++) {
      const from = start + quarter * QUARTER_S;
      const weight = constant === undefined ? this.#factor.weight(from, from + QUARTER_S) : QUARTER_S * constant;
      shares[quarter] = weight / QUARTER_S;
    }
    const scale = (energy: number, quarter: number): number => Math.floor(energy * (shares[quarter] ?? 0));
    return { imports: plain.imports.map(scale), exports: plain.exports.map(scale) };
  }

  /** True when nothing scales the energy of the days [from, to). */
  isPlain(from: number, to: number): boolean {
    return this.#factor.constantIn(dayStart(from), dayStart(to)) === 1;
  }

  /** Mean power of the running quarter hour before any factor, W; import positive. */
  plainPowerW(second: number): number {
    if (second < EPOCH_S) return 0;
    const day = dayIndex(second);
    const quarter = Math.floor((second - dayStart(day)) / QUARTER_S);
    const { imports, exports } = this.#source.segments(day);
    return ((imports[quarter] ?? 0) - (exports[quarter] ?? 0)) / 250;
  }

  /** Days `from` to `to` of a block, on which nothing scales. */
  #addPlainDays(block: number, from: number, to: number, into: Float64Array): void {
    const before = new Float64Array(TOTALS);
    this.#source.addDays(block, from, before);
    this.#source.addDays(block, to, into);
    for (let i = 0; i < TOTALS; i++) into[i] = (into[i] ?? 0) - (before[i] ?? 0);
  }

  /** A fresh copy of the sums at the start of a day. */
  #startOf(day: number): Float64Array {
    if (day !== this.#memoDay) {
      const block = Math.floor(day / BLOCK_DAYS);
      this.#markUpTo(block);
      this.#memo = this.#marks.slice(block * TOTALS, (block + 1) * TOTALS);
      this.addDays(block, day - block * BLOCK_DAYS, this.#memo);
      this.#memoDay = day;
    }
    return this.#memo.slice();
  }

  #markUpTo(block: number): void {
    if (this.#marks.length < (block + 1) * TOTALS) {
      const larger = new Float64Array((block + 1) * TOTALS);
      larger.set(this.#marks);
      this.#marks = larger;
    }
    for (; this.#marked <= block; this.#marked++) {
      const from = (this.#marked - 1) * TOTALS;
      this.#marks.copyWithin(from + TOTALS, from, from + TOTALS);
      this.addDays(this.#marked - 1, BLOCK_DAYS, this.#marks.subarray(from + TOTALS, from + 2 * TOTALS));
    }
  }

  #addPart(day: number, start: number, second: number, sum: Float64Array): void {
    const { imports, exports } = this.#source.segments(day);
    const plain = this.#factor.constantIn(start, second) === 1;
    for (let quarter = 0, from = start; from < second; quarter++, from += QUARTER_S) {
      const until = Math.min(from + QUARTER_S, second);
      const share = (plain ? until - from : this.#factor.weight(from, until)) / QUARTER_S;
      const rate = RATE_OF_QUARTER[quarter] ?? 0;
      sum[rate] = (sum[rate] ?? 0) + Math.floor((imports[quarter] ?? 0) * share);
      sum[RATES + rate] = (sum[RATES + rate] ?? 0) + Math.floor((exports[quarter] ?? 0) * share);
    }
  }
}
