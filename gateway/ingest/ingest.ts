import type { Ack } from '#contract/ack.ts';
import { parseTopic } from '#contract/topics.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import { failpoint } from '#platform/failpoint.ts';
import type { Logger } from '#platform/logger.ts';
import { backoff } from '#platform/retry.ts';
import type { ReadingConflict, ReadingStore, WriteResult } from '#stores/reading-store.ts';
import type { CollectorMark, LedgerCommit, LedgerStore, QuarantineEntry } from '#stores/state-store.ts';
import { type Arrival, arrivalOf } from './arrival.ts';
import { ClockWarnings } from './clock-warnings.ts';
import { Inbox } from './inbox.ts';
import type { Judge, Judged } from './judge.ts';
import { ackOf, advance, covers, freshMark } from './marks.ts';

/** Rows that are committed together. Larger groups gain little and hold the acks back. */
const GROUP_ROWS = 5000;
/** How long a message waits for room before its sender has to repeat it. */
const ROOM_MS = 2000;

/** Sees what was judged before it is acked; what it keeps must not change when it sees the same again. */
export interface Watcher {
  watch(judged: Judged): Promise<void>;
}

export interface IngestParts {
  readonly readings: ReadingStore;
  readonly ledger: LedgerStore;
  readonly judge: Judge;
  readonly watchers: readonly Watcher[];
  readonly sendAck: (district: string, collector: string, ack: Ack) => void;
  readonly observer: IngestObserver;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is counted of the ingest, for the metrics. */
export interface IngestObserver {
  committed(rows: { readings: number; repeated: number; outcomes: number; events: number }, ms: number): void;
  quarantined(kind: string, count: number): void;
  turnedAway(): void;
  lost(records: number): void;
}

/**
 * From the broker to the stores: validate, commit, then ack. The order is the promise: readings first, then what the
 * detectors make of them, then ledger and mark in one transaction, then the ack. Whatever ends the process in between,
 * the un-acked envelopes come again and change nothing that is already there.
 */
export class Ingest {
  readonly #parts: IngestParts;
  readonly #inbox = new Inbox();
  readonly #clockWarnings: ClockWarnings;
  readonly #marks = new Map<string, CollectorMark>();

  constructor(parts: IngestParts, marks: readonly CollectorMark[]) {
    this.#parts = parts;
    this.#clockWarnings = new ClockWarnings(parts.clock, parts.logger);
    for (const mark of marks) this.#marks.set(keyOf(mark.collector, mark.epoch), mark);
  }

  get waitingRows(): number {
    return this.#inbox.rows;
  }

