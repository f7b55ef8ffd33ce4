import type { MeterModel } from '#contract/models.ts';
import type { Reason } from '#contract/reasons.ts';
import type { Task } from '#contract/tasks.ts';
import { type Attempted, type DueRead, dueKey } from './due-read.ts';
import { nextTry, USUAL_RETRY_MS } from './horizon.ts';

/** Failures that end when the meter, or its line, answers again. */
const SILENCE: ReadonlySet<Reason> = new Set<Reason>([
  'no_answer',
  'line_down',
  'concentrator_offline',
  'crc_error',
  'malformed',
  'wrong_address',
  'skipped_breaker',
  'collector_offline',
]);

interface Postponed extends Attempted {
  /** UTC ms. */
  readonly notBefore: number;
  /** It was made due at once because its meter answered something again. */
  readonly isRetried?: boolean;
}

type Slot = Omit<DueRead, 'priority'>;

function keyOf({ task, meter, slot }: Slot): string {
  return dueKey(task.id, meter.id, slot);
}

/** The due reads of one line that were tried in vain, and when each is tried again. Instants in UTC ms. */
export class Attempts {
  readonly #zone: string;
  readonly #byRead = new Map<string, Postponed>();

  constructor(zone: string) {
    this.#zone = zone;
  }

  of(read: Slot): Attempted | null {
    return this.#byRead.get(keyOf(read)) ?? null;
  }

  /** An attempt in the future was made before the clock was set back: when it would be repeated means nothing. */
  notBefore(read: Slot, now: number): number {
    if (this.#byRead.size === 0) return 0;
    const known = this.#byRead.get(keyOf(read));
    return known === undefined || known.at > now ? 0 : known.notBefore;
  }

  /** The earliest next try after `now`. */
  nextAfter(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { notBefore } of this.#byRead.values()) if (notBefore > now) next = Math.min(next, notBefore);
    return next;
  }

  /** Keeps what was learnt. Returns when the read is tried again. */
  failed(read: Slot, model: MeterModel, attempted: Attempted): number {
    const notBefore = nextTry(model, read.task, this.#zone, read.slot, attempted);
    const isRetried = this.#byRead.get(keyOf(read))?.isRetried ?? false;
    this.#byRead.set(keyOf(read), { ...attempted, notBefore, ...(isRetried && { isRetried }) });
    return notBefore;
  }

  settled(read: Slot): void {
    this.#byRead.delete(keyOf(read));
  }

  /**
   * Makes the reads of these meters that failed for silence due at once: the meter, or the whole line, answers again.
   * What the meter itself refused or does not have is no different for that; and where it answers other requests but
   * not this one, the second time and from then on a quarter of an hour has to pass.
   */
  retryNow(meter?: string): void {
    for (const [key, attempted] of this.#byRead) {
      if (attempted.next === 'skip' || !SILENCE.has(attempted.reason)) continue;
      if (meter !== undefined && key.split(' ')[1] !== meter) continue;
      const { isRetried = false, at } = attempted;
      const notBefore = isRetried ? Math.min(attempted.notBefore, at + USUAL_RETRY_MS) : 0;
      this.#byRead.set(key, { ...attempted, notBefore, isRetried: meter !== undefined });
    }
  }

  /** Takes over what others have learnt of these meters and tasks; `at once`: nothing waits for its next try. */
  inherit(
    other: Attempts,
    meters: ReadonlySet<string>,
    tasks: ReadonlySet<Task['id']>,
    tryAgain: 'at once' | 'as before',
  ): void {
    for (const [key, attempted] of other.#byRead) {
      const [task = '', meter = ''] = key.split(' ');
      if (!tasks.has(task) || !meters.has(meter)) continue;
      this.#byRead.set(key, tryAgain === 'at once' ? { ...attempted, notBefore: 0 } : attempted);
    }
  }
}
