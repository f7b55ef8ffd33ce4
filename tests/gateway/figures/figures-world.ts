import { join } from 'node:path';
import { slotsOfDay } from '#contract/calendar.ts';
import type { Quality } from '#contract/quality.ts';
import type { Reason } from '#contract/reasons.ts';
import type { Registry } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { codeOf, type DayColumns, FLAG } from '#domain/collection/day-columns.ts';
import { exclusionBook } from '#domain/collection/exclusions.ts';
import { buildGrid } from '#domain/collection/slot-grid.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import type { FiguresStore } from '#stores/figures-store.ts';
import type { NewReading, ReadingStore, WriteResult } from '#stores/reading-store.ts';
import { openSqliteFiguresStore } from '#stores/sqlite-figures/store.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { StateStore, StoredOutcome } from '#stores/state-store.ts';
import { ValidatedReadings } from '#stores/validated-readings.ts';
import { outageSlots } from '../../../api/queries/outage-slots.ts';
import { toldOf } from '../../../gateway/ingest/told-rows.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { commit } from '../stores/state-samples.ts';

export interface Row {
  readonly meter: string;
  readonly slot: number;
  readonly readAt: number;
  readonly quality: Quality;
  readonly importWh: number | null;
  readonly exportWh: number | null;
}

/** Real embedded stores, written as the ingest writes them. */
export class FiguresWorld {
  readonly folder: string;
  readonly state: StateStore;
  readonly readings: ReadingStore;
  readonly figures: FiguresStore;
  readonly clock: ManualClock;

  private constructor(folder: string, stores: [StateStore, ReadingStore, FiguresStore], now: number) {
    this.folder = folder;
    [this.state, this.readings, this.figures] = stores;
    this.clock = new ManualClock(now);
  }

  static async open(folder: string, registry: Registry, now: number): Promise<FiguresWorld> {
    const state = await openSqliteStateStore(join(folder, 'state.sqlite'));
    const readings = await openSqliteReadingStore(join(folder, 'readings'));
    const figures = await openSqliteFiguresStore(join(folder, 'figures.sqlite'));
    await state.registry.replace(registry);
    return new FiguresWorld(folder, [state, readings, figures], now);
  }

  async close(): Promise<void> {
    await this.figures.close();
    await this.readings.close();
    await this.state.close();
  }

  /** What the ingest does before the ledger; a crash may follow. */
  write(task: string, rows: readonly Row[]): Promise<WriteResult> {
    if (rows.length === 0) return Promise.resolve({ stored: 0, repeated: 0, conflicts: [] });
    return this.readings.write([batchOf(task, rows)]);
  }

  async take(task: Task, rows: readonly Row[], outcomes: readonly StoredOutcome[] = []): Promise<void> {
    const written = await this.write(task.id, rows);
    const readings = rows.length > 0 ? [batchOf(task.id, rows)] : [];
    const feed = toldOf([{ judged: { readings, ledger: { outcomes } }, written }], () => task.kind);
    await this.state.ledger.commit({ ...commit({}), outcomes, ...(feed && { feed }) });
  }

  /** What the stores say of a day, counted anew: code, registers and flags of each meter. */
  async counted(task: Task, date: string): Promise<Map<string, readonly number[]>> {
    const registry = await this.registry();
    const index = new RegistryIndex(registry);
    const slots = slotsOfDay(task.calendar, registry.timeZone, date);
    const marks = await this.readings.marks(task.id, slots);
    const grid = buildGrid({
      registry: index,
      meters: registry.meters,
      task,
      zone: registry.timeZone,
      date,
      now: this.clock.now(),
      marks,
      failures: await this.state.ledger.outcomes(task.id, slots),
      inOutage: await outageSlots(this.state.outages, slots, marks),
      exclusions: exclusionBook(await this.state.exclusions.list(), registry.timeZone),
    });
    const ids = registry.meters.map(({ id }) => id);
    const validated = new ValidatedReadings(this.readings, this.state.revisions);
    const counting = await validated.ofSlot(task.id, slots[0] ?? 0, ids);
    const found = new Map(ids.map((id, row) => [id, [grid.cells[row] ?? 0, Number.NaN, Number.NaN, 0]]));
    for (const { meter, values, revision, quality } of counting) {
      const flags = revision === 0 ? 0 : quality === 'estimated' ? FLAG.estimated : FLAG.written;
      const { energy_import_wh: importWh, energy_export_wh: exportWh } = values ?? {};
      found.set(meter, [found.get(meter)?.[0] ?? 0, importWh ?? Number.NaN, exportWh ?? Number.NaN, flags]);
    }
    return found;
  }

  async registry(): Promise<Registry> {
    const registry = await this.state.registry.load();
    if (!registry) throw new Error('no registry');
    return registry;
  }
}

/** The same of a kept day. */
export function kept(day: DayColumns, rowOf: (meter: string) => number | undefined, ids: readonly string[]) {
  return new Map(
    ids.map((id) => {
      const row = rowOf(id) ?? -1;
      const code = codeOf(day.class[row] ?? 0, day.fact[row] ?? 0);
      return [id, [code, day.importWh[row], day.exportWh[row], day.flags[row]]];
    }),
  );
}

function batchOf(task: string, rows: readonly Row[]) {
  return {
    task,
    quantities: ['energy_import_wh', 'energy_export_wh'] as const,
    rows: rows.map(
      ({ meter, slot, readAt, quality, importWh, exportWh }): NewReading => ({
        ...{ meter, slot, meterTime: slot, readAt, quality, rules: [] },
        values: [importWh, exportWh],
      }),
    ),
  };
}

export function failure(task: string, meter: string, slot: number, at: number, reason: Reason): StoredOutcome {
  return { task, meter, slot, at, reason, detail: '', attempts: 1, lastBytes: '', final: false };
}