  /** Takes a message from `up/rows`; resolves when it may be acknowledged to the broker. */
  async receive(topicName: string, bytes: Uint8Array): Promise<void> {
    const sender = parseTopic(topicName);
    if (sender?.channel !== 'up/rows') return;
    const arrival = arrivalOf(sender.district, sender.collector, bytes);
    if (this.#inbox.put(arrival)) return failpoint('after-receive');
    await this.#parts.clock.sleep('room in the inbox', ROOM_MS);
    if (!this.#inbox.put(arrival)) this.#parts.observer.turnedAway();
  }

  /** Commits until the signal aborts. Rejects when the stores can no longer be trusted. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#inbox.close(), { once: true });
    while (!signal.aborted) {
      const arrivals = await this.#inbox.take(GROUP_ROWS);
      if (arrivals.length > 0) await this.#persist(arrivals, signal);
    }
  }

  /** Commits one group, again and again while the stores say that trying again may help. */
  async #persist(arrivals: readonly Arrival[], signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#parts;
    const fresh = arrivals.filter((arrival) => !this.#isKnown(arrival));
    const judged = this.#parts.judge.judge(fresh, clock.now());
    for (const [collector, aheadMs] of judged.aheadMs) this.#clockWarnings.tell(collector, aheadMs);
    for (const failure of judged.failures) logger.error(failure, 'an envelope cannot be judged and is set aside whole');
    for (const waitMs of backoff({ firstMs: 200, capMs: 30_000 })) {
      try {
        await this.#commit(fresh, judged);
        break;
      } catch (err) {
        if (!(err instanceof MeterwayError) || err.next !== 'retry') throw err;
        logger.warn({ err, waitMs }, 'the stores are busy; the same rows are tried again');
        await clock.sleep('store retry', waitMs, signal);
      }
    }
    this.#acknowledge(arrivals);
  }

  #isKnown({ collector, envelope }: Arrival): boolean {
    if (!envelope) return false;
    const mark = this.#marks.get(keyOf(collector, envelope.epoch));
    return mark !== undefined && covers(mark, envelope.seq, envelope.seq + envelope.count - 1);
  }

  async #commit(arrivals: readonly Arrival[], judged: Judged): Promise<void> {
    const { readings, ledger, watchers, observer, clock } = this.#parts;
    const begun = clock.mono();
    failpoint('before-commit');
    const written = judged.readings.length > 0 ? await readings.write(judged.readings) : NOTHING_WRITTEN;
    failpoint('after-readings-write');
    for (const watcher of watchers) await watcher.watch(judged);
    failpoint('after-watch');
    const marks = this.#advanced(arrivals);
    const conflicts = written.conflicts.map((conflict) => conflictEntry(conflict, clock.now()));
    const changes: LedgerCommit = {
      ...judged.ledger,
      quarantine: [...judged.ledger.quarantine, ...conflicts],
      marks: [...marks.values()],
    };
    await ledger.commit(changes);
    failpoint('after-commit');
    for (const [key, mark] of marks) {
      const lost = mark.lost - (this.#marks.get(key)?.lost ?? 0);
      if (lost > 0) this.#tellLost(mark, lost);
      this.#marks.set(key, mark);
    }
    for (const [kind, entries] of Map.groupBy(changes.quarantine, (entry) => entry.kind)) {
      observer.quarantined(kind, entries.length);
    }
    const { stored, repeated } = written;
    const counts = { readings: stored, repeated, outcomes: judged.outcomes.length, events: judged.events.length };
    observer.committed(counts, clock.mono() - begun);
  }

  #advanced(arrivals: readonly Arrival[]): Map<string, CollectorMark> {
    const advanced = new Map<string, CollectorMark>();
    for (const { collector, envelope } of arrivals) {
      if (!envelope) continue;
      const { epoch, seq, count, oldest } = envelope;
      const key = keyOf(collector, epoch);
      const mark = advanced.get(key) ?? this.#marks.get(key) ?? freshMark(collector, epoch);
      advanced.set(key, advance(mark, seq, seq + count - 1, oldest));
    }
    return advanced;
  }

  /** One ack for each collector and epoch of the group, also for envelopes that were there already. */
  #acknowledge(arrivals: readonly Arrival[]): void {
    const acked = new Set<string>();
    for (const { district, collector, envelope } of arrivals) {
      if (!envelope) continue;
      const key = keyOf(collector, envelope.epoch);
      const mark = this.#marks.get(key);
      if (acked.has(key) || !mark) continue;
      acked.add(key);
      this.#parts.sendAck(district, collector, ackOf(mark));
    }
    failpoint('after-ack-publish');
  }

  #tellLost({ collector, epoch }: CollectorMark, lost: number): void {
    this.#parts.observer.lost(lost);
    this.#parts.logger.error(
      { collector, epoch, records: lost },
      'the collector has dropped records as committed that this store does not know; was the store restored from a backup?',
    );
  }
}

const NOTHING_WRITTEN: WriteResult = { stored: 0, repeated: 0, conflicts: [] };

function keyOf(collector: string, epoch: string): string {
  return `${collector} ${epoch}`;
}

function conflictEntry({ task, stored, refused }: ReadingConflict, at: number): QuarantineEntry {
  return {
    at,
    collector: '',
    epoch: '',
    seq: 0,
    kind: 'conflict',
    why: `${task} of ${refused.meter} at ${refused.slot} is stored with other values`,
    content: JSON.stringify({ task, stored, refused }),
  };
}
