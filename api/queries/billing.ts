import { createHash } from 'node:crypto';
import { slotAt } from '#contract/calendar.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Meter } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { instantOf, isoLocal } from '#contract/zone.ts';
import { dueClassifier } from '#domain/collection/due-class.ts';
import { buildGrid, slotStateOf } from '#domain/collection/slot-grid.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { LedgerStore, StateStore } from '#stores/state-store.ts';
import { validated } from '#stores/validated-readings.ts';
import { BOM, csvLines, kwh } from '../formats/csv.ts';
import type { DayGrids } from './day-grid.ts';
import { outageSlots } from './outage-slots.ts';
import { answered, missing, type SlotReading } from './readings.ts';

/** Meters fetched at a time: what a stream holds in memory. */
const PAGE = 1000;

export interface BillingRow {
  readonly meter: Meter;
  readonly accountNo: string | null;
  readonly district: string | null;
  readonly reading: SlotReading;
}

const REGISTERS = [
  ['energyImportWh', 'energy_import_wh', 'import_kwh'],
  ['energyImportT1Wh', 'energy_import_t1_wh', 'import_t1_kwh'],
  ['energyImportT2Wh', 'energy_import_t2_wh', 'import_t2_kwh'],
  ['energyImportT3Wh', 'energy_import_t3_wh', 'import_t3_kwh'],
  ['energyImportT4Wh', 'energy_import_t4_wh', 'import_t4_kwh'],
  ['energyExportWh', 'energy_export_wh', 'export_kwh'],
] as const satisfies readonly (readonly [string, QuantityName, string])[];

/** Day freezes for billing: one row for every meter that was in place, also for those without a value. */
export class BillingQuery {
  readonly #readings: ReadingStore;
  readonly #ledger: LedgerStore;
  readonly #outages: StateStore['outages'];
  readonly #grids: Pick<DayGrids, 'offline' | 'exclusions'>;
  readonly #clock: Clock;

  constructor(
    readings: ReadingStore,
    state: Pick<StateStore, 'ledger' | 'outages'>,
    grids: Pick<DayGrids, 'offline' | 'exclusions'>,
    clock: Clock,
  ) {
    this.#readings = readings;
    this.#ledger = state.ledger;
    this.#outages = state.outages;
    this.#grids = grids;
    this.#clock = clock;
  }

  /** Pages of rows, ascending by meter id. */
  async *rows(index: RegistryIndex, task: Task, date: string, meters: readonly Meter[]): AsyncGenerator<BillingRow[]> {
    const zone = index.registry.timeZone;
    const slot = slotAt(task.calendar, zone, instantOf(zone, date));
    const inPlace = meters
      .filter((meter) => !['not_due', 'not_installed'].includes(dueClassifier(index, meter, task, zone)(slot)))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const outcomes = new Map((await this.#ledger.outcomes(task.id, [slot])).map((each) => [each.meter, each]));
    const collectorOffline = await this.#grids.offline(index);
    const exclusions = await this.#grids.exclusions(zone);
    const now = this.#clock.now();
    for (let i = 0; i < inPlace.length; i += PAGE) {
      const page = inPlace.slice(i, i + PAGE);
      const found = await this.#readings.ofSlot(
        task.id,
        slot,
        page.map((meter) => meter.id),
      );
      const readings = new Map(found.map((reading) => [reading.meter, reading]));
      const failures = page.flatMap(({ id }) => outcomes.get(id) ?? []);
      const inOutage = await outageSlots(this.#outages, [slot], found);
      const places = { registry: index, meters: page, task, zone, date, now };
      const grid = buildGrid({ ...places, marks: found, failures, collectorOffline, inOutage, exclusions });
      yield page.map((meter) => {
        const reading = readings.get(meter.id);
        const state = slotStateOf(grid, meter.id, slot);
        const reason = state !== null && 'reason' in state ? state.reason : null;
        return {
          meter,
          accountNo: index.installationAt(meter.id, slot)?.account ?? null,
          district: index.placeOf(meter).district,
          reading: reading
            ? answered(zone, validated(meter.id, slot, reading, null))
            : missing(zone, slot, outcomes.get(meter.id), reason),
        };
      });
    }
  }
}

/** NDJSON; the last line tells how many rows there were and the SHA-256 of the lines before it, so a cut shows. */
export async function* ndjson(zone: string, pages: AsyncIterable<BillingRow[]>): AsyncGenerator<string> {
  const hash = createHash('sha256');
  let rows = 0;
  for await (const page of pages) {
    const text = page.map((row) => `${JSON.stringify(jsonRow(zone, row))}\n`).join('');
    hash.update(text);
    rows += page.length;
    yield text;
  }
  yield `${JSON.stringify({ _end: true, rows, sha256: hash.digest('hex') })}\n`;
}

function jsonRow(zone: string, { meter, accountNo, district, reading }: BillingRow): Record<string, unknown> {
  const at = (instant: number | null): string | null => (instant === null ? null : isoLocal(zone, instant));
  return {
    meter: meter.id,
    meterNo: meter.no,
    accountNo,
    area: meter.area,
    district,
    businessDate: reading.businessDate,
    frozenAt: at(reading.slot),
    meterTime: at(reading.meterTime),
    readAt: at(reading.readAt),
    ...Object.fromEntries(REGISTERS.map(([name, quantity]) => [name, reading.values?.[quantity] ?? null])),
    ratio: meter.ct * meter.pt,
    quality: reading.quality,
    rules: reading.rules,
    reason: reading.reason,
    detail: reading.detail,
  };
}

const CSV_HEADER = [
  'meter',
  'meter_no',
  'account_no',
  'area',
  'district',
  'business_date',
  'frozen_at',
  'meter_time',
  'read_at',
  ...REGISTERS.map(([, , column]) => column),
  'ratio',
  'quality',
  'rules',
  'reason',
  'detail',
];

/** CSV for spreadsheets: UTF-8 with BOM, CRLF, energies in kWh as face values. */
export async function* csv(zone: string, pages: AsyncIterable<BillingRow[]>): AsyncGenerator<string> {
  yield BOM + csvLines([CSV_HEADER]);
  for await (const page of pages) yield csvLines(page.map((row) => csvRow(zone, row)));
}

function csvRow(zone: string, { meter, accountNo, district, reading }: BillingRow): (string | number | null)[] {
  const at = (instant: number | null): string | null => (instant === null ? null : isoLocal(zone, instant));
  return [
    meter.id,
    meter.no,
    accountNo,
    meter.area,
    district,
    reading.businessDate,
    at(reading.slot),
    at(reading.meterTime),
    at(reading.readAt),
    ...REGISTERS.map(([, quantity]) => {
      const wh = reading.values?.[quantity];
      return wh === undefined ? null : kwh(wh);
    }),
    meter.ct * meter.pt,
    reading.quality,
    reading.rules.join(' '),
    reading.reason,
    reading.detail,
  ];
}
