import { randomUUID } from 'node:crypto';
import type { CentreEvent } from '#contract/centre-event.ts';
import { USUAL_EVENT_TYPES } from '#contract/centre-event.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import type { EventStore } from '#stores/event-store.ts';
import type { Attempt, Delivery, OpenDeliveries, Webhook, WebhookStore } from '#stores/webhook-store.ts';
import { bodyOf, CONTENT_TYPE } from './bodies.ts';
import { inOrder, type Job } from './in-order.ts';
import type { DeliveryOutcome, WebhookObserver } from './metrics.ts';
import { Pace } from './pace.ts';
import type { Poster } from './poster.ts';
import { nextWait } from './retries.ts';
import { signedHeaders } from './signature.ts';

/** A receiver has so long to answer, ms. */
export const TIMEOUT_MS = 15_000;
/** Events that go out together at most. */
export const MOST_TOGETHER = 100;
/** Requests that one receiver gets at the same time. */
const AT_ONCE = 4;
/** While so many deliveries wait, events stay in their table: a receiver that is away for days costs no more than this. */
const MOST_UNANSWERED = 100;
/** The same when some of them were refused by an answer 4xx: what a receiver does not want must not hold up the rest. */
const MOST_OPEN = 1000;
/** Deliveries whose events are held at the same time. */
const MOST_HELD = 32;

/** A delivery and those of its events that are still there. */
interface Outgoing extends Job {
  readonly delivery: Delivery;
  readonly told: readonly CentreEvent[];
}

export interface CourierParts {
  readonly webhooks: WebhookStore;
  readonly events: Pick<EventStore, 'after' | 'at'>;
  /** Name of the site. */
  readonly site: () => Promise<string>;
  readonly post: Poster;
  readonly observer: WebhookObserver;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  /** False when another process may be sending soon. */
  readonly mayPost: () => boolean;
  readonly signal: AbortSignal;
}

/** Brings events to one webhook; those of one subject one after the other, in their order as far as attempts succeed. */
export class Courier {
  readonly #parts: CourierParts;
  readonly #pace: Pace;

  constructor(parts: CourierParts, perMinute: number) {
    this.#parts = parts;
    this.#pace = new Pace(perMinute, parts.clock);
  }

  /** Sends what is due. `newest` is a position of the event table that was read before. */
  async serve(webhook: Webhook, newest: number, waiting: Omit<OpenDeliveries, 'webhook'>): Promise<void> {
    const { webhooks, clock } = this.#parts;
    this.#pace.perMinute = webhook.perMinute;
    await this.#plan(webhook, newest, waiting);
    const due = await this.#withEvents(
      await webhooks.due(webhook.id, clock.now(), Math.min(this.#pace.left, MOST_HELD)),
    );
    let isGone = false;
    const goOn = (): boolean => !isGone && this.#parts.mayPost();
    await inOrder(due, { atOnce: AT_ONCE, goOn }, async (each) => {
      this.#pace.take();
      // A receiver that is gone wants nothing more.
      if ((await this.#send(webhook, each)) === 'gone') isGone = true;
    });
  }

  async #withEvents(due: readonly Delivery[]): Promise<Outgoing[]> {
    const found: Outgoing[] = [];
    for (const delivery of due) {
      const told = await this.#parts.events.at(delivery.positions);
      found.push({ delivery, told, subjects: new Set(told.map(({ subject }) => subject)) });
    }
    return found;
  }

  /** Makes deliveries of new events: one for each while there is room for that many requests, else one for all. */
  async #plan(webhook: Webhook, newest: number, waiting: Omit<OpenDeliveries, 'webhook'>): Promise<void> {
    const { webhooks, events, clock } = this.#parts;
    const { id, position, types, districts } = webhook;
    const room = this.#pace.left - waiting.due;
    if (position >= newest || room <= 0) return;
    if (waiting.unanswered >= MOST_UNANSWERED || waiting.open >= MOST_OPEN) return;
    const filter = { types: types ?? USUAL_EVENT_TYPES, ...(districts && { districts }) };
    const found = await events.after(position, MOST_TOGETHER, filter);
    const to =
      found.length < MOST_TOGETHER ? Math.max(newest, found.at(-1)?.position ?? 0) : (found.at(-1)?.position ?? 0);
    await webhooks.plan(id, position, to, found.length <= room ? found.map(alone) : [together(found)], clock.now());
  }

  async #send(webhook: Webhook, { delivery, told }: Outgoing): Promise<DeliveryOutcome | null> {
    const { webhooks, site, clock, observer, logger, signal, mayPost } = this.#parts;
    const name = await site();
    // To read it may have taken longer than the right to send lasted.
    if (!mayPost()) return null;
    const answer = told.length === 0 ? FORGOTTEN : await this.#post(webhook, delivery.id, told, name);
    if (signal.aborted && answer.status === null) return null;
    const { outcome, attempt } = this.#judge(delivery, answer);
    await webhooks.attempted(delivery, attempt);
    if (outcome === 'gone') await webhooks.change(webhook.id, { disabledWhy: 'gone' });
    observer.attempted(outcome);
    if (outcome === 'delivered') {
      for (const { committedAt } of told) observer.posted((clock.now() - committedAt) / 1000);
    } else {
      const { status, error: failure } = answer;
      const fields = { webhook: webhook.id, attempts: delivery.attempts + 1, status, failure };
      logger.warn(fields, 'a webhook did not take what it was sent');
    }
    return outcome;
  }

