import type { CentreEventType } from '#contract/centre-event.ts';

/** Why a webhook is not sent to: somebody said so, or its address answered 410 Gone. */
export const DISABLED_WHY = ['by_hand', 'gone'] as const;
export type DisabledWhy = (typeof DISABLED_WHY)[number];

/** `waiting` to be sent (again), `delivered`, or `dead`: given up, until somebody has it sent again. */
export const DELIVERY_STATES = ['waiting', 'delivered', 'dead'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** An address outside that is told events. Instants are UTC ms. */
export interface Webhook {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /** Null: the usual ones, without the steps of probes. */
  readonly types: readonly CentreEventType[] | null;
  /** Null: all; events of no district are for every webhook. */
  readonly districts: readonly string[] | null;
  /** Most requests a minute; what is more is sent together. */
  readonly perMinute: number;
  /** Signs what is sent: `whsec_` and base64. */
  readonly secret: string;
  /** The one before it, which signs as well until then. */
  readonly previousSecret: string | null;
  readonly previousUntil: number | null;
  readonly disabledWhy: DisabledWhy | null;
  /** Id of the API key. */
  readonly createdBy: string;
  readonly createdAt: number;
  /** Every event up to here that concerns it has a delivery. */
  readonly position: number;
}

export type WebhookChange = Partial<
  Pick<
    Webhook,
    | 'name'
    | 'url'
    | 'types'
    | 'districts'
    | 'perMinute'
    | 'secret'
    | 'previousSecret'
    | 'previousUntil'
    | 'disabledWhy'
    | 'position'
  >
>;

/** One or more events on their way to a webhook. */
export interface Delivery {
  readonly webhook: string;
  /** The `webhook-id` of every attempt. */
  readonly id: string;
  /** Positions of its events, ascending. */
  readonly positions: readonly number[];
  readonly state: DeliveryState;
  readonly createdAt: number;
  readonly attempts: number;
  /** When the next attempt is due; of one that is not waiting, when it ended. */
  readonly nextAt: number;
  readonly lastAt: number | null;
  /** Status of the last answer, or null when none came. */
  readonly lastStatus: number | null;
  /** Why no answer came, such as `timeout` or `address_refused`; empty otherwise. */
  readonly lastError: string;
}

export type Attempt = Pick<Delivery, 'state' | 'nextAt' | 'lastStatus' | 'lastError'> & { readonly lastAt: number };

export interface OpenDeliveries {
  readonly webhook: string;
  /** Waiting ones. */
  readonly open: number;
  /** Of these, those that are due. */
  readonly due: number;
  /** Of these, those that the receiver did not refuse by an answer 4xx: it may be away. */
  readonly unanswered: number;
}

/**
 * Webhooks, what is on its way to each, and who sends. A delivery is stored before it is sent and marked afterwards, so
 * that a process that ends in between sends it again under the same id, and loses none.
 */
export interface WebhookStore {
  add(webhook: Webhook): Promise<void>;
  get(id: string): Promise<Webhook | null>;
  /** In the order in which they were made. */
  list(): Promise<Webhook[]>;
  /** False when there is none. */
  change(id: string, change: WebhookChange): Promise<boolean>;
  /** With its deliveries. False when there is none. */
  remove(id: string): Promise<boolean>;
  /**
   * Adds deliveries and moves the position of the webhook from `from` to `to`, in one transaction; false, and nothing
   * is done, when its position is another by now. One whose id is there and no longer waiting is sent again.
   */
  plan(
    webhook: string,
    from: number,
    to: number,
    deliveries: readonly Pick<Delivery, 'id' | 'positions'>[],
    now: number,
  ): Promise<boolean>;
  open(now: number): Promise<OpenDeliveries[]>;
  /**
   * Waiting ones that are due, in the order of their events. So is one that was not tried yet, or by the clock was tried
   * later than now: when the clock is set back, nothing waits for it to come round again.
   */
  due(webhook: string, now: number, limit: number): Promise<Delivery[]>;
  /** Notes an attempt of a delivery that had `attempts` before; does nothing when it was changed meanwhile. */
  attempted(delivery: Pick<Delivery, 'webhook' | 'id' | 'attempts'>, attempt: Attempt): Promise<void>;
  /** Newest first; `after` is the last of the page before. */
  deliveries(
    webhook: string,
    filter: {
      readonly state?: DeliveryState;
      readonly limit: number;
      readonly after?: Pick<Delivery, 'createdAt' | 'id'>;
    },
  ): Promise<Delivery[]>;
  /** Has dead ones sent again, all of them or the one of this id; resolves with their number. */
  revive(webhook: string, id: string | null, now: number): Promise<number>;
  deadLetters(): Promise<number>;
  /** Deletes deliveries that ended before an instant. */
  forget(state: Exclude<DeliveryState, 'waiting'>, endedBefore: number): Promise<void>;
  /**
   * True when `holder` is now the one that sends until then; false while another is. A lease that ends far later than
   * this one would is of a clock that was set back, and is over.
   */
  takeLease(holder: string, now: number, until: number): Promise<boolean>;
  giveUpLease(holder: string): Promise<void>;
}
