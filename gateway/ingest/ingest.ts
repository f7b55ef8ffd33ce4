import type { Ack } from '#contract/ack.ts';
import { parseTopic } from '#contract/topics.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import { failpoint } from '#platform/failpoint.ts';
import type { Logger } from '#platform/logger.ts';
import { backoff } from '#platform/retry.ts';
import type { ReadingStore, WriteResult } from '#stores/reading-store.ts';
import type { CollectorMark, LedgerCommit, LedgerStore } from '#stores/state-store.ts';
import { type Arrival, arrivalOf } from './arrival.ts';
import { ClockWarnings } from './clock-warnings.ts';
import { type Group, ledgerOf, type WrittenGroup } from './group.ts';
import { Handover } from './handover.ts';
import { Inbox } from './inbox.ts';
import type { Judge, Judged } from './judge.ts';
import { ackOf, advance, covers, freshMark } from './marks.ts';

/** Rows that are committed together. Larger groups gain little and hold the acks back. */
const GROUP_ROWS = 5000;
/** Groups that wait for the ledger at most, and that it takes at once; so no more than six are on their way. */
const MOST_WRITTEN = 2;
/** How long a message waits for room before its sender has to repeat it. */
const ROOM_MS = 2000;

/** Sees what was judged before it is acked; what it keeps must not change when it sees the same again. */
export interface Watcher {
  watch(judged: Judged): Promise<void>;
}

export interface IngestParts {
  readonly readings: Pick<ReadingStore, 'write'>;
  readonly ledger: Pick<LedgerStore, 'commit'>;
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
  /** How far each collector is committed. */
  readonly #marks = new Map<string, CollectorMark>();
  /** How far it will be with everything that is judged and on its way through the stores. */
  readonly #judgedMarks = new Map<string, CollectorMark>();

