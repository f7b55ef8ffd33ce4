import type { PlanLine } from '#contract/plan.ts';
import type { Reason } from '#contract/reasons.ts';
import type { Clock } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import type { LineHealth } from './health.ts';
import type { Link } from './link.ts';

/**
 * Silent reads in a row after which a TCP connection is opened anew: it may be dead without saying so. When that does
 * not help, the meters are silent, and the number doubles.
 */
const SILENT_READS_BEFORE_RECONNECT = 6;
const MOST_SILENT_READS = 48;
/** An opening that nobody answered over and that ended sooner served for nothing. */
const SHORT_MS = 5000;
/** What a link says when it was closed by this side. */
const CLOSED_HERE = 'link_closed: closed here';

interface ConnectionParts {
  readonly line: PlanLine;
  readonly link: Link;
  readonly health: LineHealth;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The line is up after it was down: what failed with it is worth trying. */
  readonly onBack: () => void;
  readonly onLost: () => void;
}

/** Keeps the link of one line open and tells of its state once for each change, not once for each meter. */
export class Connection {
  /** What a lost link means to the meters behind it. */
  readonly downReason: Reason;
  readonly #parts: ConnectionParts;
  #state: 'idle' | 'up' | 'down' = 'idle';
  /** A meter has answered since the link was opened. */
  #isProven = false;
  /** The last opening came to nothing: to open the link again at once would help nobody. */
  #isFruitless = false;
  /** Openings have come to nothing since a meter answered last; this has been told. */
  #isFlapping = false;
  /** Monotonic ms. */
  #openedAt = 0;
  /** Replies on the line up to the last read that was answered or failed. */
  #replies = 0;
  #silentReads = 0;
  #mostSilentReads = SILENT_READS_BEFORE_RECONNECT;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.downReason = parts.line.concentrator === null ? 'line_down' : 'concentrator_offline';
    parts.link.onDown((why) => this.#lost(why));
  }

  get isOpen(): boolean {
    return this.#parts.link.isOpen;
  }

  get isProven(): boolean {
    return this.#isProven;
  }

  /** True when the link is open, opened now if it has to be; false when it cannot be opened or should rest. */
  async open(signal: AbortSignal): Promise<boolean> {
    const { link, line, logger, health, clock, onBack } = this.#parts;
    if (link.isOpen) return true;
    this.#isProven = false;
    if (this.#isFruitless) {
      this.#isFruitless = false;
      return false;
    }
    try {
      await link.open(signal);
    } catch (error) {
      if (signal.aborted) return false;
      if (this.#state !== 'down') logger.warn({ line: line.id, why: messageOf(error) }, 'the line is down');
      this.#down(messageOf(error));
      return false;
    }
    if (this.#state !== 'up' && !this.#isFlapping) this.#tellUp();
    if (this.#state === 'down') onBack();
    this.#state = 'up';
    this.#openedAt = clock.mono();
    this.#silentReads = 0;
    health.up();
    return true;
  }

  close(): Promise<void> {
    return this.#parts.link.close();
  }

  /** Any meter answered, so the link works. */
  answered(at: number): void {
    this.#isProven = true;
    this.#silentReads = 0;
    this.#mostSilentReads = SILENT_READS_BEFORE_RECONNECT;
    this.#replies = this.#parts.health.replies;
    this.#parts.health.good(at);
    if (this.#isFlapping) this.#tellUp();
    this.#isFlapping = false;
  }

  /** The link was lost under a read. */
  lostRead(): void {
    if (!this.#isProven) this.#cameToNothing();
  }

  /**
   * A read failed for this reason. Closes the link when it may be the cause; the next `open` begins anew. A gateway
   * that replies that its meter does not answer is not deaf itself.
   */
  async failed(reason: Reason, mustReconnect: boolean): Promise<void> {
    const { replies } = this.#parts.health;
    const isSilent = reason === 'no_answer' && replies === this.#replies;
    this.#replies = replies;
    this.#silentReads = isSilent ? this.#silentReads + 1 : 0;
    const { link, forward } = this.#parts.line;
    // Behind a terminal that forwards over carrier, many meters may be silent while the connection is sound.
    const most = forward ? MOST_SILENT_READS : this.#mostSilentReads;
    const deaf = 'tcp' in link && this.#silentReads >= most;
    if (deaf) this.#mostSilentReads = Math.min(2 * this.#mostSilentReads, MOST_SILENT_READS);
    if (mustReconnect || deaf) await this.close();
  }

  #lost(why: string): void {
    // To stop or to open it anew: nothing was lost.
    if (why === CLOSED_HERE) return;
    const { clock, logger, line, onLost } = this.#parts;
    if (!this.#isFlapping) logger.warn({ line: line.id, why }, 'the line was lost');
    if (!this.#isProven && clock.mono() - this.#openedAt < SHORT_MS) this.#cameToNothing();
    this.#down(why);
    onLost();
  }

  #cameToNothing(): void {
    this.#isFruitless = true;
    this.#isFlapping = true;
  }

  #tellUp(): void {
    const { logger, line, link } = this.#parts;
    logger.info({ line: line.id, link: link.name }, 'the line is up');
  }

  #down(why: string): void {
    this.#state = 'down';
    this.#parts.health.down(this.downReason, why);
  }
}
