import { type Cancel, type Clock, every, isSane } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import { failpoint } from '#platform/failpoint.ts';
import type { Logger } from '#platform/logger.ts';
import type { Month } from '#stores/months.ts';
import type { Places } from '#stores/reading-store.ts';
import { type MonthFiles, monthsIn } from '#stores/sqlite-readings/folder.ts';
import type { MonthKeeper } from '#stores/sqlite-readings/month-keeper.ts';
import { dropArchivedTasks, newestGeneration, removeGenerations, removeSuperseded } from './generations.ts';
import { currentMonth, isDue, isExpired, type KeepingRules } from './month-rules.ts';

const HOUR_MS = 3_600_000;
/** A start has enough to do. */
const FIRST_MS = 60_000;
/** Late rows of a packed month wait for one another: packing it once more costs as much as the first time. */
const PACK_AGAIN_MS = 24 * HOUR_MS;

/** What packing a month came to. `bytes` of the archive, `tookMs` by the clock of the packer. */
export interface Packed {
  readonly month: Month;
  readonly rows: number;
  readonly bytes: number;
  readonly tookMs: number;
}

/** What one round did. */
export interface UpkeepReport {
  readonly packed: readonly Packed[];
  /** Months that were removed whole, and tasks of months as `2025-08 profile`. */
  readonly dropped: readonly string[];
  readonly failed: readonly { readonly month: Month; readonly why: string }[];
}

export interface UpkeepParts {
  readonly keeper: MonthKeeper;
  /** Packs the sealed part and the newest generation into the next one, in a process of its own. */
  readonly pack: (folder: string, month: Month, signal: AbortSignal) => Promise<Packed>;
  readonly keepingOf: Places['keepingOf'];
  readonly rules: KeepingRules;
  readonly observer: UpkeepObserver;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is counted of the upkeep, for the metrics. */
export interface UpkeepObserver {
  packed(report: Packed): void;
  failed(): void;
}

interface Round {
  readonly packed: Packed[];
  readonly dropped: string[];
  readonly failed: { month: Month; why: string }[];
}

/**
 * Moves the months of the embedded store through their life: seals and packs those that ended long enough ago, drops
 * those that are too old. One step at a time; each may be cut short anywhere, and the next round goes on from there.
 */
export class Upkeep {
  readonly #parts: UpkeepParts;
  readonly #packedAt = new Map<Month, number>();
  readonly #stopping = new AbortController();
  #round: Promise<UpkeepReport> | null = null;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** Soon, and then every hour. */
  start(): Cancel {
    const { clock, logger } = this.#parts;
    const round = async (): Promise<void> => void (await this.once());
    const first = clock.after('first upkeep', FIRST_MS, () => {
      round().catch((err: unknown) => logger.error({ err }, 'the upkeep of the readings has failed; it is done again'));
    });
    const hourly = every({ clock, logger, name: 'upkeep', ms: HOUR_MS }, round);
    return () => {
      first();
      hourly();
    };
  }

  /** Ends a round that is running; what it was packing is packed the next time. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#round?.catch(() => {});
  }

  /** One round over all months, or what the running one comes to. */
  once(): Promise<UpkeepReport> {
    this.#round ??= this.#run().finally(() => {
      this.#round = null;
    });
    return this.#round;
  }

  async #run(): Promise<UpkeepReport> {
    const { keeper, clock, logger, observer } = this.#parts;
    const round: Round = { packed: [], dropped: [], failed: [] };
    const now = clock.now();
    if (!isSane(now)) return round;
    const months = monthsIn(keeper.folder);
    const current = currentMonth(
      months.map(({ month }) => month),
      now,
    );
    for (const files of months) {
      if (this.#stopping.signal.aborted) break;
      try {
        await this.#keep(files, current, now, round);
      } catch (err) {
        if (this.#stopping.signal.aborted) break;
        observer.failed();
        round.failed.push({ month: files.month, why: messageOf(err) });
        logger.error(
          { err, month: files.month },
          'a month of readings could not be packed or dropped; tried again later',
        );
      }
    }
    return round;
  }

  async #keep(files: MonthFiles, current: Month, now: number, round: Round): Promise<void> {
    const { rules } = this.#parts;
    const expired = (['curve', 'freeze'] as const).filter((keeping) => isExpired(files.month, keeping, current, rules));
    if (expired.length === 2) return this.#dropMonth(files.month, round);
    if (files.generations.length > 0) await removeSuperseded(this.#parts.keeper.folder, files.month);
    if (isDue(files.month, now, rules)) await this.#pack(files, round);
    if (expired.length > 0) await this.#dropTasks(files.month, expired, round);
  }

  async #dropMonth(month: Month, round: Round): Promise<void> {
    const { keeper, logger } = this.#parts;
    await keeper.remove(month);
    await removeGenerations(keeper.folder, month);
    round.dropped.push(month);
    logger.info({ month }, 'a month of readings is older than they are kept and has been removed');
  }

  async #dropTasks(month: Month, expired: readonly string[], round: Round): Promise<void> {
    const { keeper, keepingOf, logger } = this.#parts;
    const isExpiredTask = (task: string): boolean => expired.includes(keepingOf(task));
    const tasks = new Set([
      ...(await keeper.dropTasks(month, isExpiredTask)),
      ...(await dropArchivedTasks(keeper.folder, month, isExpiredTask)),
    ]);
    if (tasks.size === 0) return;
    await removeSuperseded(keeper.folder, month);
    for (const task of tasks) round.dropped.push(`${month} ${task}`);
    logger.info({ month, tasks: [...tasks] }, 'tasks of a month are older than they are kept and have been removed');
  }

  async #pack({ month, isOpen, isSealed, generations }: MonthFiles, round: Round): Promise<void> {
    const { keeper, pack, clock, logger, observer } = this.#parts;
    const packedAt = this.#packedAt.get(month);
    const waits = generations.length > 0 && packedAt !== undefined && clock.mono() < packedAt + PACK_AGAIN_MS;
    const sealed = isSealed || (isOpen && !waits && (await keeper.seal(month)));
    if (!sealed) return;
    logger.info({ month }, 'a month of readings is being packed');
    const report = await pack(keeper.folder, month, this.#stopping.signal);
    const made = await newestGeneration(keeper.folder, month);
    if (!made || made.broken) throw made?.broken ?? new Error(`BUG: ${month} was packed and has no archive`);
    failpoint('before-archive-swap');
    await keeper.removeSealed(month);
    await removeSuperseded(keeper.folder, month);
    failpoint('after-archive-swap');
    this.#packedAt.set(month, clock.mono());
    round.packed.push(report);
    observer.packed(report);
    logger.info({ ...report }, 'a month of readings has been packed');
  }
}
