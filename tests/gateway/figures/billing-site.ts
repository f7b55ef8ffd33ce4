import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Registry } from '#contract/registry.ts';
import type { BillingRow } from '#domain/billing/row.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { BatchFiles } from '#stores/batch-files.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import { ValidatedReadings } from '#stores/validated-readings.ts';
import { BillingBuilder } from '../../../gateway/figures/billing-builder.ts';
import { BillingBuilds } from '../../../gateway/figures/billing-builds.ts';
import { BillingCorrections } from '../../../gateway/figures/billing-corrections.ts';
import type { KeptDays } from '../../../gateway/figures/follower.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { at } from '../domain/site.ts';

/** Builder and corrections over real embedded stores in a temporary folder. */
export class BillingSite {
  readonly folder: string;
  readonly state: Awaited<ReturnType<typeof openSqliteStateStore>>;
  readonly readings: Awaited<ReturnType<typeof openSqliteReadingStore>>;
  readonly files: BatchFiles;
  readonly clock = new ManualClock(at('2026-12-24'));
  readonly builds = new BillingBuilds();
  /** Called whenever a page of readings has been fetched. */
  onPage: () => Promise<void> = () => Promise.resolve();
  registry: Registry;

  private constructor(
    folder: string,
    state: BillingSite['state'],
    readings: BillingSite['readings'],
    registry: Registry,
  ) {
    this.folder = folder;
    this.state = state;
    this.readings = readings;
    this.registry = registry;
    this.files = new BatchFiles(join(folder, 'billing'));
  }

  static async open(registry: Registry): Promise<BillingSite> {
    const folder = mkdtempSync(join(tmpdir(), 'meterway-billing-'));
    const state = await openSqliteStateStore(join(folder, 'state.sqlite'));
    const readings = await openSqliteReadingStore(join(folder, 'readings'));
    return new BillingSite(folder, state, readings, registry);
  }

  async close(): Promise<void> {
    await this.readings.close();
    await this.state.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** As after a start of the process. */
  corrections(): BillingCorrections {
    const { builds, clock } = this;
    return new BillingCorrections({ stores: this.#stores(), builds, clock, logger: quietLogger() });
  }

  builder(): BillingBuilder {
    return new BillingBuilder({
      stores: this.#stores(),
      builds: this.builds,
      corrections: this.corrections(),
      registry: async () => new RegistryIndex(this.registry),
      clock: this.clock,
      logger: quietLogger(),
    });
  }

  async read(date: string, values: Readonly<Record<string, number>>): Promise<void> {
    const slot = at(date);
    const usual = { slot, meterTime: slot, readAt: slot + 60_000, quality: 'valid', rules: [] } as const;
    const rows = Object.entries(values).map(([meter, wh]) => ({ ...usual, meter, values: [wh] }));
    await this.readings.write([{ task: 'freeze-day', quantities: ['energy_import_wh'], rows }]);
  }

  /** Asks for a batch. */
  async ask(id: string, date: string): Promise<void> {
    const [slot, createdAt] = [at(date), this.clock.now()];
    const asked = { district: null, period: null, task: 'freeze-day', askedBy: 'k', idempotencyKey: null };
    await this.state.batches.add({ id, date, slot, createdAt, ...asked });
    await this.clock.advance(1000);
  }

  /** Asks for a batch, builds it and gives its hash. */
  async made(id: string, date: string): Promise<string | null | undefined> {
    await this.ask(id, date);
    await this.builder().tick();
    return (await this.state.batches.get(id))?.sha256;
  }

  async lines(id: string): Promise<BillingRow[]> {
    const file = await this.files.open(id);
    const parts: string[] = [];
    for await (const { text } of file.pieces()) parts.push(text.toString());
    await file.close();
    return parts
      .join('')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as BillingRow);
  }

  /** Tells that the readings of a day changed, as the keeper does. */
  async changed(date: string, meters: readonly string[], corrections = this.corrections()): Promise<void> {
    const all = this.registry.meters.map(({ id }) => id);
    const days: KeptDays = {
      registry: new RegistryIndex(this.registry),
      meters: all,
      rowOf: (meter) => all.indexOf(meter),
      of: async () => null,
    };
    const rows = new Set(meters.map((meter) => all.indexOf(meter)));
    await corrections.follow([{ task: 'freeze-day', date, rows }], days);
  }

  #stores() {
    const { batches, ledger, exclusions, revisions } = this.state;
    const validated = new ValidatedReadings(this.readings, revisions);
    return {
      batches,
      ledger,
      exclusions,
      files: this.files,
      validated: {
        ofSlot: async (...asked: Parameters<ValidatedReadings['ofSlot']>) => {
          const found = await validated.ofSlot(...asked);
          await this.onPage();
          return found;
        },
      },
    };
  }
}
