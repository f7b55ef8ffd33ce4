import type { FreezeSeries } from '../../profiles/dlt645-profile.ts';
import { FREEZE_CLOCK_LIMIT_S } from './meter-clock.ts';
import { periodOf, periodsBetween } from './periods.ts';

interface Stamp {
  readonly n: number;
  /** UTC ms. */
  readonly stamp: number;
  /** When it was seen, UTC ms. */
  readonly at: number;
}

interface Known {
  readonly seen: Stamp | null;
  /** The lowest n at which nothing stood, and when. */
  readonly empty: { readonly n: number; readonly at: number } | null;
}

const NOTHING: Known = { seen: null, empty: null };

/**
 * Where the freezes of the meters of a line stood lately. A meter that missed midnights has its older freezes at lower
 * numbers than the days say, and one that is young has none at most of them: without this each slot of a long repair
 * would find that out anew. It only says where to look; what stands there is read each time.
 */
export class FreezeBook {
  readonly #known = new Map<string, Known>();
  readonly #zone: string;

  constructor(zone: string) {
    this.#zone = zone;
  }

  /** `stamp`: null when nothing stands there. */
  note(meter: string, freezes: FreezeSeries, found: Omit<Stamp, 'stamp'> & { readonly stamp: number | null }): void {
    const { n, stamp, at } = found;
    const known = this.#of(meter, freezes);
    if (stamp !== null) this.#set(meter, freezes, { ...known, seen: { n, stamp, at } });
    else if (n < this.#end(freezes, known, at)) this.#set(meter, freezes, { ...known, empty: { n, at } });
  }

  /** Which n-th last freeze should be that of `slot` by the one seen last, or null. */
  guess(meter: string, freezes: FreezeSeries, slot: number, now: number): number | null {
    const { seen } = this.#of(meter, freezes);
    if (seen === null) return null;
    const turns = periodsBetween(this.#zone, freezes, seen.at, now);
    return seen.n + turns + periodsBetween(this.#zone, freezes, slot, seen.stamp);
  }

  /** From which n on nothing stands, as far as is known: one more than the meter keeps, or less. */
  end(meter: string, freezes: FreezeSeries, now: number): number {
    return this.#end(freezes, this.#of(meter, freezes), now);
  }

  /** A freeze that the meter wrote since moved all others one up: then nothing is known of the end any more. */
  #end(freezes: FreezeSeries, { empty }: Known, now: number): number {
    const whole = freezes.kept + 1;
    if (empty === null || freezes.every !== 'day' || now < empty.at) return whole;
    const marginMs = FREEZE_CLOCK_LIMIT_S * 1000;
    const first = periodOf(this.#zone, freezes, empty.at - marginMs);
    return first === periodOf(this.#zone, freezes, now + marginMs) ? empty.n : whole;
  }

  #of(meter: string, { stampSeries }: FreezeSeries): Known {
    return this.#known.get(`${meter} ${stampSeries}`) ?? NOTHING;
  }

  #set(meter: string, { stampSeries }: FreezeSeries, known: Known): void {
    this.#known.set(`${meter} ${stampSeries}`, known);
  }
}
