import type { Ack } from '#contract/ack.ts';
import { MAX_ENVELOPE_ROWS } from '#contract/envelope.ts';
import { encodeWire } from '#contract/envelope-codec.ts';
import type { Cancel, Clock } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import { failpoint } from '#platform/failpoint.ts';
import type { Logger } from '#platform/logger.ts';
import { committedRanges } from './committed-ranges.ts';
import { fitting, type Portion } from './fitting.ts';
import { Flights } from './flights.ts';
import { type Range, without } from './ranges.ts';
import { batchesOf } from './record.ts';
import { SendingOrder } from './sending-order.ts';
import type { Spool } from './spool.ts';
import type { Taken } from './taken.ts';

export interface UplinkOptions {
  readonly spool: Spool;
  /** Sends one envelope; a rejection means that nothing is known of it. */
  readonly send: (text: string) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly window: number;
  readonly resendMs: number;
  /** How long the first connection waits for the retained ack before anything is sent. */
  readonly hearMs: number;
}

/**
 * Empties the spool towards the centre. At most `window` envelopes are on their way without a commit ack; a PUBACK
 * frees nothing. Without progress everything un-acked is sent again, which the centre's keys make harmless. After a
 * time without the centre what is new and what has waited go in turn: nobody waits for today until last week is through.
 *
 * A centre that was restored from a backup names as missing what it had committed. That is believed when the same ack
 * says something new: one that is merely late says nothing that is not known. What is missing is sent again then.
 *
 * An ack for more than was ever sent proves that the spool's file is older than its epoch: a restored image, or a card
 * that lies about what it has synced. Numbers then stand for other results than the centre has committed, so a new
 * epoch begins. For this the retained ack is heard before anything is sent. When that one is of another epoch, a number
 * that no record has is sent alone, and its ack is waited for.
 */
export class Uplink {
  readonly #options: UplinkOptions;
  #state: 'listening' | 'sending' | 'renewing' = 'listening';
  #hearing: Cancel = () => {};
  /** A replay that was asked for while an epoch could not be begun. */
  #later: Cancel = () => {};
  /** Whether the retained ack was held against the spool, or there is none. */
  #compared = false;
  #sentTo = 0;
  #turn: Promise<void> = Promise.resolve();
  #connected = false;
  #stopped = false;
  readonly #order = new SendingOrder();
  readonly #flights = new Flights();
  #pumping = false;
  #again = false;
  #patience: Cancel | null = null;
  #acked = 0;
  /** Number that asks how far the centre is, before anything is sent. */
  #asked: number | null = null;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(options: UplinkOptions) {
    this.#options = options;
    options.spool.onAppended(() => this.#pump());
  }

  /** Records that the centre has committed since the process started. */
  get acked(): number {
    return this.#acked;
  }

  get inFlight(): number {
    return this.#flights.count;
  }

  /** After a reconnect nothing is known of what was on its way: it is sent again. */
  connection(connected: boolean): void {
    this.#connected = connected;
    if (this.#state === 'listening') {
      this.#hearing();
      if (connected)
        this.#hearing = this.#options.clock.after('retained ack', this.#options.hearMs, () => this.#open());
    } else if (this.#state === 'sending') {
      if (connected) this.#restart();
      // What is retained from now on may be an ack for what this process has sent.
      else this.#compared = true;
    }
  }

  /** Takes a commit ack, one after the other: notes what it names, sends again what it misses. */
  acknowledge(ack: Ack, retained: boolean): Promise<void> {
    return this.#inTurn(() => this.#take(ack, retained));
  }

