import { isDeepStrictEqual } from 'node:util';
import type { ArrearsOrder, PlannedOutage } from '#contract/outage.ts';
import { type OffSpan, REMEMBERED_MS } from '#domain/outages/switched-off.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { OrderStore } from '#stores/outage-store.ts';
import type { Engine } from './engine-port.ts';

const DAY_MS = 86_400_000;
/** Plans of this time around now: records of meters tell of days past. */
const PAST_MS = 7 * DAY_MS;
const AHEAD_MS = 2 * DAY_MS;
/** Without any change they are loaded anew this often, because the time that they are taken from moves on. */
const ANEW_MS = 600_000;

/**
 * Tells the engine what other systems announced: planned work, and whose meters are off because of an order. An account
 * is off from its disconnection until it is connected again; payment alone closes no relay.
 */
export class OrderWatch {
  readonly #orders: OrderStore;
  readonly #registry: RegistryIndex;
  #version: string | null = null;
  #plans: readonly PlannedOutage[] = [];
  #loadedAt = 0;

  constructor(orders: OrderStore, registry: RegistryIndex) {
    this.#orders = orders;
    this.#registry = registry;
  }

  /** Loads them when they have changed. `now`: clock of the centre, UTC ms. Rejects as the store does. */
  async look(engine: Pick<Engine, 'setPlans' | 'setDisconnected'>, now: number): Promise<void> {
    const version = await this.#orders.version();
    if (version === this.#version && Math.abs(now - this.#loadedAt) < ANEW_MS) return;
    const plans = await this.#orders.plannedDuring(now - PAST_MS, now + AHEAD_MS);
    const orders = await this.#orders.arrearsIn(['disconnected', 'paid', 'reconnected', 'cancelled']);
    const off = orders.filter(({ state }) => state === 'disconnected' || state === 'paid');
    const meters = off.flatMap(({ account }) => this.#registry.metersOfAccount(account, now).map(({ id }) => id));
    const spans = orders.flatMap((order) => this.#spansOf(order, now));
    // Only what is new: the engine looks at incidents anew for it.
    if (!isDeepStrictEqual(plans, this.#plans)) engine.setPlans(plans);
    this.#plans = plans;
    engine.setDisconnected(new Set(meters), spans);
    this.#version = version;
    this.#loadedAt = now;
  }

  /** Since when its meters are off, or when they were: what they recorded then is told later. */
  #spansOf({ account, state, disconnectedAt, reconnectedAt, updatedAt }: ArrearsOrder, now: number): OffSpan[] {
    if (disconnectedAt === null) return [];
    const isOver = state === 'reconnected' || state === 'cancelled';
    const to = isOver ? (reconnectedAt ?? updatedAt) : Number.POSITIVE_INFINITY;
    if (to < now - REMEMBERED_MS) return [];
    return this.#registry.metersOfAccount(account, disconnectedAt).map(({ id }) => ({
      meter: id,
      from: disconnectedAt,
      to,
    }));
  }
}