  async #post(webhook: Webhook, id: string, told: readonly CentreEvent[], site: string): Promise<Answer> {
    return postSigned(this.#parts, webhook, id, bodyOf(id, told, site));
  }

  #judge(
    { attempts }: Delivery,
    { status, error }: Answer,
  ): { readonly outcome: DeliveryOutcome; readonly attempt: Attempt } {
    const now = this.#parts.clock.now();
    const ended = { nextAt: now, lastAt: now, lastStatus: status, lastError: error };
    if (status !== null && status >= 200 && status < 300) {
      return { outcome: 'delivered', attempt: { state: 'delivered', ...ended } };
    }
    if (status === 410) return { outcome: 'gone', attempt: { state: 'dead', ...ended } };
    const wait = error === FORGOTTEN.error ? null : nextWait(attempts + 1, this.#parts.random);
    if (wait === null) return { outcome: 'dead', attempt: { state: 'dead', ...ended } };
    return { outcome: 'retry', attempt: { ...ended, state: 'waiting', nextAt: now + wait } };
  }
}

export interface Answer {
  readonly status: number | null;
  /** Why there is none; empty otherwise. */
  readonly error: string;
}

const FORGOTTEN: Answer = { status: null, error: 'events_forgotten' };

/** One signed attempt; never rejects. */
export async function postSigned(
  { post, clock, signal }: Pick<CourierParts, 'post' | 'clock' | 'signal'>,
  webhook: Webhook,
  id: string,
  body: string,
): Promise<Answer> {
  const late = new AbortController();
  const cancel = clock.after('webhook', TIMEOUT_MS, () =>
    late.abort(new MeterwayError('cannot wait longer for the webhook', { code: 'timeout', next: 'retry' })),
  );
  const headers = { 'content-type': CONTENT_TYPE, 'user-agent': 'meterway' };
  try {
    const status = await post({
      url: webhook.url,
      headers: { ...headers, ...signedHeaders(webhook, { id, now: clock.now(), body }) },
      body,
      signal: AbortSignal.any([late.signal, signal]),
    });
    return { status, error: '' };
  } catch (error) {
    return { status: null, error: errorCode(error) };
  } finally {
    cancel();
  }
}

/** `timeout`, `address_refused`, or the code of the system, such as ECONNREFUSED. */
function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code === '' ? 'failed' : code;
}

function alone({ id, position }: CentreEvent): Pick<Delivery, 'id' | 'positions'> {
  return { id, positions: [position] };
}

function together(events: readonly CentreEvent[]): Pick<Delivery, 'id' | 'positions'> {
  return { id: `batch-${randomUUID()}`, positions: events.map(({ position }) => position) };
}
