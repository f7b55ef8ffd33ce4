import type { Cancel, Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/logger.ts';
import { backoff } from '#platform/retry.ts';
import { isFull, mayPass } from './book.ts';
import type { Appended } from './statements.ts';

/** Results waiting to be written together; beyond this the lines wait for the disk. */
const MAX_PENDING = 5000;
const RETRY = { firstMs: 500, capMs: 10_000 } as const;

interface Pending extends Appended {
  resolve(): void;
  reject(error: unknown): void;
}

interface QueueOptions {
  readonly clock: Clock;
  readonly commitMs: number;
  readonly logger: Logger;
  /** Writes a group in one transaction. */
  readonly write: (group: readonly Appended[]) => Promise<void>;
  /** Called on a full disk; false when there is nothing left to give up for new results. */
  readonly makeRoom: () => Promise<boolean>;
  /** Called when a full or busy disk has taken results again. */
  readonly onFree: () => void;
}

/** Results on their way to the disk: written in groups, in order, again and again while that may help. */
export class AppendQueue {
  readonly #options: QueueOptions;
  readonly #closing = new AbortController();
  #pending: Pending[] = [];
  #pendingRows = 0;
  #timer: Cancel | null = null;
  #writing: Promise<void> | null = null;
  #blocked = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  put(appended: Appended, when: 'at once' | 'together'): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ ...appended, resolve, reject });
      this.#pendingRows += appended.records.length;
      if (this.#pendingRows >= 500 || when === 'at once') this.#flush();
      else this.#timer ??= this.#options.clock.after('spool commit', this.#options.commitMs, () => this.#flush());
    });
  }

  /** Resolves at once, or when the disk has caught up. */
  async room(): Promise<void> {
    while (this.#pendingRows >= MAX_PENDING) await this.#writing;
  }

  /** Resolves when everything put so far is written. */
  async written(): Promise<void> {
    this.#flush();
    await this.#writing;
  }

  /** Writes what waits, without trying again. */
  close(): Promise<void> {
    this.#closing.abort();
    return this.written();
  }

  #flush(): void {
    if (this.#writing === null && this.#pending.length > 0) this.#writing = this.#drain();
  }

  async #drain(): Promise<void> {
    while (this.#pending.length > 0) {
      this.#timer?.();
      this.#timer = null;
      const group = this.#pending;
      this.#pending = [];
      await this.#write(group);
      this.#pendingRows -= group.reduce((sum, { records }) => sum + records.length, 0);
    }
    this.#writing = null;
  }

  async #write(group: readonly Pending[]): Promise<void> {
    try {
      await this.#persist(group);
    } catch (err) {
      for (const pending of group) pending.reject(err);
      return;
    }
    for (const pending of group) pending.resolve();
  }

  /** Rejects when trying again is of no use, or nobody is there to try. */
  async #persist(group: readonly Pending[]): Promise<void> {
    const { signal } = this.#closing;
    const { clock, write, makeRoom } = this.#options;
    let wasTight = false;
    for (const waitMs of backoff(RETRY)) {
      try {
        await write(group);
        return this.#tellFree(wasTight);
      } catch (err) {
        wasTight ||= isFull(err);
        if (isFull(err) && (await makeRoom().catch(() => false))) continue;
        if (signal.aborted || !mayPass(err)) throw err;
        this.#tellBlocked(err);
        await clock.sleep('spool retry', waitMs, signal).catch(() => {});
      }
    }
  }

  #tellBlocked(err: unknown): void {
    if (this.#blocked) return;
    this.#blocked = true;
    this.#options.logger.warn({ err }, 'the spool takes no results for now; they wait in memory');
  }

  #tellFree(wasTight: boolean): void {
    if (this.#blocked) this.#options.logger.info({}, 'the spool takes results again');
    if (this.#blocked || wasTight) this.#options.onFree();
    this.#blocked = false;
  }
}