  constructor(parts: IngestParts, marks: readonly CollectorMark[]) {
    this.#parts = parts;
    this.#clockWarnings = new ClockWarnings(parts.clock, parts.logger);
    for (const mark of marks) {
      for (const known of [this.#marks, this.#judgedMarks]) known.set(keyOf(mark.collector, mark.epoch), mark);
    }
  }

  get waitingRows(): number {
    return this.#inbox.rows;
  }

  /** How far every collector is committed, as it stands when each is taken; of each collector the newest epoch last. */
  *acks(): Generator<{ readonly collector: string; readonly ack: Ack }> {
    for (const mark of this.#marks.values()) yield { collector: mark.collector, ack: ackOf(mark) };
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

  /**
   * Commits until the signal aborts, and then what was judged before. Rejects when the stores can no longer be trusted.
   * Three steps work side by side, each on a group of its own: while one is being committed, the readings of the next
   * are written and the one after it is judged. Every step takes the groups in the order in which they came.
   */
  async run(signal: AbortSignal): Promise<void> {
    const judged = new Handover<Group>(1);
    const written = new Handover<WrittenGroup>(MOST_WRITTEN);
    // When one step fails for good, the others end, too.
    const failed = new AbortController();
    const until = AbortSignal.any([signal, failed.signal]);
    until.addEventListener('abort', () => this.#inbox.close(), { once: true });
    try {
      await Promise.all([
        this.#judgeAll(judged, until),
        this.#writeAll(judged, written, until),
        this.#commitAll(written, until),
      ]);
    } finally {
      failed.abort();
      judged.close();
      written.close();
    }
  }

  async #judgeAll(to: Handover<Group>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await to.room();
      const arrivals = await this.#inbox.take(GROUP_ROWS, to.wanted());
      if (arrivals.length > 0) to.put(this.#judge(arrivals));
    }
    to.close();
  }

  #judge(arrivals: readonly Arrival[]): Group {
    const { clock, logger, judge } = this.#parts;
    const fresh = arrivals.filter((arrival) => !this.#isKnown(arrival));
    const judged = judge.judge(fresh, clock.now());
    for (const [collector, aheadMs] of judged.aheadMs) this.#clockWarnings.tell(collector, aheadMs);
    for (const failure of judged.failures) logger.error(failure, 'an envelope cannot be judged and is set aside whole');
    const marks = this.#advanced(fresh);
    for (const [key, mark] of marks) this.#judgedMarks.set(key, mark);
    return { arrivals, judged, marks };
  }

  /** True for an envelope that is committed, or will be before this one is acked. */
  #isKnown({ collector, envelope }: Arrival): boolean {
    if (!envelope) return false;
    const mark = this.#judgedMarks.get(keyOf(collector, envelope.epoch));
    return mark !== undefined && covers(mark, envelope.seq, envelope.seq + envelope.count - 1);
  }

  async #writeAll(from: Handover<Group>, to: Handover<WrittenGroup>, signal: AbortSignal): Promise<void> {
    const { readings, watchers, clock } = this.#parts;
    for (let [group] = await from.take(1); group; [group] = await from.take(1)) {
      const { judged } = group;
      const begun = clock.mono();
      failpoint('before-commit');
      const rows = judged.readings;
      const written = rows.length > 0 ? await this.#insist(() => readings.write(rows), signal) : NOTHING_WRITTEN;
      failpoint('after-readings-write');
      for (const watcher of watchers) await this.#insist(() => watcher.watch(judged), signal);
      failpoint('after-watch');
      await to.room();
      to.put({ ...group, written, begun });
    }
    to.close();
  }

  /** Groups that came while the ledger was busy are committed as one. */
  async #commitAll(from: Handover<WrittenGroup>, signal: AbortSignal): Promise<void> {
    const { ledger, clock, judge } = this.#parts;
    for (;;) {
      const groups = await from.take(MOST_WRITTEN);
      if (groups.length === 0) return;
      const changes = ledgerOf(groups, clock.now(), (task) => judge.kindOf(task));
      await this.#insist(() => ledger.commit(changes), signal);
      failpoint('after-commit');
      this.#settle(groups, changes);
      this.#acknowledge(groups.flatMap(({ arrivals }) => arrivals));
    }
  }

  /** Does it again and again while the stores say that trying again may help. */
  async #insist<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { clock, logger } = this.#parts;
    const waits = backoff({ firstMs: 200, capMs: 30_000 });
    for (;;) {
      try {
        return await work();
      } catch (err) {
        if (!(err instanceof MeterwayError) || err.next !== 'retry') throw err;
        const waitMs = Math.max(waits.next().value ?? 0, Number(err.context['retryAfterMs'] ?? 0));
        logger.warn({ err, waitMs }, 'the stores are busy; the same rows are tried again');
        await clock.sleep('store retry', waitMs, signal);
      }
    }
  }

  /** What is committed becomes what is known. */
  #settle(groups: readonly WrittenGroup[], { marks, quarantine }: LedgerCommit): void {
    const { observer, clock } = this.#parts;
    for (const mark of marks) {
      const key = keyOf(mark.collector, mark.epoch);
      const lost = mark.lost - (this.#marks.get(key)?.lost ?? 0);
      if (lost > 0) this.#tellLost(mark, lost);
      this.#marks.set(key, mark);
    }
    for (const [kind, entries] of Map.groupBy(quarantine, (entry) => entry.kind)) {
      observer.quarantined(kind, entries.length);
    }
    for (const { judged, written, begun } of groups) {
      const { stored, repeated } = written;
      const counts = { readings: stored, repeated, outcomes: judged.outcomes.length, events: judged.events.length };
      observer.committed(counts, clock.mono() - begun);
    }
  }

  #advanced(arrivals: readonly Arrival[]): Map<string, CollectorMark> {
    const advanced = new Map<string, CollectorMark>();
    for (const { collector, envelope } of arrivals) {
      if (!envelope) continue;
      const { epoch, seq, count, oldest } = envelope;
      const key = keyOf(collector, epoch);
      const mark = advanced.get(key) ?? this.#judgedMarks.get(key) ?? freshMark(collector, epoch);
      advanced.set(key, advance(mark, seq, seq + count - 1, oldest));
    }
    return advanced;
  }

  /** One ack for each collector and epoch of the groups, also for envelopes that were there already. */
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
