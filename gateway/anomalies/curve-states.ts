import type { JudgeState, JudgeStateStore } from '#stores/judge-state-store.ts';

/** Days whose beginnings are kept, today's included. */
export const KEPT_DAYS = 3;
const PAGE = 5000;

interface Rows {
  readonly meters: readonly string[];
  rowOf(meter: string): number | undefined;
}

/**
 * What is remembered of every meter's curve: in memory the state after its newest judged point, some 300 bytes a
 * meter; on disk the states at the beginnings of the last days, from which a day is judged again.
 */
export class CurveStates {
  readonly #store: JudgeStateStore;
  #now: (Float64Array | undefined)[] = [];
  #last = new Float64Array(0);
  /** Quantities that the meter has ever given, as bits: what it never gives is no gap. */
  #given = new Uint16Array(0);
  /** Beginnings of days that are kept, ascending. */
  #days: number[] = [];

  constructor(store: JudgeStateStore) {
    this.#store = store;
  }

  /** Beginnings of days from which judging again gives what judging once would have given, ascending, UTC ms. */
  get days(): readonly number[] {
    return this.#days;
  }

  /** Slot of the newest judged point since the beginning, UTC ms; 0 when there is none. */
  lastOf(row: number): number {
    return this.#last[row] ?? 0;
  }

  /** Learns which quantities a meter gives, and says which it has ever given. */
  giving(row: number, bits: number): number {
    if (row >= this.#last.length) this.#grow(row + 1);
    const known = (this.#given[row] ?? 0) | bits;
    this.#given[row] = known;
    return known;
  }

  stateOf(row: number): Float64Array | null {
    return this.#now[row] ?? null;
  }

  put(row: number, slot: number, state: Float64Array): void {
    if (row >= this.#last.length) this.#grow(row + 1);
    if (slot > this.lastOf(row)) this.#last[row] = slot;
    this.#now[row] = state;
  }

  /**
   * Puts the states at the beginning of a day, or none, in the place of those in memory; that day is kept from then on.
   * False when nothing was remembered.
   */
  async beginAt(day: number, site: Rows): Promise<boolean> {
    this.#now = [];
    this.#last = new Float64Array(site.meters.length);
    this.#given = new Uint16Array(site.meters.length);
    const kept = await this.#store.days('curve');
    const newest = kept.filter((each) => each <= day).at(-1);
    for (let after = ''; newest !== undefined; ) {
      const page = await this.#store.after('curve', newest, after, PAGE);
      for (const { meter, state } of page) {
        const row = site.rowOf(meter);
        if (row !== undefined) this.#now[row] = state;
      }
      const last = page.at(-1);
      if (!last || page.length < PAGE) break;
      after = last.meter;
    }
    this.#days = kept.filter((each) => each < day);
    if (newest === day) this.#days.push(day);
    else await this.keepDay(day, site);
    return newest !== undefined;
  }

  /** Writes down the states of all meters as those at the beginning of a day. */
  async keepDay(day: number, site: Rows): Promise<void> {
    for (let from = 0; from < this.#now.length; from += PAGE) {
      const page: JudgeState[] = [];
      for (let row = from; row < Math.min(from + PAGE, this.#now.length); row++) {
        const state = this.#now[row];
        const meter = site.meters[row];
        if (state && meter !== undefined) page.push({ meter, state });
      }
      await this.#store.put('curve', day, page);
    }
    await this.#store.complete('curve', day);
    this.#days = [...this.#days.filter((each) => each !== day), day].slice(-KEPT_DAYS);
    const [oldest] = this.#days;
    if (oldest !== undefined) await this.#store.forgetBefore('curve', oldest);
  }

  /** State at the beginning of a kept day. */
  async at(day: number, meter: string): Promise<Float64Array | null> {
    return (await this.#store.of('curve', day, [meter])).get(meter) ?? null;
  }

  /** A day was judged again: the next one began otherwise. */
  correct(day: number, meter: string, state: Float64Array): Promise<void> {
    return this.#store.put('curve', day, [{ meter, state }]);
  }

  #grow(rows: number): void {
    const room = Math.max(rows, this.#last.length * 2);
    const last = new Float64Array(room);
    const given = new Uint16Array(room);
    last.set(this.#last);
    given.set(this.#given);
    this.#last = last;
    this.#given = given;
  }
}
