import type { PlanLine, PlanMeter } from '#contract/plan.ts';
import type { Reason } from '#contract/reasons.ts';
import type { LineStatus } from '#contract/status.ts';
import { type Clock, isSane } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import { backoff } from '#platform/retry.ts';
import type { Answer, MeterReader } from '../protocols/meter-reader.ts';
import type { Agenda } from '../schedule/agenda.ts';
import type { Attempted, DueRead } from '../schedule/due-read.ts';
import type { Demand, LineDemands } from '../schedule/line-demands.ts';
import type { Results } from '../schedule/results.ts';
import { Together } from './ask-together.ts';
import type { Breaker } from './breaker.ts';
import type { Breakers, GuardedMeter } from './breakers.ts';
import { Connection } from './connection.ts';
import { Expiry } from './expiry.ts';
import type { LineHealth } from './health.ts';
import type { Link } from './link.ts';
import { Nap } from './nap.ts';
import { ReadError } from './read-error.ts';

/** Longest pause of a line that has nothing to do; it then looks at its deadlines. */
const IDLE_MS = 5000;
const UNSET_CLOCK_MS = 10_000;
const RECONNECT = { firstMs: 1000, capMs: 60_000 } as const;
/** Attempts for one request whose replies arrive damaged. */
const DAMAGED_TRIES = 3;

/** Why a read has no answer: a ReadError, or what the line knows without asking. */
type Failure = Pick<Attempted, 'reason' | 'detail' | 'lastBytes' | 'next'>;

export interface RunnerParts {
  readonly line: PlanLine;
  readonly link: Link;
  readonly reader: MeterReader;
  readonly agenda: Agenda;
  /** What somebody waits for, before all that is on the agenda. */
  readonly demands: LineDemands;
  readonly results: Results;
  /** One for each address. */
  readonly breakers: Breakers;
  /** When the process began to collect, UTC ms by the present clock. */
  readonly collectingSince: () => number;
  readonly health: LineHealth;
  readonly clock: Clock;
  /** Dates results; without it the clock does. It differs from the clock while that is in doubt. */
  readonly stamps?: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/**
 * Works one line: one request in flight, always the most urgent due read, a breaker for each address. One bad meter
 * costs the others a probe now and then; a lost link is one state of the line, not a failure of each meter.
 */
export class LineRunner {
  readonly #parts: RunnerParts;
  readonly #breakers: Breakers;
  readonly #connection: Connection;
  readonly #nap: Nap;
  readonly #expiry: Expiry;
  readonly #together = new Together();
  #repeatSilent = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#breakers = parts.breakers;
    this.#expiry = new Expiry({ ...parts, isLeftAlone: (meter) => this.#breakers.of(meter).cause !== null });
    this.#nap = new Nap(parts.clock, `line ${parts.line.id}`);
    parts.demands.onArrival(() => this.#nap.wake());
    this.#connection = new Connection({
      ...parts,
      onBack: () => parts.agenda.retryNow(),
      onLost: () => this.#nap.wake(),
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
    const { agenda, health, clock } = this.#parts;
    return health.status({
      waiting: agenda.waiting,
      breakersOpen: this.#breakers.openCount,
      nextDueAt: agenda.nextDueAt(clock.now()),
      leftAlone: (address) => this.#breakers.isOpen(address),
    });
  }

