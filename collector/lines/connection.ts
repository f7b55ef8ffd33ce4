import type { PlanLine } from '#contract/plan.ts';
import type { Reason } from '#contract/reasons.ts';
import { messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import type { LineHealth } from './health.ts';
import type { Link } from './link.ts';

/**
 * Silent reads in a row after which a TCP connection is opened anew: it may be dead without saying so. When that does
 * not help, the meters are silent, and the number doubles.
 */
const SILENT_READS_BEFORE_RECONNECT = 6;
/** What a link says when it was closed by this side. */
const CLOSED_HERE = 'link_closed: closed here';

interface ConnectionParts {
  readonly line: PlanLine;
  readonly link: Link;
  readonly health: LineHealth;
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
  /** The link was lost under a read before anybody had answered: to open it again at once would help nobody. */
  #isFruitless = false;
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
    const { link, line, logger, health, onBack } = this.#parts;
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
    if (this.#state !== 'up') logger.info({ line: line.id, link: link.name }, 'the line is up');
    if (this.#state === 'down') onBack();
    this.#state = 'up';
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
    this.#parts.health.good(at);
  }

  /** The link was lost under a read. */
  lostRead(): void {
    this.#isFruitless = !this.#isProven;
  }

  /** A read failed for this reason. Closes the link when it may be the cause; the next `open` begins anew. */
  async failed(reason: Reason, mustReconnect: boolean): Promise<void> {
    this.#silentReads = reason === 'no_answer' ? this.#silentReads + 1 : 0;
    const deaf = 'tcp' in this.#parts.line.link && this.#silentReads >= this.#mostSilentReads;
    if (deaf) this.#mostSilentReads *= 2;
    if (mustReconnect || deaf) await this.close();
  }

  #lost(why: string): void {
    // To stop or to open it anew: nothing was lost.
    if (why === CLOSED_HERE) return;
    this.#parts.logger.warn({ line: this.#parts.line.id, why }, 'the line was lost');
    this.#down(why);
    this.#parts.onLost();
  }

  #down(why: string): void {
    this.#state = 'down';
    this.#parts.health.down(this.downReason, why);
  }
}
