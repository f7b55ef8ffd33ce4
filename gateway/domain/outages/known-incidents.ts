import type { Outage } from '#contract/outage.ts';
import { Claims } from './claims.ts';

/** Times in which something about a feeder was learnt, UTC ms. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const MAX_SPANS = 16;

/** Incidents of one feeder (or area without one): open ones, and a bounded number of past ones. */
export class KnownIncidents {
  readonly claims = new Claims();
  readonly #all = new Map<string, Outage>();
  /** As they were last told, and when, UTC ms. */
  readonly #told = new Map<string, { readonly outage: Outage; readonly at: number }>();
  /** Past ones of an earlier process. */
  readonly #stored = new Set<string>();
  /** When something that was held back is to be told, UTC ms. */
  heldUntil = Number.POSITIVE_INFINITY;
  /** No past incident ended later, UTC ms. */
  #lastEnd = 0;
  #spans: Span[] = [];
  #changed = new Map<number, Span>();
  /** Past incidents that ended up to here are forgotten; nothing is derived again from what lies before. */
  #forgotten: number;
  /** Suspicions of silence that were dropped: what was silent before does not raise another, UTC ms. */
  silenceAfter = 0;

  constructor(forgotten = 0) {
    this.#forgotten = forgotten;
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  all(): Iterable<Outage> {
    return this.#all.values();
  }

  get(id: string): Outage | undefined {
    return this.#all.get(id);
  }

  /** Incidents that are unconfirmed or open. */
  get openCount(): number {
    let count = 0;
    for (const { state } of this.#all.values()) if (state === 'open' || state === 'unconfirmed') count++;
    return count;
  }

  put(outage: Outage): void {
    this.#lastEnd = Math.max(this.#lastEnd, outage.restoredAt ?? 0);
    this.#all.set(outage.id, outage);
  }

  /** Goes on with an incident of an earlier process, which knew more than is known now. */
  restore(outage: Outage): void {
    this.put(outage);
    this.tell(outage, 0);
    if (outage.state === 'restored') this.#stored.add(outage.id);
  }

  isStored(id: string): boolean {
    return this.#stored.has(id);
  }

  tell(outage: Outage, at: number): void {
    this.#told.set(outage.id, { outage, at });
  }

  lastTold(id: string): { readonly outage: Outage; readonly at: number } | undefined {
    return this.#told.get(id);
  }

  /** Meters of which something was learnt since this was last asked, and of which times. */
  takeChanged(): ReadonlyMap<number, Span> {
    const changed = this.#changed;
    this.#changed = new Map();
    return changed;
  }

  /** A past incident stands no longer, and with it those that stayed dark inside it, or in which it did. */
  release(outage: Outage, standing: Set<Outage>): void {
    const family = outage.parent ?? outage.id;
    for (const each of [...standing]) {
      if (!this.isFrozen(each) && (each.id === family || each.parent === family)) standing.delete(each);
    }
  }

  /**
   * Something was learnt of a meter (or terminal, below zero) that was true within these times: what is known of past
   * incidents there may change.
   */
  touch(thing: number | null, from: number, to: number): void {
    if (thing !== null) {
      const known = this.#changed.get(thing);
      this.#changed.set(thing, { from: Math.min(from, known?.from ?? from), to: Math.max(to, known?.to ?? to) });
    }
    const last = this.#spans.at(-1);
    if (last && from >= last.from && to <= last.to) return;
    this.#spans.push({ from, to });
    if (this.#spans.length <= MAX_SPANS) return;
    const all = this.#spans;
    this.#spans = [{ from: Math.min(...all.map((each) => each.from)), to: Math.max(...all.map((each) => each.to)) }];
  }

  /** What is over and began when interruptions were forgotten already cannot be worked out anew. */
  isFrozen({ state, startedAt }: Outage): boolean {
    return state === 'restored' && startedAt <= this.#forgotten;
  }

  /**
   * Whether an interruption that began then belonged to an incident that is forgotten: it began before the last of those
   * was over, and not within any that is known. Its end may have been heard of much later.
   */
  isOfForgotten(start: number, slackMs: number): boolean {
    if (start > this.#forgotten) return false;
    for (const { state, startedAt, restoredAt } of this.#all.values()) {
      const end = restoredAt ?? Number.POSITIVE_INFINITY;
      if (state !== 'dismissed' && start >= startedAt - slackMs && start <= end) return false;
    }
    return true;
  }

  /** True when supply at a moment may contradict a past incident. */
  reaches(at: number): boolean {
    if (at >= this.#lastEnd) return false;
    for (const { state, startedAt, restoredAt } of this.#all.values()) {
      if (state === 'restored' && at > startedAt && at < (restoredAt ?? 0)) return true;
    }
    return false;
  }

  /**
   * Past incidents that stand: nothing was learnt of their times, and nothing that belongs to them lasts. They are asked
   * for once before each derivation; what was learnt is then taken as seen.
   */
  standing(slackMs: number): Set<Outage> {
    const spans = this.#spans;
    this.#spans = [];
    const closed = [...this.#all.values()].filter(({ state }) => state === 'restored');
    const standing = new Set(
      closed.filter((outage) => {
        const { startedAt, restoredAt } = outage;
        const end = restoredAt ?? startedAt;
        return (
          this.isFrozen(outage) || !spans.some(({ from, to }) => from <= end + slackMs && to >= startedAt - slackMs)
        );
      }),
    );
    for (const outage of this.#all.values()) {
      const stands = outage.state === 'dismissed' || standing.has(outage);
      if (!stands) this.release(outage, standing);
    }
    return standing;
  }

  /**
   * Drops the oldest past incidents until no more than `most` are left with `mostMembers` in all, and of what was none
   * as many again. Whatever ended up to `slackMs` after the last member was back is forgotten with an incident;
   * those stay without which what lasts could not be worked out.
   */
  bound(most: number, mostMembers: number, slackMs = 0): void {
    const all = [...this.#all.values()].sort((a, b) => (b.restoredAt ?? b.startedAt) - (a.restoredAt ?? a.startedAt));
    for (const outage of all.filter(({ state }) => state === 'dismissed').slice(most)) this.#drop(outage);
    const needed = this.#neededFrom(all);
    let members = 0;
    for (const [place, outage] of all.filter(({ state }) => state === 'restored').entries()) {
      members += outage.members.length;
      const until = lastEndOf(outage) + slackMs;
      if (until >= needed || (place < most && (place === 0 || members <= mostMembers))) continue;
      this.#drop(outage);
      this.#forgotten = Math.max(this.#forgotten, until);
    }
  }

  /** What lasts, and that inside which something does, is worked out from all that was interrupted since. */
  #neededFrom(all: readonly Outage[]): number {
    const lasting = all.filter(({ state }) => state === 'open' || state === 'unconfirmed');
    const parents = new Set(lasting.map(({ parent }) => parent));
    const needed = all.filter((each) => parents.has(each.id) || (lasting.includes(each) && each.node !== 'meter'));
    return needed.reduce((least, { startedAt }) => Math.min(least, startedAt), Number.POSITIVE_INFINITY);
  }

  #drop({ id }: Outage): void {
    this.#all.delete(id);
    this.#told.delete(id);
    this.#stored.delete(id);
  }
}

function lastEndOf({ restoredAt, members }: Outage): number {
  return members.reduce((last, { to }) => Math.max(last, to ?? 0), restoredAt ?? 0);
}
