import type { Outage, OutageHead } from '#contract/outage.ts';
import type { OutageStore } from '#stores/outage-store.ts';
import { changesOf } from './outage-events.ts';

/** Incidents that are over and still known by heart; of others the store is asked. */
const MOST_CLOSED = 20_000;

/**
 * What the store holds of each incident, without the long lists: open ones all, of those that are over the newest. An
 * incident that it does not know by heart is asked for, so that nothing is opened twice however old it is.
 */
export class StoredHeads {
  readonly #store: Pick<OutageStore, 'get'>;
  readonly #open = new Map<string, OutageHead>();
  readonly #closed = new Map<string, OutageHead>();

  constructor(store: Pick<OutageStore, 'get'>, known: readonly Outage[]) {
    this.#store = store;
    for (const outage of known) this.set(outage);
  }

  /** Null when nothing is stored of it, or nothing known by heart. */
  known(id: string): OutageHead | null {
    return this.#open.get(id) ?? this.#closed.get(id) ?? null;
  }

  async find(id: string): Promise<OutageHead | null> {
    const known = this.known(id);
    if (known) return known;
    const stored = await this.#store.get(id);
    return stored && this.set(stored);
  }

  set(outage: Outage): OutageHead {
    const { members: _members, evidence: _evidence, ...head } = outage;
    this.forget(head.id);
    const isOver = head.state === 'restored' || head.state === 'dismissed';
    (isOver ? this.#closed : this.#open).set(head.id, head);
    if (this.#closed.size > MOST_CLOSED) {
      const [oldest] = this.#closed.keys();
      if (oldest !== undefined) this.#closed.delete(oldest);
    }
    return head;
  }

  /** To be asked for again: nobody knows whether a commit that failed is there after all. */
  forget(id: string): void {
    this.#open.delete(id);
    this.#closed.delete(id);
  }
}

/**
 * What is to be written of an incident over what is stored of it; null when that says the same already. An engine that
 * has forgotten an incident derives it with a revision of its own: it must not fall behind the one that was told.
 */
export function writable(outage: Outage, stored: OutageHead | null): Outage | null {
  if (!stored || outage.revision > stored.revision) return outage;
  if (changesOf(stored, outage).length === 0) return null;
  return {
    ...outage,
    revision: stored.revision + 1,
    firstEvidenceAt: Math.min(stored.firstEvidenceAt, outage.firstEvidenceAt),
    detectedAt: stored.detectedAt,
    confirmedAt: outage.confirmedAt === null ? null : (stored.confirmedAt ?? outage.confirmedAt),
  };
}