  /** Sends what is held from a moment on (UTC ms) once more, as the centre has asked for; once for each id. */
  replay(id: string, since: number): Promise<void> {
    return this.#inTurn(async () => {
      const { spool, logger, clock, resendMs } = this.#options;
      const { epoch } = spool;
      this.#later();
      const begin = async (): Promise<void> => {
        const { rows } = await spool.replay(id, since);
        if (spool.epoch === epoch) return;
        logger.warn({ request: id, since, rows }, 'the centre has asked for what is held once more');
      };
      if (spool.hasReplayed(id)) await begin();
      else if (this.#state !== 'renewing') await this.#renew(begin);
      else if (!this.#stopped) this.#later = clock.after('replay', resendMs, () => void this.replay(id, since));
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  stop(): void {
    this.#stopped = true;
    this.#hearing();
    this.#later();
    this.#patience?.();
  }

  async #take(ack: Ack, retained: boolean): Promise<void> {
    const { spool } = this.#options;
    if (this.#state === 'renewing') return;
    if (ack.epoch !== spool.epoch) return this.#doubt(retained);
    const committed = committedRanges(ack);
    if (this.#isBeyond(committed, retained)) return this.#renew(() => spool.renew());
    failpoint('before-ack-take');
    this.#compared = true;
    // What is retained may be older than anything heard before: it can commit, but take nothing back.
    const taken = await spool.take(committed, retained ? [] : ack.gaps);
    this.#acked += taken.committed;
    failpoint('after-ack-take');
    if (taken.returned > 0) return this.#heal(taken);
    if (this.#flights.land(committed) || taken.isNews) this.#watch();
    for (const [from] of ack.gaps) if (!this.#flights.carries(from)) this.#order.backTo(from);
    if (this.#state === 'listening') this.#open();
    else this.#pump();
    if (taken.isBehind && !taken.isNews) await this.#askWhenIdle();
  }

  /** Whether more is committed than this spool can have sent. */
  #isBeyond(committed: readonly Range[], retained: boolean): boolean {
    const { spool, logger } = this.#options;
    const asked = this.#asked ?? 0;
    const newest = without(committed, [[asked, asked]]).at(-1)?.[1] ?? 0;
    const known = retained && !this.#compared ? spool.startSeq : Math.max(spool.startSeq, this.#sentTo);
    if (newest <= known) return false;
    logger.warn(
      { newest, known, epoch: spool.epoch },
      'the centre knows of more than this spool has sent: the file is older than its epoch; a new epoch begins',
    );
    return true;
  }

  /** Of another epoch speaks a centre that never heard of this one, or went back before it; or the file went back. */
  #doubt(retained: boolean): Promise<void> {
    return retained && this.#state === 'listening' ? this.#ask() : this.#askWhenIdle();
  }

  /** Asks the centre how far it is in this epoch, before anything is sent under numbers that may have been used. */
  async #ask(): Promise<void> {
    if (this.#state !== 'listening') return;
    const { spool, logger } = this.#options;
    this.#hearing();
    this.#flights.clear();
    try {
      this.#asked ??= await spool.skip();
      const seq = this.#asked;
      this.#launch({ from: seq, to: seq, records: [] }, Math.min(await spool.oldest(), seq));
    } catch (err) {
      logger.error({ err }, 'cannot ask how far the centre is');
      this.#open();
    }
  }

  /** A restored centre is noticed when it is told something new, for which there may be nothing for a long time. */
  async #askWhenIdle(): Promise<void> {
    const { spool, clock, resendMs } = this.#options;
    if (!this.#sends || this.#flights.count > 0 || !spool.isIdle || clock.mono() < this.#askedAt + resendMs) return;
    this.#askedAt = clock.mono();
    await spool.skip();
    this.#pump();
  }

  /** What the centre had and has not any more is the backlog. No ack names what it may lack of the epochs before. */
  async #heal({ returned, hasOlder }: Taken): Promise<void> {
    const { logger, spool } = this.#options;
    logger.warn(
      { epoch: spool.epoch, records: returned },
      'the centre lacks results that it had committed: it was restored from a backup; they are sent again',
    );
    if (hasOlder) await this.#renew(() => spool.renew('everything'));
    else if (this.#state === 'listening') this.#open();
    else this.#restart();
  }

  /** Nothing is sent or taken until the spool has its new epoch. */
  async #renew(begin: () => Promise<unknown>): Promise<void> {
    const { clock, logger, resendMs } = this.#options;
    this.#state = 'renewing';
    this.#hearing();
    try {
      await begin();
    } catch (err) {
      logger.error({ err }, 'cannot begin a new epoch; it is tried again');
      if (!this.#stopped) this.#hearing = clock.after('new epoch', resendMs, () => void this.#renew(begin));
      return;
    }
    this.#sentTo = 0;
    this.#asked = null;
    this.#compared = true;
    this.#open();
  }

  #open(): void {
    this.#hearing();
    this.#state = 'sending';
    this.#options.spool
      .compared()
      .catch((err: unknown) => this.#options.logger.error({ err }, 'cannot write to the spool'));
    this.#restart();
  }

  #restart(): void {
    this.#flights.clear();
    this.#order.restart(this.#options.spool.lastSeq);
    this.#watch();
    this.#pump();
  }

  /** Starts the wait for progress anew. */
  #watch(): void {
    this.#patience?.();
    this.#patience = null;
    if (this.#flights.count === 0 || this.#stopped) return;
    this.#patience = this.#options.clock.after('uplink progress', this.#options.resendMs, () => {
      this.#options.logger.warn({ inFlight: this.#flights.count }, 'no commit ack for a while; sending again');
      if (this.#state === 'listening') void this.#inTurn(() => this.#ask());
      else this.#restart();
    });
  }

  get #sends(): boolean {
    return this.#connected && !this.#stopped && this.#state === 'sending';
  }

  #pump(): void {
    if (this.#pumping) {
      this.#again = true;
      return;
    }
    this.#pumping = true;
    this.#sendSome()
      .catch((err: unknown) => this.#options.logger.error({ err }, 'cannot read the spool'))
      .finally(() => {
        this.#pumping = false;
        if (!this.#again) return;
        this.#again = false;
        this.#pump();
      });
  }

  async #sendSome(): Promise<void> {
    const { spool, window } = this.#options;
    while (this.#sends && this.#flights.count < window) {
      const { epoch, lastSeq } = spool;
      const stretch = this.#order.next(lastSeq);
      const unsent = await spool.unsent(stretch.from, stretch.below, MAX_ENVELOPE_ROWS);
      // A reconnect, a gap or a new epoch may have come meanwhile.
      if (!this.#order.isNext(stretch) || epoch !== spool.epoch || !this.#sends) continue;
      if (unsent) {
        const portion = fitting(unsent);
        this.#order.sent(stretch, portion.to);
        this.#launch(portion, unsent.oldest);
      } else if (!this.#order.exhausted(stretch, lastSeq)) return;
    }
  }

  #launch({ records, ...flight }: Portion, oldest: number): void {
    const { spool, clock, send, logger } = this.#options;
    const { from: seq, to } = flight;
    const header = { epoch: spool.epoch, seq, count: to - seq + 1, oldest, sentAt: clock.now() };
    // A number that only asks says nothing of those before it.
    if (this.#state === 'sending') this.#sentTo = Math.max(this.#sentTo, to);
    const wasIdle = this.#flights.count === 0;
    this.#flights.add(flight);
    if (wasIdle) this.#watch();
    const sending = send(encodeWire(header, batchesOf(records)));
    failpoint('after-publish');
    sending.catch((error: unknown) => {
      logger.debug({ seq, why: messageOf(error) }, 'an envelope is unsure');
    });
  }
}
