import type { PlanLine, PlanMeter } from '#contract/plan.ts';
import type { Reason } from '#contract/reasons.ts';
import type { LineStatus } from '#contract/status.ts';
import { type Clock, isSane } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import { backoff } from '#platform/retry.ts';
import type { Answer, MeterReader } from '../protocols/meter-reader.ts';
import type { Agenda } from '../schedule/agenda.ts';
import type { Attempted, DueRead } from '../schedule/due-read.ts';
import type { Results } from '../schedule/results.ts';
import type { Breaker } from './breaker.ts';
import { Breakers, type GuardedMeter } from './breakers.ts';
import { Connection } from './connection.ts';
import type { LineHealth } from './health.ts';
import type { Link } from './link.ts';
import { ReadError } from './read-error.ts';

/** Longest pause of a line that has nothing to do; it then looks at its deadlines. */
const IDLE_MS = 5000;
const EXPIRY_MS = 30_000;
const UNSET_CLOCK_MS = 10_000;
const RECONNECT = { firstMs: 1000, capMs: 60_000 } as const;
/** Attempts for one request whose replies arrive damaged. */
const DAMAGED_TRIES = 3;
/** Slots of one meter that a single request for stored profile records may bring. */
const MOST_TOGETHER = 8;

/** Why a read has no answer: a ReadError, or what the line knows without asking. */
type Failure = Pick<Attempted, 'reason' | 'detail' | 'lastBytes' | 'next'>;

