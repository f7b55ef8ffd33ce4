import { randomUUID } from 'node:crypto';
import { messageOf } from '#platform/errors.ts';
import type { EventStore } from '#stores/event-store.ts';
import type { OpenDeliveries, Webhook } from '#stores/webhook-store.ts';
import { Courier, type CourierParts, TIMEOUT_MS } from './courier.ts';

/** The sender is known to be alive for so long, ms; a post begins only if it will end within that. */
export const LEASE_MS = 2 * TIMEOUT_MS;
const RENEW_MS = 5000;
/** While there is no webhook, it is looked for one this often, ms. */
const IDLE_MS = 2000;
/** After a failure of the database, it is left alone for so long, ms. */
const FAILED_MS = 5000;

export interface SenderParts extends Omit<CourierParts, 'mayPost' | 'signal' | 'random' | 'events'> {
  readonly events: Pick<EventStore, 'after' | 'at' | 'range'>;
  readonly random?: () => number;
}

/**
 * Sends what webhooks have to be told. Every API process has one, and of all of them one sends: the holder of a lease in
 * the database, which another takes over when it has run out. Each webhook has its own courier: one that answers slowly
 * holds up no other.
 */
export class WebhookSender {
  readonly #parts: SenderParts;
  readonly #courierParts: CourierParts;
  readonly #holder = randomUUID();
  readonly #abort = new AbortController();
  readonly #couriers = new Map<string, Courier>();
  readonly #busy = new Map<string, Promise<void>>();
  /** Webhooks that could not be served, and until when they are left alone, monotonic ms. */
  readonly #resting = new Map<string, number>();
  #looking: Promise<void> = Promise.resolve();
  /** Monotonic ms. */
  #heldUntil = Number.NEGATIVE_INFINITY;
  #askAt = Number.NEGATIVE_INFINITY;
  #lookAt = Number.NEGATIVE_INFINITY;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#courierParts = {
      random: Math.random,
      ...parts,
      mayPost: () => !this.#abort.signal.aborted && parts.clock.mono() + TIMEOUT_MS <= this.#heldUntil,
      signal: this.#abort.signal,
    };
  }

  /** Begins to send what is due; called several times a second. Never rejects. */
  async tick(): Promise<void> {
    const { clock, logger } = this.#parts;
    if (clock.mono() < this.#lookAt || this.#abort.signal.aborted) return;
    try {
      this.#looking = this.#look();
      await this.#looking;
    } catch (error) {
      this.#lookAt = clock.mono() + FAILED_MS;
      logger.warn({ why: messageOf(error) }, 'webhooks could not be looked at; it is tried again');
    }
  }

  async #look(): Promise<void> {
    const { webhooks, events, clock } = this.#parts;
    const active = (await webhooks.list()).filter(({ disabledWhy }) => disabledWhy === null);
    for (const id of this.#couriers.keys()) {
      if (active.some((webhook) => webhook.id === id)) continue;
      this.#couriers.delete(id);
      this.#resting.delete(id);
    }
    if (active.length === 0) this.#lookAt = clock.mono() + IDLE_MS;
    if (active.length === 0 || !(await this.#holdsLease())) return;
    const { newest } = await events.range();
    const open = new Map((await webhooks.open(clock.now())).map((each) => [each.webhook, each]));
    for (const webhook of active) {
      const waiting = open.get(webhook.id) ?? { open: 0, due: 0, unanswered: 0 };
      const idle = webhook.position >= newest && waiting.due === 0;
      if (!idle && this.#isFree(webhook.id)) this.#serve(webhook, newest, waiting);
    }
  }

  #isFree(id: string): boolean {
    return !this.#busy.has(id) && (this.#resting.get(id) ?? 0) <= this.#parts.clock.mono();
  }

  /** Resolves when all that was begun has been noted. */
  async settled(): Promise<void> {
    await Promise.all(this.#busy.values());
  }

  /** Breaks off what is on its way, which is sent again under the same id, and lets another process go on. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#looking.catch(() => {});
    await this.settled();
    if (this.#heldUntil === Number.NEGATIVE_INFINITY) return;
    // Not given up, it runs out.
    await this.#parts.webhooks.giveUpLease(this.#holder).catch(() => {});
  }

  #serve(webhook: Webhook, newest: number, waiting: Omit<OpenDeliveries, 'webhook'>): void {
    const { id } = webhook;
    const courier = this.#couriers.get(id) ?? new Courier(this.#courierParts, webhook.perMinute);
    this.#couriers.set(id, courier);
    const run = courier
      .serve(webhook, newest, waiting)
      .catch((error: unknown) => {
        // What was sent but could not be noted is sent again: not several times a second.
        this.#resting.set(id, this.#parts.clock.mono() + FAILED_MS);
        const fields = { webhook: id, why: messageOf(error) };
        this.#parts.logger.warn(fields, 'a webhook could not be served; it is tried again');
      })
      .finally(() => this.#busy.delete(id));
    this.#busy.set(id, run);
  }

  async #holdsLease(): Promise<boolean> {
    const { webhooks, clock } = this.#parts;
    const asked = clock.mono();
    if (asked >= this.#askAt) {
      const now = clock.now();
      const isHeld = await webhooks.takeLease(this.#holder, now, now + LEASE_MS);
      this.#heldUntil = isHeld ? asked + LEASE_MS : Number.NEGATIVE_INFINITY;
      this.#askAt = asked + RENEW_MS;
    }
    return this.#courierParts.mayPost();
  }
}

export const TICK_MS = 250;