  /** Runs until the signal aborts; then the link is closed. */
  async run(signal: AbortSignal): Promise<void> {
    const onAbort = (): void => {
      this.#nap.wake();
      void this.#connection.close();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    let waits = backoff(RECONNECT);
    while (!signal.aborted) {
      if (!isSane(this.#parts.clock.now())) {
        this.#parts.logger.error({}, 'the clock of this machine is not set; no slot is named by it');
        await this.#nap.take(UNSET_CLOCK_MS, signal);
        continue;
      }
      await this.#expiry.look(signal);
      if (signal.aborted) break;
      if (await this.#connection.open(signal)) {
        await this.#next(signal);
        if (this.#connection.isProven) waits = backoff(RECONNECT);
      } else {
        await this.#failAll(signal);
        await this.#expiry.look(signal, Number.POSITIVE_INFINITY);
        // Whoever came meanwhile is not left waiting for a line that is down.
        if (this.#parts.demands.isEmpty) await this.#nap.take(waits.next().value, signal);
      }
    }
    this.#parts.demands.release();
    await this.#connection.close();
  }

  /** Gives every demand and every due read the reason of the line, once. */
  async #failAll(signal: AbortSignal): Promise<void> {
    const { agenda, demands, clock } = this.#parts;
    for (let demand = demands.next(clock.mono()); demand && !signal.aborted; demand = demands.next(clock.mono())) {
      const { downReason: reason } = this.#connection;
      await demands.failed(demand, { reason, detail: this.status.detail, attempts: 0, lastBytes: '' });
    }
    for (let read = agenda.take(clock.now()); read && !signal.aborted; read = agenda.take(clock.now())) {
      const reason = this.#connection.downReason;
      await this.#failed(read, { reason, detail: this.status.detail, lastBytes: '' }, 0);
    }
  }

  async #next(signal: AbortSignal): Promise<void> {
    const { agenda, demands, clock } = this.#parts;
    const demand = demands.next(clock.mono());
    if (demand) {
      await this.#satisfy(demand, signal);
      return;
    }
    const now = clock.now();
    const read = agenda.take(now);
    if (read) {
      await this.#work(read, signal);
      return;
    }
    const guarded = this.#breakers.nextToProbe;
    const inMs = guarded === null ? Number.POSITIVE_INFINITY : guarded.breaker.probeAt - clock.mono();
    if (guarded && inMs <= 0) await this.#probe(guarded, signal);
    else if (!this.#expiry.isBusy)
      await this.#nap.take(Math.max(1, Math.min(IDLE_MS, agenda.lookAt - now, inMs)), signal);
    else await this.#nap.take(1, signal);
  }

  /**
   * Reads what somebody waits for, once: a meter that is left alone is asked all the same, and stays left alone for no
   * longer when it is silent. A demand whose link is lost is first again when the link is back.
   */
  async #satisfy(demand: Demand, signal: AbortSignal): Promise<void> {
    const { clock, demands, reader, line, logger } = this.#parts;
    const { meter, task, slot } = demand;
    const breaker = this.#breakers.of(meter);
    const isLeftAlone = breaker.state(clock.mono()) === 'open';
    this.#repeatSilent = breaker.trusted;
    try {
      const answer = await reader.read(meter, task, slot);
      this.#answered(meter, breaker);
      this.#tellDropped(demand, answer);
      await demands.answered(demand, answer);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ReadError)) throw error;
      if (this.#isLost(error)) return;
      logger.debug({ line: line.id, meter: meter.id, job: demand.job, err: error }, 'a read on demand failed');
      if (error.answered) this.#answered(meter, breaker);
      else if (!isLeftAlone) breaker.failed(error.reason, clock.mono());
      const { reason, detail, lastBytes } = error;
      await demands.failed(demand, { reason, detail, lastBytes, attempts: 1 });
      await this.#connection.failed(error.reason, error.next === 'reconnect');
    }
  }

  async #work(read: DueRead, signal: AbortSignal): Promise<void> {
    const { clock, agenda, reader, results } = this.#parts;
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
      for (const [asked, result] of await this.#together.ask(reader, agenda, read, clock.now())) {
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

  /** A value that cannot be is left out, and one that two reads disagree about settled by a third, but not in silence. */
  #tellDropped({ meter, task, slot }: Pick<DueRead, 'meter' | 'task' | 'slot'>, { dropped }: Answer): void {
    const { line, logger } = this.#parts;
    if (dropped) logger.warn({ line: line.id, meter: meter.id, task: task.id, slot, dropped }, 'values in doubt');
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
    const { agenda, results, clock, stamps = clock } = this.#parts;
    const before = agenda.attempted(read);
    const { reason, detail, lastBytes, next } = failure;
    const attempts = (before?.attempts ?? 0) + tries;
    const attempted = { attempts, reason, detail, lastBytes, at: stamps.now(), ...(next && { next }) };
    agenda.failed(read, attempted);
    await results.failedForNow(read, attempted, before);
  }
}
