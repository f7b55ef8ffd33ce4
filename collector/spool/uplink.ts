import type { Ack } from '#contract/ack.ts';
import { MAX_ENVELOPE_BYTES, MAX_ENVELOPE_ROWS } from '#contract/envelope.ts';
import { encodeWire } from '#contract/envelope-codec.ts';
import type { Cancel, Clock } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import { batchesOf, type StoredRecord } from './record.ts';
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
}

/**
 * Empties the spool towards the centre. At most `window` envelopes are on their way without a commit ack; a PUBACK
 * frees nothing. Without progress everything un-acked is sent again, which the centre's keys make harmless.
 */
export class Uplink {
  readonly #options: UplinkOptions;
  #connected = false;
  #stopped = false;
  #cursor = 1;
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
    if (connected) this.#restart();
  }

  /** Takes a commit ack: deletes what it names, sends again what it misses. */
  async acknowledge(ack: Ack): Promise<void> {
    const { spool, logger } = this.#options;
    if (ack.epoch !== spool.epoch) return;
    if (ack.upTo > spool.lastSeq || ack.seen > spool.lastSeq) {
      logger.error(
        { upTo: ack.upTo, seen: ack.seen, lastSeq: spool.lastSeq },
        'ack for records that were never sent; ignored',
      );
      return;
    }
    const committed = committedRanges(ack);
    const oldest = await spool.oldest();
    const fresh = committed.filter(([, to]) => to >= oldest);
    this.#acked += await spool.remove(fresh);
    const before = this.#flights.length;
    this.#flights = this.#flights.filter(
      (flight) => !committed.some(([from, to]) => from <= flight.from && to >= flight.to),
    );
    if (this.#flights.length < before || fresh.length > 0) this.#watch();
    for (const [from] of ack.gaps) {
      if (!this.#flights.some((flight) => flight.from <= from && flight.to >= from)) {
        this.#cursor = Math.min(this.#cursor, from);
      }
    }
    this.#pump();
  }

  stop(): void {
    this.#stopped = true;
    this.#patience?.();
  }

  #restart(): void {
    this.#flights = [];
    this.#cursor = 1;
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
    while (this.#connected && !this.#stopped && this.#flights.length < window) {
      const cursor = this.#cursor;
      const records = await spool.read(cursor, MAX_ENVELOPE_ROWS);
      const oldest = await spool.oldest();
      // A reconnect or a gap may have moved the cursor meanwhile.
      if (cursor !== this.#cursor) continue;
      const envelope = fitting(records);
      const [first] = envelope;
      const last = envelope.at(-1);
      if (!first || !last) return;
      this.#cursor = last.seq + 1;
      this.#launch(envelope, { from: first.seq, to: last.seq }, oldest);
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
    const wasIdle = this.#flights.length === 0;
    this.#flights.push(flight);
    if (wasIdle) this.#watch();
    send(encodeWire(header, batchesOf(records))).catch((error: unknown) => {
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
  let bytes = ENVELOPE_OVERHEAD_BYTES;
  for (const record of records) {
    bytes += Buffer.byteLength(JSON.stringify(record.row)) + 1;
    if (bytes > MAX_ENVELOPE_BYTES && taken.length > 0) break;
    taken.push(record);
  }
  return taken;
}