export interface RunnerParts {
  readonly line: PlanLine;
  readonly link: Link;
  readonly reader: MeterReader;
  readonly agenda: Agenda;
  readonly results: Results;
  readonly health: LineHealth;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Works one line: one request in flight, always the most urgent due read, a breaker for each address. One bad meter
 * costs the others a probe now and then; a lost link is one state of the line, not a failure of each meter.
 */
export class LineRunner {
  readonly #parts: RunnerParts;
  readonly #breakers = new Breakers();
  readonly #connection: Connection;
  #wake: () => void = () => {};
  #repeatSilent = false;
  #expiryAt = 0;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#connection = new Connection({
      ...parts,
      onBack: () => parts.agenda.retryNow(),
      onLost: () => this.#wake(),
    });
  }

  /**
   * A damaged reply shows that somebody is there, so the request is worth repeating. A silent meter is asked again only
   * if it answered last time: repeating for a dead one costs the others.
   */
  triesFor(reason: Reason): number {
    if (reason === 'no_answer' || reason === 'wrong_address') return this.#repeatSilent ? 2 : 1;
    return DAMAGED_TRIES;
  }

  get status(): LineStatus {
    const { agenda, health } = this.#parts;
    return health.status({ waiting: agenda.waiting, breakersOpen: this.#breakers.openCount });
  }

  /** Runs until the signal aborts; then the link is closed. */
  async run(signal: AbortSignal): Promise<void> {
    const onAbort = (): void => {
      this.#wake();
      void this.#connection.close();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    let waits = backoff(RECONNECT);
    while (!signal.aborted) {
      if (!isSane(this.#parts.clock.now())) {
        this.#parts.logger.error({}, 'the clock of this machine is not set; no slot is named by it');
        await this.#pause(UNSET_CLOCK_MS, signal);
        continue;
      }
      await this.#giveUpExpired();
      if (await this.#connection.open(signal)) {
        await this.#next(signal);
        if (this.#connection.isProven) waits = backoff(RECONNECT);
      } else {
        await this.#failAll(signal);
        await this.#pause(waits.next().value, signal);
      }
    }
    await this.#connection.close();
  }

  /** Gives every due read the reason of the line, once. */
  async #failAll(signal: AbortSignal): Promise<void> {
    const { agenda, clock } = this.#parts;
    for (let read = agenda.take(clock.now()); read && !signal.aborted; read = agenda.take(clock.now())) {
      const reason = this.#connection.downReason;
      await this.#failed(read, { reason, detail: this.status.detail, lastBytes: '' }, 0);
    }
  }

  async #next(signal: AbortSignal): Promise<void> {
    const { agenda, clock } = this.#parts;
    const now = clock.now();
    const read = agenda.take(now);
    if (read) {
      await this.#work(read, signal);
      return;
    }
    const guarded = this.#breakers.nextToProbe;
    const inMs = guarded === null ? Number.POSITIVE_INFINITY : guarded.breaker.probeAt - clock.mono();
    if (guarded && inMs <= 0) await this.#probe(guarded, signal);
    else await this.#pause(Math.max(1, Math.min(IDLE_MS, agenda.lookAt - now, inMs)), signal);
  }

  async #work(read: DueRead, signal: AbortSignal): Promise<void> {
    const { clock, agenda, results } = this.#parts;
    const breaker = this.#breakers.of(read.meter);
    const state = breaker.state(clock.mono());
    if (state === 'open') {
      await this.#skip(read, breaker);
      return;
    }
    this.#repeatSilent = breaker.trusted;
    try {
      if (state === 'probe') {
        await this.#askProbe(read.meter);
        this.#answered(read.meter, breaker);
      }
      for (const [asked, result] of await this.#ask(read)) {
        if (result instanceof ReadError) {
          await this.#failed(asked, result, 1);
        } else {
          agenda.settled(asked);
          this.#tellDropped(asked, result);
          await results.answered(asked, result);
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ReadError)) throw error;
      await this.#unanswered(read, error, breaker);
      return;
    }
    this.#answered(read.meter, breaker);
  }

  /** The read itself, and with a gap in a curve some more gaps of the same meter. */
  async #ask(read: DueRead): Promise<Map<DueRead, Answer | ReadError>> {
    const { reader, agenda, clock } = this.#parts;
    const { meter, task, slot } = read;
    const isGap = reader.readMany !== undefined && read.priority === 'backfill';
    const more = isGap ? agenda.companions(read, MOST_TOGETHER - 1, clock.now()) : [];
    if (!reader.readMany || more.length === 0) return new Map([[read, await reader.read(meter, task, slot)]]);
    const together = [read, ...more];
    const answers = await reader.readMany(
      meter,
      task,
      together.map((each) => each.slot),
    );
    const found = new Map<DueRead, Answer | ReadError>();
    for (const each of together) {
      const answer = answers.get(each.slot);
      if (answer) found.set(each, answer);
    }
    // What is neither answered nor failed stays due at once: without this it would be asked for again for ever.
    return found.size > 0 ? found : new Map([[read, new ReadError('malformed', 'no slot was settled')]]);
  }

  /** A sound reply shows that the meter is there, whatever it says. */
  async #askProbe(meter: PlanMeter): Promise<void> {
    try {
      await this.#parts.reader.probe(meter);
    } catch (error) {
      if (!(error instanceof ReadError && error.answered)) throw error;
    }
  }

  /** An idle line looks whether a meter that was given up is back, rather than waiting for its next due read. */
  async #probe({ meter, breaker }: GuardedMeter, signal: AbortSignal): Promise<void> {
    this.#repeatSilent = false;
    try {
      await this.#askProbe(meter);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ReadError)) throw error;
      if (this.#isLost(error)) return;
      breaker.failed(error.reason, this.#parts.clock.mono());
      await this.#connection.failed(error.reason, error.next === 'reconnect');
      return;
    }
    this.#answered(meter, breaker);
  }

  /** A value that cannot be is left out of its reading, but not in silence. */
  #tellDropped({ meter, task, slot }: DueRead, { dropped }: Answer): void {
    const { line, logger } = this.#parts;
    if (dropped)
      logger.warn({ line: line.id, meter: meter.id, task: task.id, slot, dropped }, 'implausible values left out');
  }

  #answered(meter: PlanMeter, breaker: Breaker): void {
    const { clock, logger, line, agenda } = this.#parts;
    this.#connection.answered(clock.now());
    if (!breaker.answered()) return;
    logger.info({ line: line.id, meter: meter.id }, 'the meter answers again');
    agenda.retryNow(meter.id);
  }

  async #unanswered(read: DueRead, error: ReadError, breaker: Breaker): Promise<void> {
    const { line, logger, clock, agenda } = this.#parts;
    if (this.#isLost(error)) return;
    logger.debug({ line: line.id, meter: read.meter.id, err: error }, 'a read failed');
    if (error.answered) this.#answered(read.meter, breaker);
    else breaker.failed(error.reason, clock.mono());
    await this.#failed(read, error, 1);
    if (breaker.state(clock.mono()) === 'open') {
      for (const other of agenda.ofMeter(read.meter.id, clock.now())) await this.#skip(other, breaker);
    }
    await this.#connection.failed(error.reason, error.next === 'reconnect');
  }

  /** The loss of the link is told by the line; the read stays due and shares the line's reason. */
  #isLost(error: ReadError): boolean {
    if (error.next !== 'reconnect' || this.#connection.isOpen) return false;
    this.#connection.lostRead();
    return true;
  }

  /** What else is due of a meter that is left alone has the reason of its first failure, and costs no time. */
  #skip(read: DueRead, breaker: Breaker): Promise<void> {
    const reason = breaker.cause ?? 'no_answer';
    return this.#failed(read, { reason, detail: 'skipped: the address keeps failing', lastBytes: '' }, 0);
  }

  async #failed(read: DueRead, failure: Failure, tries: number): Promise<void> {
    const { agenda, results, clock } = this.#parts;
    const before = agenda.attempted(read);
    const { reason, detail, lastBytes, next } = failure;
    const attempts = (before?.attempts ?? 0) + tries;
    const attempted = { attempts, reason, detail, lastBytes, at: clock.now(), ...(next && { next }) };
    agenda.failed(read, attempted);
    await results.failedForNow(read, attempted, before);
  }

  async #giveUpExpired(): Promise<void> {
    const { agenda, results, clock } = this.#parts;
    if (clock.mono() < this.#expiryAt) return;
    this.#expiryAt = clock.mono() + EXPIRY_MS;
    const now = clock.now();
    for (const { read, attempted } of agenda.expired(now)) {
      const leftAlone = this.#breakers.of(read.meter).cause !== null;
      await results.gaveUp(read, attempted, leftAlone ? 'skipped_breaker' : 'deadline_missed', now);
      agenda.settled(read);
    }
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const cancel = this.#parts.clock.after(`line ${this.#parts.line.id}`, ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
