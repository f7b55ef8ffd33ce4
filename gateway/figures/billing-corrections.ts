import { slotsOfDay } from '#contract/calendar.ts';
import { sameForBilling } from '#domain/billing/row.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import type { Batch } from '#stores/batch-store.ts';
import type { BillingBuilds } from './billing-builds.ts';
import { PreviousRows } from './billing-previous.ts';
import { BillingRows, type BillingStores, PAGE } from './billing-rows.ts';
import type { ChangedDay, Derived, Follower, KeptDays } from './follower.ts';

export interface CorrectionParts {
  readonly stores: BillingStores;
  readonly builds: BillingBuilds;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'error' | 'info'>;
}

/**
 * Tells later words on the rows of batches that are ready. What it is told may come twice or after a restart: rows are
 * made anew and compared with what was delivered last, and only a difference is a correction.
 */
export class BillingCorrections implements Follower {
  readonly #parts: CorrectionParts;

  constructor(parts: CorrectionParts) {
    this.#parts = parts;
  }

  async follow(changes: readonly ChangedDay[], days: KeptDays): Promise<Derived> {
    for (const { task: name, date, rows } of changes) {
      const task = days.registry.task(name);
      if (task?.kind !== 'freeze-day') continue;
      // Named only for a day that is billed, as one in a month is.
      let named: readonly string[] | null = null;
      const meters = (): readonly string[] => {
        named ??= Array.from(rows, (row) => days.meters[row] ?? '').filter((meter) => meter !== '');
        return named;
      };
      for (const slot of slotsOfDay(task.calendar, days.registry.registry.timeZone, date)) {
        await this.#parts.builds.turn(() => this.#changed(name, slot, meters, days.registry));
      }
    }
    return {};
  }

  async #changed(task: string, slot: number, meters: () => readonly string[], index: RegistryIndex): Promise<void> {
    const { stores, builds } = this.#parts;
    const { current } = builds;
    if (current?.task === task && current.slot === slot) for (const meter of meters()) current.changed.add(meter);
    for (const batch of await stores.batches.ofSlot(task, slot)) await this.#correctOr(batch, meters(), index);
  }

  /** Rows that cannot be read any more must not stop the figures of everything else. */
  async #correctOr(batch: Batch, meters: readonly string[], index: RegistryIndex): Promise<void> {
    try {
      await this.correct(batch, meters, index);
    } catch (err) {
      if (
        !(err instanceof MeterwayError) ||
        !['batch_file_missing', 'batch_file_damaged', 'unknown_task'].includes(err.code)
      ) {
        throw err;
      }
      this.#parts.logger.error({ err, batch: batch.id }, 'changes cannot be told as corrections of a billing batch');
    }
  }

  /** Corrects the rows that the readings of some meters go into, and those of later batches that go on from them. */
  async correct(batch: Batch, meters: readonly string[], index: RegistryIndex): Promise<void> {
    const { stores, builds } = this.#parts;
    const previous = batch.previous === null ? null : await stores.batches.get(batch.previous);
    const source = await BillingRows.open(stores, index, batch, previous);
    const changed: string[] = [];
    try {
      const touched = [...new Set(meters.flatMap((meter) => source.rows.touchedBy(meter)))].toSorted();
      if (touched.length === 0) return;
      const delivered = await PreviousRows.open(stores, batch);
      try {
        for (let i = 0; i < touched.length; i += PAGE) {
          changed.push(...(await this.#compare(batch, touched.slice(i, i + PAGE), source, delivered)));
        }
      } finally {
        await delivered.close();
      }
    } finally {
      await source.close();
    }
    if (changed.length === 0) return;
    if (builds.current?.previous === batch.id) for (const meter of changed) builds.current.changed.add(meter);
    for (const next of await stores.batches.following(batch.id)) await this.#correctOr(next, changed, index);
  }

  /** Adds the corrections of some meters; resolves with those that have one. */
  async #compare(
    batch: Batch,
    meters: readonly string[],
    source: BillingRows,
    delivered: PreviousRows,
  ): Promise<string[]> {
    const { stores, clock, logger } = this.#parts;
    const [now, then] = await Promise.all([source.of(meters), delivered.rows(meters)]);
    const corrections = now.flatMap((row) => {
      const known = then.get(row.meter);
      if (known && sameForBilling(known.row, row)) return [];
      const revision = (known?.revision ?? 1) + 1;
      return { batch: batch.id, meter: row.meter, revision, at: clock.now(), row: { ...row } };
    });
    await stores.batches.addCorrections(corrections);
    if (corrections.length > 0) logger.info({ batch: batch.id, rows: corrections.length }, 'billing rows corrected');
    return corrections.map(({ meter }) => meter);
  }
}
