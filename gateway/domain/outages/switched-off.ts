import type { OutageTopology } from './topology.ts';

/** A time, UTC ms, during which a meter was switched off by order; `to` is Infinity while it is. */
export interface OffSpan {
  readonly meter: string;
  readonly from: number;
  readonly to: number;
}

/**
 * A meter that was switched off is remembered for so long after it is on again: what it told of it is remembered as long,
 * and would be an outage without.
 */
export const REMEMBERED_MS = 400 * 86_400_000;
/** Its clock may be wrong by this much, and the time that an order names differ from when it was done. */
const EDGE_MS = 900_000;

/** When meters were switched off by order: what they tell of those times is no outage, whenever it is told. */
export class SwitchedOff {
  #meters: ReadonlySet<string> = new Set();
  #spans: OffSpan[] = [];
  #byNumber = new Map<number, OffSpan[]>();

  /**
   * These are off now, and none else. `past`: times known from elsewhere, such as after a restart; `to` is Infinity of
   * those that last. Returns the meters for which something changed.
   */
  set(meters: ReadonlySet<string>, past: readonly OffSpan[], now: number): ReadonlySet<string> {
    const changed = this.#meters.symmetricDifference(meters);
    const kept = this.#spans.filter(({ to }) => to > now - REMEMBERED_MS);
    this.#spans = kept.map((span) => {
      return span.to === Number.POSITIVE_INFINITY && !meters.has(span.meter) ? { ...span, to: now } : span;
    });
    for (const meter of meters.difference(this.#meters)) {
      this.#spans.push({ meter, from: now, to: Number.POSITIVE_INFINITY });
    }
    const known = new Set(this.#spans.map(({ meter, from, to }) => `${meter} ${from} ${to}`));
    const learnt = past.filter(({ meter, from, to }) => !known.has(`${meter} ${from} ${to}`));
    this.#spans.push(...learnt);
    this.#meters = meters;
    return changed.union(new Set(learnt.map(({ meter }) => meter)));
  }

  /** Numbers its meters anew. */
  number({ meters }: OutageTopology): void {
    this.#byNumber = new Map();
    for (const span of this.#spans) {
      const number = meters.ids.numberOf(span.meter);
      if (number === undefined) continue;
      const spans = this.#byNumber.get(number);
      if (spans) spans.push(span);
      else this.#byNumber.set(number, [span]);
    }
  }

  /** Whether a meter was off at some moment of a time, or nearly; `end` null = it lasts. */
  wasOff(meter: number, start: number, end: number | null): boolean {
    const spans = this.#byNumber.get(meter);
    return (
      spans?.some(({ from, to }) => start < to + EDGE_MS && (end ?? Number.POSITIVE_INFINITY) > from - EDGE_MS) ?? false
    );
  }
}
