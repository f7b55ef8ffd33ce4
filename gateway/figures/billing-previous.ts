import type { BilledUpTo } from '#domain/billing/lineage.ts';
import { type BillingRow, billedUpTo, meterOfLine } from '#domain/billing/row.ts';
import type { BatchFile, BatchFiles } from '#stores/batch-files.ts';
import type { Batch, BatchStore } from '#stores/batch-store.ts';

export interface BilledRows {
  /** Of meters with a row: where the next usage begins, or null. */
  readonly billed: ReadonlyMap<string, BilledUpTo | null>;
  /** Meters whose register was another one before it was corrected. */
  readonly corrected: ReadonlySet<string>;
}

/**
 * Rows of a batch as delivered last: those of its file, or their newest corrections. Who asks in the order of ids has
 * every piece of the file unpacked once.
 */
export class PreviousRows {
  readonly #batch: string;
  readonly #store: BatchStore;
  readonly #file: BatchFile;

  private constructor(batch: string, store: BatchStore, file: BatchFile) {
    this.#batch = batch;
    this.#store = store;
    this.#file = file;
  }

  static async open(
    { batches, files }: { readonly batches: BatchStore; readonly files: BatchFiles },
    { id }: Batch,
  ): Promise<PreviousRows> {
    return new PreviousRows(id, batches, await files.open(id));
  }

  /** The rows of the named meters that have one, by meter, with the number of the revision that counts. */
  async rows(
    meters: readonly string[],
  ): Promise<Map<string, { readonly row: BillingRow; readonly first: BillingRow | null; readonly revision: number }>> {
    const [lines, corrections] = await Promise.all([
      this.#file.find(meters, meterOfLine),
      this.#store.newestCorrections(this.#batch, meters),
    ]);
    const found = new Map<string, { row: BillingRow; first: BillingRow | null; revision: number }>();
    for (const [meter, line] of lines) {
      const row = JSON.parse(line) as BillingRow;
      found.set(meter, { row, first: row, revision: 1 });
    }
    for (const { meter, revision, row } of corrections) {
      const first = found.get(meter)?.first ?? null;
      found.set(meter, { row: row as unknown as BillingRow, first, revision });
    }
    return found;
  }

  async of(meters: readonly string[]): Promise<BilledRows> {
    const billed = new Map<string, BilledUpTo | null>();
    const corrected = new Set<string>();
    for (const [meter, { row, first }] of await this.rows([...new Set(meters)])) {
      billed.set(meter, billedUpTo(row));
      if (first !== null && first.energyImportWh !== row.energyImportWh) corrected.add(meter);
    }
    return { billed, corrected };
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
