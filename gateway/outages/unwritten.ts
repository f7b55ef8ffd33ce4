import type { Outage, OutageHead } from '#contract/outage.ts';
import type { Settled } from '#domain/outages/engine-types.ts';

/** An incident that changes with every envelope is written this often, ms. */
const PACE_MS = 1000;
/** Members in one transaction: a longer one would hold up every other write. */
export const MOST_MEMBERS = 5000;
/** Meters whose memory is written in one statement: to make a longer one would hold up the process. */
const MOST_MEMORIES = 1000;
/** Members that are rewritten in a second for incidents of which nothing but the extent has changed. */
const MEMBERS_A_SECOND = 20_000;

/** What is written together. */
export interface Portion {
  readonly outages: readonly Outage[];
  readonly supply: readonly { readonly meter: string; readonly text: string }[];
  readonly forgotten: readonly string[];
}

/**
 * What the engine has found and the store does not have yet, of each incident the newest. What begins or ends is due at
 * once; of what only changes, what waits longest comes first, and in a storm not all in one second.
 */
export class Unwritten {
  readonly #outages = new Map<string, Outage>();
  readonly #supply = new Map<string, string | null>();
  /** When each incident was written last, monotonic ms; of those that are not over. */
  readonly #writtenAt = new Map<string, number>();
  #allowance = MEMBERS_A_SECOND;
  #allowedAt = 0;

  add({ changed, supply, forgotten }: Omit<Settled, 'more'>): void {
    for (const outage of changed) {
      // It keeps its place: what waits longest comes first.
      this.#outages.set(outage.id, outage);
    }
    for (const { meter, text } of supply) this.#supply.set(meter, text);
    for (const meter of forgotten) this.#supply.set(meter, null);
  }

  get size(): number {
    return this.#outages.size;
  }

  /**
   * What is to be written now, in portions each of which is one transaction. The memory of meters comes last: whoever
   * finds it stored finds what was derived from it. `mono` in ms; `all` leaves nothing for later.
   */
  due(known: (id: string) => OutageHead | null, mono: number, all: boolean): Portion[] {
    const outages = [...this.#outages.values()].filter((outage) => this.#isDue(outage, known(outage.id), mono, all));
    const portions = inPortions(outages).map((part): Portion => ({ outages: part, supply: [], forgotten: [] }));
    const [first, ...others] = this.#memories();
    if (!first) return portions;
    const last = portions.pop();
    return [...portions, { ...first, outages: last?.outages ?? [] }, ...others];
  }

  /** The memory of meters in portions. */
  #memories(): Portion[] {
    const all = [...this.#supply];
    const portions: Portion[] = [];
    for (let from = 0; from < all.length; from += MOST_MEMORIES) {
      const some = all.slice(from, from + MOST_MEMORIES);
      const supply = some.flatMap(([meter, text]) => (text === null ? [] : [{ meter, text }]));
      const forgotten = some.flatMap(([meter, text]) => (text === null ? [meter] : []));
      portions.push({ outages: [], supply, forgotten });
    }
    return portions;
  }

  /** A portion is stored; what has changed since stays. */
  wrote({ outages, supply, forgotten }: Portion, mono: number): void {
    for (const outage of outages) {
      if (this.#outages.get(outage.id) === outage) this.#outages.delete(outage.id);
      const isOver = outage.state === 'restored' || outage.state === 'dismissed';
      if (isOver) this.#writtenAt.delete(outage.id);
      else this.#writtenAt.set(outage.id, mono);
    }
    for (const { meter, text } of supply) if (this.#supply.get(meter) === text) this.#supply.delete(meter);
    for (const meter of forgotten) if (this.#supply.get(meter) === null) this.#supply.delete(meter);
  }

  #isDue(outage: Outage, stored: OutageHead | null, mono: number, all: boolean): boolean {
    if (all || stored?.state !== outage.state || stored.kind !== outage.kind) return true;
    if (mono - (this.#writtenAt.get(outage.id) ?? Number.NEGATIVE_INFINITY) < PACE_MS) return false;
    if (mono - this.#allowedAt >= PACE_MS) {
      this.#allowance = MEMBERS_A_SECOND;
      this.#allowedAt = mono;
    }
    // The last one may overdraw it, or an incident larger than the allowance would never be written.
    if (this.#allowance <= 0) return false;
    this.#allowance -= outage.members.length;
    return true;
  }
}

function inPortions(outages: readonly Outage[]): Outage[][] {
  const portions: Outage[][] = [];
  let room = 0;
  for (const outage of outages) {
    const last = portions.at(-1);
    if (last && room >= outage.members.length) last.push(outage);
    else {
      portions.push([outage]);
      room = MOST_MEMBERS;
    }
    room -= outage.members.length;
  }
  return portions;
}
