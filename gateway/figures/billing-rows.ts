import { BatchRows } from '#domain/billing/batch-rows.ts';
import { Exchanges } from '#domain/billing/exchanges.ts';
import type { BillingRow } from '#domain/billing/row.ts';
import { exclusionBook } from '#domain/collection/exclusions.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { BatchFiles } from '#stores/batch-files.ts';
import type { Batch, BatchStore } from '#stores/batch-store.ts';
import type { ExclusionStore } from '#stores/collection-stores.ts';
import type { LedgerStore } from '#stores/state-store.ts';
import type { ValidatedReading, ValidatedReadings } from '#stores/validated-readings.ts';
import { PreviousRows } from './billing-previous.ts';

/** Meters at a time: what is in memory, and how long the other work of the process waits. */
export const PAGE = 1000;

export interface BillingStores {
  readonly batches: BatchStore;
  readonly ledger: Pick<LedgerStore, 'outcomesOfSlot'>;
  readonly exclusions: Pick<ExclusionStore, 'list'>;
  readonly validated: Pick<ValidatedReadings, 'ofSlot'>;
  readonly files: BatchFiles;
}

type BatchName = Pick<Batch, 'task' | 'slot' | 'date' | 'district'>;

/** The rows of a batch as the stores would have them now. Close it when done. */
export class BillingRows {
  readonly #stores: BillingStores;
  readonly #batch: BatchName;
  readonly #previous: PreviousRows | null;
  readonly rows: BatchRows;

  private constructor(stores: BillingStores, batch: BatchName, rows: BatchRows, previous: PreviousRows | null) {
    this.#stores = stores;
    this.#batch = batch;
    this.rows = rows;
    this.#previous = previous;
  }

  /** `previous`: the batch that its usage continues from, or null. */
  static async open(
    stores: BillingStores,
    index: RegistryIndex,
    batch: BatchName,
    previous: Batch | null,
  ): Promise<BillingRows> {
    const task = index.task(batch.task);
    if (!task) {
      throw new MeterwayError(`cannot make a batch of ${batch.task}: the site has no such task any more`, {
        code: 'unknown_task',
        next: 'skip',
      });
    }
    const { date, slot, district } = batch;
    const exclusions = exclusionBook(await stores.exclusions.list(), index.registry.timeZone);
    const scope = { task, date, slot, district, previousSlot: previous?.slot ?? null, exclusions };
    const rows = new BatchRows(index, exchangesOf(index), scope);
    return new BillingRows(stores, batch, rows, previous && (await PreviousRows.open(stores, previous)));
  }

  /** Rows of at most some thousand meters of the batch, ascending by id as the meters are. */
  async of(meters: readonly string[]): Promise<BillingRow[]> {
    const { validated, ledger } = this.#stores;
    const { task, slot } = this.#batch;
    const [found, known] = await Promise.all([
      validated.ofSlot(task, slot, meters),
      this.#previous?.of(meters.flatMap((meter) => this.rows.needs(meter))),
    ]);
    const readings = new Map(found.map((reading) => [reading.meter, reading]));
    const silent = meters.filter((meter) => !hasRegister(readings.get(meter)));
    const failed = silent.length > 0 ? await ledger.outcomesOfSlot(task, slot, silent) : [];
    const failures = new Map(failed.map(({ meter, reason }) => [meter, reason]));
    return meters.map((meter) =>
      this.rows.row(meter, {
        reading: readings.get(meter) ?? null,
        failure: failures.get(meter) ?? null,
        billedBefore: (each) => known?.billed.get(each),
        correctedBefore: (each) => known?.corrected.has(each) ?? false,
      }),
    );
  }

  async close(): Promise<void> {
    await this.#previous?.close();
  }
}

function hasRegister(reading: ValidatedReading | undefined): boolean {
  return reading?.values?.energy_import_wh !== undefined;
}

const exchanges = new WeakMap<RegistryIndex, Exchanges>();

/** Looks at every installation once for a registry. */
function exchangesOf(index: RegistryIndex): Exchanges {
  let found = exchanges.get(index);
  if (!found) {
    found = new Exchanges({ installations: index.installations() });
    exchanges.set(index, found);
  }
  return found;
}
