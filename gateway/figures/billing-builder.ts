import type { BillingRow } from '#domain/billing/row.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError, messageOf } from '#platform/errors.ts';
import { failpoint } from '#platform/failpoint.ts';
import type { Logger } from '#platform/logger.ts';
import type { RowLine } from '#stores/batch-files.ts';
import type { Batch } from '#stores/batch-store.ts';
import type { BillingBuilds } from './billing-builds.ts';
import type { BillingCorrections } from './billing-corrections.ts';
import { BillingRows, type BillingStores } from './billing-rows.ts';

export interface BuilderParts {
  readonly stores: BillingStores;
  readonly builds: BillingBuilds;
  readonly corrections: Pick<BillingCorrections, 'correct'>;
  /** Null while the site has none. */
  readonly registry: () => Promise<RegistryIndex | null>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/** How often a batch that cannot be built is tried before it counts as failed. */
const TRIES = 3;
/** Progress is written when it has grown by this much: a batch of any size costs some dozen writes. */
const STEP = 0.02;

/**
 * Makes the rows of batches that were asked for, one batch after the other and page by page. A batch that a killed
 * process left is made again from the start; nothing of it was ever delivered.
 */
export class BillingBuilder {
  readonly #parts: BuilderParts;
  readonly #failures = new Map<string, number>();
  #busy = false;
  #tidied = false;

  constructor(parts: BuilderParts) {
    this.#parts = parts;
  }

  /** Builds what is waiting; resolves when nothing is left that can be built now. */
  async tick(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      if (!this.#tidied) await this.#parts.stores.files.tidy();
      this.#tidied = true;
      const tried = new Set<string>();
      for (let batch = await this.#next(tried); batch; batch = await this.#next(tried)) {
        tried.add(batch.id);
        await this.#try(batch);
      }
    } finally {
      this.#busy = false;
    }
  }

  /** The earliest moment first, so that a batch finds the one before it. */
  async #next(tried: ReadonlySet<string>): Promise<Batch | undefined> {
    const waiting = (await this.#parts.stores.batches.unfinished()).filter(({ id }) => !tried.has(id));
    return waiting.toSorted((a, b) => a.slot - b.slot)[0];
  }

  async #try(batch: Batch): Promise<void> {
    const { stores, builds, registry, logger } = this.#parts;
    try {
      const index = await registry();
      if (index) await this.#build(batch, index);
    } catch (err) {
      const failures = (this.#failures.get(batch.id) ?? 0) + 1;
      this.#failures.set(batch.id, failures);
      const waits = err instanceof MeterwayError && err.next === 'retry';
      const state = failures < TRIES || waits ? 'requested' : 'failed';
      logger.warn({ err, batch: batch.id }, 'a billing batch cannot be built');
      await stores.batches.update(batch.id, { state, detail: messageOf(err) });
    } finally {
      builds.end();
    }
  }

  async #build(batch: Batch, index: RegistryIndex): Promise<void> {
    const { stores, builds, clock, logger } = this.#parts;
    const { batches, files } = stores;
    const begun = clock.mono();
    const previous = await batches.before(batch);
    const { id, task, slot } = batch;
    builds.begin({ batch: id, task, slot, previous: previous?.id ?? null });
    await batches.dropCorrections(id);
    await batches.update(id, { state: 'building', progress: 0, detail: '', previous: previous?.id ?? null });
    const source = await BillingRows.open(stores, index, batch, previous);
    const counts = new RowCounts();
    try {
      const { rows, sha256 } = await files.write(id, this.#pages(batch, source, counts));
      await this.#finish({ ...batch, previous: previous?.id ?? null }, index, { rows, sha256, counts: counts.all() });
      logger.info({ batch: id, rows, tookMs: Math.round(clock.mono() - begun) }, 'a billing batch is ready');
    } finally {
      await source.close();
    }
  }

  async *#pages({ id }: Batch, source: BillingRows, counts: RowCounts): AsyncGenerator<RowLine[]> {
    let told = 0;
    let coming: { readonly rows: Promise<BillingRow[]>; readonly share: number } | null = null;
    for (const { ids, share } of source.rows.meters()) {
      // Everything else in the process has its turn, also while nothing is asked of the stores.
      await new Promise((resolve) => setImmediate(resolve));
      if (ids.length === 0) continue;
      failpoint('mid-billing-batch');
      // The stores look for a page while the one before it is packed.
      const next = { rows: source.of(ids), share };
      next.rows.catch(() => {});
      if (coming) {
        yield await packed(coming.rows, counts);
        if (coming.share - told >= STEP) {
          told = coming.share;
          await this.#parts.stores.batches.update(id, { progress: told });
        }
      }
      coming = next;
    }
    if (coming) yield await packed(coming.rows, counts);
  }

  /** What changed while the rows were made becomes corrections before anybody can take the rows for complete. */
  #finish(
    batch: Batch,
    index: RegistryIndex,
    made: Required<Pick<Batch, 'rows' | 'sha256' | 'counts'>>,
  ): Promise<void> {
    const { stores, builds, corrections, clock } = this.#parts;
    return builds.turn(async () => {
      const changed = builds.current?.changed ?? new Set();
      if (changed.size > 0) await corrections.correct(batch, [...changed], index);
      failpoint('mid-billing-batch');
      await stores.batches.update(batch.id, { ...made, state: 'ready', progress: 1, readyAt: clock.now() });
    });
  }
}

async function packed(coming: Promise<BillingRow[]>, counts: RowCounts): Promise<RowLine[]> {
  const rows = await coming;
  counts.add(rows);
  return rows.map((row) => ({ key: row.meter, line: JSON.stringify(row) }));
}

/** Numbers of rows by quality and by exception, under names such as `quality:valid` and `exception:missing`. */
class RowCounts {
  readonly #counts = new Map<string, number>();

  add(rows: readonly BillingRow[]): void {
    for (const { quality, exceptions } of rows) {
      this.#count(`quality:${quality}`);
      for (const exception of exceptions) this.#count(`exception:${exception}`);
    }
  }

  all(): Record<string, number> {
    return Object.fromEntries([...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}
