import { CENTRE_EVENT_TYPES } from '#contract/centre-event.ts';
import type { ArrearsOrder, OutageHead, PlannedOutage } from '#contract/outage.ts';
import { RESTORED_MS } from '#domain/triage/ladder.ts';
import { AHEAD_MS } from '#domain/triage/plans.ts';
import type { NewestNotes } from '#domain/triage/triage-types.ts';
import type { Clock } from '#platform/clock.ts';
import { allOutageHeads } from '#stores/all-outages.ts';
import type { StateStore, StoredStatus } from '#stores/state-store.ts';
import { Followed, type Seen } from '../followed.ts';

/** A change is noticed by the next call after this, ms. */
const LOOK_MS = 300;
const ORDERS_LOOK_MS = 1000;
const STATUS_LOOK_MS = 2000;
/** What ages out of memory, without a change, is dropped after this. */
const RELOAD_MS = 60_000;
const DAY_MS = 24 * 3_600_000;
const OUTAGE_EVENTS = CENTRE_EVENT_TYPES.filter((type) => type.startsWith('outage.'));

type State = Pick<StateStore, 'outages' | 'orders' | 'events' | 'status'>;

export interface RememberedIncident extends OutageHead {
  readonly notes: NewestNotes;
}

interface Incidents {
  /** The newest event before the look, and when it was. */
  readonly position: number;
  readonly at: number;
  /** Unconfirmed, open and lately restored ones. */
  readonly list: readonly RememberedIncident[];
}

interface Orders {
  readonly version: string;
  readonly at: number;
  readonly planned: readonly PlannedOutage[];
  /** Unfinished ones by account, newest change first. */
  readonly arrears: ReadonlyMap<string, readonly ArrearsOrder[]>;
}

/**
 * What the hotline asks for again and again, in memory: incidents, announced work, unfinished orders, and how the
 * collectors are. It is read again when the events, or the version of the orders, say that something has changed. It
 * holds no members of incidents: its size goes with the number of incidents, not with the customers in them.
 */
export class SupplyMemory {
  readonly #state: State;
  readonly #clock: Clock;
  readonly #incidents: Followed<Incidents>;
  readonly #orders: Followed<Orders>;
  readonly #status: Followed<readonly StoredStatus[]>;

  constructor(state: State, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
    this.#incidents = new Followed({ clock, name: 'incidents', everyMs: LOOK_MS }, (known) =>
      this.#readIncidents(known),
    );
    this.#orders = new Followed({ clock, name: 'orders', everyMs: ORDERS_LOOK_MS }, (known) => this.#readOrders(known));
    this.#status = new Followed<readonly StoredStatus[]>({ clock, name: 'status', everyMs: STATUS_LOOK_MS }, () =>
      state.status.all(),
    );
  }

  incidents(): Promise<Seen<Incidents>> {
    return this.#incidents.get();
  }

  orders(): Promise<Seen<Orders>> {
    return this.#orders.get();
  }

  /** The last words of all collectors. */
  status(): Promise<Seen<readonly StoredStatus[]>> {
    return this.#status.get();
  }

  async #readIncidents(known: Incidents | null): Promise<Incidents> {
    const { outages, events } = this.#state;
    const now = this.#clock.now();
    // Before the incidents: what changes meanwhile is seen again, rather than not at all.
    const { newest: position } = await events.range();
    if (known && now - known.at < RELOAD_MS && position === known.position) return known;
    if (known && now - known.at < RELOAD_MS) {
      const changes = await events.after(known.position, 1, { types: OUTAGE_EVENTS });
      if (changes.length === 0) return { ...known, position };
    }
    const open = await allOutageHeads(outages, { states: ['unconfirmed', 'open'] });
    const during = { from: now - RESTORED_MS, to: now };
    const restored = await allOutageHeads(outages, { states: ['restored'], during });
    const heads = [...open, ...restored];
    const notes = await outages.newestNotes(heads.map(({ id }) => id));
    const list = heads.map((head) => {
      const own = notes.filter(({ outage }) => outage === head.id);
      const newest = (kind: keyof NewestNotes) => own.find((note) => note.kind === kind) ?? null;
      return { ...head, notes: { cause: newest('cause'), expected: newest('expected'), told: newest('told') } };
    });
    return { position, at: now, list };
  }

  async #readOrders(known: Orders | null): Promise<Orders> {
    const { orders } = this.#state;
    const now = this.#clock.now();
    const version = await orders.version();
    if (known && known.version === version && now - known.at < RELOAD_MS) return known;
    const planned = await orders.plannedDuring(now - DAY_MS, now + AHEAD_MS + RELOAD_MS);
    const unfinished = await orders.arrearsIn(['noticed', 'disconnected', 'paid']);
    unfinished.sort((a, b) => b.updatedAt - a.updatedAt);
    return { version, at: now, planned, arrears: Map.groupBy(unfinished, ({ account }) => account) };
  }
}
