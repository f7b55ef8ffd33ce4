import type { Evidence } from '#domain/outages/evidence-types.ts';

/** Moments that are remembered. Incidents come of the newest evidence, or of none that came lately. */
const MOST = 10_000;

/** When evidence came in, by the moment at which it was seen in the field: of each moment the first arrival. */
export class Arrivals {
  readonly #arrivals = new Map<number, number>();

  /** `mono`: monotonic ms. */
  note(evidence: readonly Evidence[], mono: number): void {
    for (const { seenAt } of evidence) {
      if (this.#arrivals.has(seenAt)) continue;
      this.#arrivals.set(seenAt, mono);
      if (this.#arrivals.size <= MOST) continue;
      const [oldest] = this.#arrivals.keys();
      if (oldest !== undefined) this.#arrivals.delete(oldest);
    }
  }

  /** Monotonic ms; null when it is not known. */
  of(seenAt: number): number | null {
    return this.#arrivals.get(seenAt) ?? null;
  }
}
