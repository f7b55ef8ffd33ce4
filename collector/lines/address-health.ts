import type { PlanMeter } from '#contract/plan.ts';
import type { Reason } from '#contract/reasons.ts';
import type { AddressStatus } from '#contract/status.ts';
import { CLASSES, ReplyTimes } from './reply-times.ts';

/** How one exchange with a meter ended. */
export interface ExchangeEnd {
  readonly kind: 'reply' | 'timeout' | 'damaged' | 'lost';
  /** From the end of the request on the wire to the first byte of the reply, ms; null when there was none. */
  readonly replyMs: number | null;
}

/** What is known of one address on a line. */
class Address {
  readonly meter: PlanMeter;
  readonly replyTimes: ReplyTimes;
  requests = 0;
  replies = 0;
  timeouts = 0;
  damaged = 0;
  lastGoodAt: number | null = null;
  reason: Reason | null = null;

  constructor(meter: PlanMeter, replyTimes: ReplyTimes) {
    this.meter = meter;
    this.replyTimes = replyTimes;
  }
}

/** Counts for each address of a line; exchanges are put down to the meter that is being read. */
export class AddressBook {
  readonly #addresses = new Map<string, Address>();
  #current: Address | null = null;
  /** Reply times of all addresses, one after the other: an array for each would cost more than its content. */
  #replyTimes = new Uint16Array(0);
  readonly #allReplyTimes = (): Uint16Array => this.#replyTimes;
  #places = 0;

  /** The exchanges that follow are with this meter. */
  asking(meter: PlanMeter): void {
    if (this.#current?.meter === meter) return;
    let known = this.#addresses.get(meter.address);
    if (known?.meter.id !== meter.id) {
      known = new Address(meter, this.#newReplyTimes());
      this.#addresses.set(meter.address, known);
    }
    this.#current = known;
  }

  #newReplyTimes(): ReplyTimes {
    const at = CLASSES * this.#places++;
    if (at >= this.#replyTimes.length) {
      const grown = new Uint16Array(Math.max(8 * CLASSES, 2 * at));
      grown.set(this.#replyTimes);
      this.#replyTimes = grown;
    }
    return new ReplyTimes(this.#allReplyTimes, at);
  }

  ended({ kind, replyMs }: ExchangeEnd): void {
    const address = this.#current;
    if (!address) return;
    address.requests++;
    if (replyMs !== null && kind === 'reply') address.replyTimes.add(replyMs);
    if (kind === 'reply') address.replies++;
    else if (kind === 'timeout') address.timeouts++;
    else if (kind === 'damaged') address.damaged++;
  }

  good(at: number): void {
    if (!this.#current) return;
    this.#current.lastGoodAt = at;
    this.#current.reason = null;
  }

  failed(reason: Reason): void {
    if (this.#current) this.#current.reason = reason;
  }

  get count(): number {
    return this.#addresses.size;
  }

  get failing(): number {
    let failing = 0;
    for (const { reason } of this.#addresses.values()) if (reason !== null) failing++;
    return failing;
  }

  /** Those with a reason first, then those with most failed exchanges; at most `most`. */
  status(most: number, extra: (meter: PlanMeter) => Pick<AddressStatus, 'leftAlone' | 'missing'>): AddressStatus[] {
    const worst = [...this.#addresses.values()].sort(
      (a, b) => Number(b.reason !== null) - Number(a.reason !== null) || trouble(b) - trouble(a),
    );
    return worst.slice(0, most).map((address) => {
      const { meter, requests, replies, timeouts, damaged, lastGoodAt, reason } = address;
      const replyMs = address.replyTimes.percentiles;
      const { id, address: name } = meter;
      return {
        meter: id,
        address: name,
        reason,
        lastGoodAt,
        requests,
        replies,
        timeouts,
        damaged,
        replyMs,
        ...extra(meter),
      };
    });
  }
}

/** Part of the exchanges that brought nothing. */
function trouble({ requests, timeouts, damaged }: Address): number {
  return requests === 0 ? 0 : (timeouts + damaged) / requests;
}
