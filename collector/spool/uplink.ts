import type { Ack } from '#contract/ack.ts';
import { MAX_ENVELOPE_BATCHES, MAX_ENVELOPE_BYTES, MAX_ENVELOPE_ROWS } from '#contract/envelope.ts';
import { encodeWire } from '#contract/envelope-codec.ts';
import type { Cancel, Clock } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import { failpoint } from '#platform/failpoint.ts';
import type { Logger } from '#platform/logger.ts';
import { batchesOf, batchKey, type StoredRecord } from './record.ts';
import { SendingOrder } from './sending-order.ts';
import type { Spool } from './spool.ts';

interface Flight {
  readonly from: number;
  readonly to: number;
}

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
 * An ack for more than was ever sent proves that the spool's file is older than its epoch: a restored image, or a card
 * that lies about what it has synced. Numbers then stand for other results than the centre has committed, so a new
 * epoch begins. For this the retained ack is heard before anything is sent.
 */
export class Uplink {
  readonly #options: UplinkOptions;
  #state: 'listening' | 'sending' | 'renewing' = 'listening';
  #hearing: Cancel = () => {};
  /** Whether the retained ack was held against the spool, or there is none. */
  #compared = false;
  #sentTo = 0;
  #acks: Promise<void> = Promise.resolve();
  #connected = false;
  #stopped = false;
  readonly #order = new SendingOrder();
  #flights: Flight[] = [];
  #pumping = false;
  #again = false;
  #patience: Cancel | null = null;
  #acked = 0;

  constructor(options: UplinkOptions) {
    this.#options = options;
    options.spool.onAppended(() => this.#pump());
  }

  /** Records that the centre has committed since the process started. */
  get acked(): number {
    return this.#acked;
  }

  get inFlight(): number {
    return this.#flights.length;
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

  /** Takes a commit ack, one after the other: deletes what it names, sends again what it misses. */
  acknowledge(ack: Ack, retained: boolean): Promise<void> {
    const taken = this.#acks.then(() => this.#take(ack, retained));
    this.#acks = taken.catch(() => {});
    return taken;
  }

  stop(): void {
    this.#stopped = true;
    this.#hearing();
    this.#patience?.();
  }

  async #take(ack: Ack, retained: boolean): Promise<void> {
    const { spool } = this.#options;
    if (ack.epoch !== spool.epoch || this.#state === 'renewing') return;
    const newest = Math.max(ack.upTo, ack.seen);
    const known = retained && !this.#compared ? spool.startSeq : Math.max(spool.startSeq, this.#sentTo);
    if (newest > known) {
      this.#options.logger.warn(
        { newest, known, epoch: spool.epoch },
        'the centre knows of more than this spool has sent: the file is older than its epoch; a new epoch begins',
      );
      await this.#renew();
      return;
    }
    failpoint('before-ack-take');
    this.#compared = true;
    const committed = committedRanges(ack);
    const oldest = await spool.oldest();
    const fresh = committed.filter(([, to]) => to >= oldest);
    this.#acked += await spool.remove(fresh);
    failpoint('after-ack-take');
    const before = this.#flights.length;
    this.#flights = this.#flights.filter(
      (flight) => !committed.some(([from, to]) => from <= flight.from && to >= flight.to),
    );
    if (this.#flights.length < before || fresh.length > 0) this.#watch();
    for (const [from] of ack.gaps) {
      if (!this.#flights.some((flight) => flight.from <= from && flight.to >= from)) this.#order.backTo(from);
    }
    if (this.#state === 'listening') this.#open();
    else this.#pump();
  }

  /** Nothing is sent or deleted until the spool has its new epoch. */
  async #renew(): Promise<void> {
    const { spool, clock, logger, resendMs } = this.#options;
    this.#state = 'renewing';
    this.#hearing();
    try {
      await spool.renew();
    } catch (err) {
      logger.error({ err }, 'cannot begin a new epoch; it is tried again');
      if (!this.#stopped) this.#hearing = clock.after('new epoch', resendMs, () => void this.#renew());
      return;
    }
    this.#sentTo = 0;
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
    this.#flights = [];
    this.#order.restart(this.#options.spool.lastSeq);
    this.#watch();
    this.#pump();
  }

  /** Starts the wait for progress anew. */
  #watch(): void {
    this.#patience?.();
    this.#patience = null;
    if (this.#flights.length === 0 || this.#stopped) return;
    this.#patience = this.#options.clock.after('uplink progress', this.#options.resendMs, () => {
      this.#options.logger.warn({ inFlight: this.#flights.length }, 'no commit ack for a while; sending again');
      this.#restart();
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
    while (this.#sends && this.#flights.length < window) {
      const stretch = this.#order.next(spool.lastSeq);
      const { epoch } = spool;
      const read = await spool.read(stretch.from, MAX_ENVELOPE_ROWS);
      const oldest = await spool.oldest();
      // A reconnect, a gap or a new epoch may have come meanwhile.
      if (!this.#order.isNext(stretch) || epoch !== spool.epoch || !this.#sends) continue;
      const envelope = fitting(read.filter(({ seq }) => seq < stretch.below));
      const [first] = envelope;
      const last = envelope.at(-1);
      if (first && last) {
        this.#order.sent(stretch, last.seq);
        this.#launch(envelope, { from: first.seq, to: last.seq }, oldest);
      } else if (!this.#order.exhausted(stretch)) return;
    }
  }

  #launch(records: readonly StoredRecord[], flight: Flight, oldest: number): void {
    const { spool, clock, send, logger } = this.#options;
    const header = {
      epoch: spool.epoch,
      seq: flight.from,
      count: flight.to - flight.from + 1,
      oldest,
      sentAt: clock.now(),
    };
    this.#sentTo = Math.max(this.#sentTo, flight.to);
    const wasIdle = this.#flights.length === 0;
    this.#flights.push(flight);
    if (wasIdle) this.#watch();
    const sending = send(encodeWire(header, batchesOf(records)));
    failpoint('after-publish');
    sending.catch((error: unknown) => {
      logger.debug({ seq: flight.from, why: messageOf(error) }, 'an envelope is unsure');
    });
  }
}

/** Ranges that an ack says are committed. */
export function committedRanges(ack: Pick<Ack, 'upTo' | 'seen' | 'gaps'>): [number, number][] {
  const ranges: [number, number][] = ack.upTo > 0 ? [[1, ack.upTo]] : [];
  let next = ack.upTo + 1;
  for (const [from, to] of ack.gaps) {
    if (from > next) ranges.push([next, from - 1]);
    next = to + 1;
  }
  if (ack.gaps.length > 0 && next <= ack.seen) ranges.push([next, ack.seen]);
  return ranges;
}

/** Header and column names of an envelope take less than this. */
const ENVELOPE_OVERHEAD_BYTES = 8192;

/** As many of the records as one envelope may hold. */
function fitting(records: readonly StoredRecord[]): StoredRecord[] {
  const taken: StoredRecord[] = [];
  const batches = new Set<string>();
  let bytes = ENVELOPE_OVERHEAD_BYTES;
  for (const record of records) {
    const key = batchKey(record);
    bytes += Buffer.byteLength(JSON.stringify(record.row)) + 1;
    if (!batches.has(key)) bytes += Buffer.byteLength(JSON.stringify(record.columns));
    batches.add(key);
    if (taken.length > 0 && (bytes > MAX_ENVELOPE_BYTES || batches.size > MAX_ENVELOPE_BATCHES)) break;
    taken.push(record);
  }
  return taken;
}
