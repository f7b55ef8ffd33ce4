import type { Reason } from '#contract/reasons.ts';
import type { AddressStatus, LineStatus } from '#contract/status.ts';
import type { Clock } from '#platform/clock.ts';
import { AddressBook, type ExchangeEnd } from './address-health.ts';
import { LineUse } from './line-use.ts';
import { ReplyTimes } from './reply-times.ts';

/** What a line's bus counts. */
export interface BusCounts {
  readonly requests: number;
  readonly replies: number;
  readonly timeouts: number;
  readonly damaged: number;
  readonly strays: number;
}

/** What the line itself knows when it is asked for its status. */
export interface LineFacts {
  readonly waiting: number;
  readonly breakersOpen: number;
  readonly nextDueAt: number | null;
  readonly leftAlone: (address: string) => boolean;
}

/** The worst addresses of a line that its status names. */
const MOST_ADDRESSES = 10;
const MOST_MISSING = 20;

/** State of one line, as it is told to the centre. */
export class LineHealth {
  readonly id: string;
  readonly book = new AddressBook();
  readonly #counts: () => BusCounts;
  readonly #clock: Pick<Clock, 'mono'>;
  readonly #missing: (meter: string) => readonly string[];
  readonly #replyTimes = ReplyTimes.alone();
  readonly #use: LineUse;
  #state: LineStatus['state'] = 'idle';
  #reason: Reason | null = null;
  #detail = '';
  #lastGoodAt: number | null = null;

  /** `missing`: what a meter is not asked for, in words. */
  constructor(
    id: string,
    counts: () => BusCounts,
    clock: Pick<Clock, 'mono'>,
    missing: (meter: string) => readonly string[] = () => [],
  ) {
    this.id = id;
    this.#counts = counts;
    this.#clock = clock;
    this.#missing = missing;
    this.#use = new LineUse(clock.mono());
  }

  /** One exchange on the line is over; monotonic ms. */
  exchanged(end: ExchangeEnd, from: number, to: number): void {
    this.#use.busy(from, to);
    if (end.kind === 'reply' && end.replyMs !== null) this.#replyTimes.add(end.replyMs);
    this.book.ended(end);
  }

  /** Replies on the line, whatever they said. */
  get replies(): number {
    return this.#counts().replies;
  }

  up(): void {
    this.#state = 'up';
    this.#reason = null;
    this.#detail = '';
  }

  down(reason: Reason, detail: string): void {
    this.#state = 'down';
    this.#reason = reason;
    this.#detail = detail.slice(0, 300);
  }

  good(at: number): void {
    this.#lastGoodAt = at;
  }

  /** Addresses that were read, the worst first. */
  addresses(leftAlone: (address: string) => boolean, most = Number.POSITIVE_INFINITY): AddressStatus[] {
    return this.book.status(most, ({ id, address }) => ({
      leftAlone: leftAlone(address),
      missing: this.#missing(id).slice(0, MOST_MISSING),
    }));
  }

  status({ waiting, breakersOpen, nextDueAt, leftAlone }: LineFacts): LineStatus {
    const { requests, replies, timeouts, damaged, strays } = this.#counts();
    return {
      id: this.id,
      state: this.#state,
      reason: this.#reason,
      detail: this.#detail,
      lastGoodAt: this.#lastGoodAt,
      requests,
      replies,
      timeouts,
      damaged,
      strays,
      waiting,
      breakersOpen,
      replyMs: this.#replyTimes.percentiles,
      usePercent: this.#use.percent(this.#clock.mono()),
      nextDueAt,
      addressesRead: this.book.count,
      addressesFailing: this.book.failing,
      addresses: this.addresses(leftAlone, MOST_ADDRESSES),
    };
  }
}
