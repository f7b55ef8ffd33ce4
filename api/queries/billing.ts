import { createHash } from 'node:crypto';
import { slotAt } from '#contract/calendar.ts';
import type { QuantityName } from '#contract/quantities.ts';
import type { Meter, MeterRole } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { instantOf, isoLocal } from '#contract/zone.ts';
import { dueClassifier } from '#domain/collection/due-class.ts';
import { buildGrid, slotStateOf } from '#domain/collection/slot-grid.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import type { LedgerStore, StateStore } from '#stores/state-store.ts';
import type { ValidatedReadings } from '#stores/validated-readings.ts';
import { BOM, csvLines, kwh } from '../formats/csv.ts';
import type { DayGrids } from './day-grid.ts';
import { outageSlots } from './outage-slots.ts';
import { answered, missing, type SlotReading } from './readings.ts';

/** Meters fetched at a time: what a stream holds in memory. */
const PAGE = 1000;

export interface BillingRow {
  readonly meter: Meter;
  readonly accountNo: string | null;
  /** Where it hung then, and the ratio that it had. */
  readonly area: string;
  readonly district: string | null;
  readonly ratio: number;
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

/**
 * Day freezes for billing: one row for every meter that was in place, also for those without a value. Registers are those
 * that count; a suspect value is none, its row has only the rules that spoke against it.
 */
export class BillingQuery {
  readonly #readings: Pick<ValidatedReadings, 'ofSlot'>;
  readonly #ledger: LedgerStore;
  readonly #outages: StateStore['outages'];
  readonly #grids: Pick<DayGrids, 'offline' | 'exclusions'>;
  readonly #clock: Clock;

  constructor(
    readings: Pick<ValidatedReadings, 'ofSlot'>,
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

  /** Pages of rows, ascending by meter id, of the meters that hung in the district then; null = in any. */
  async *rows(
    index: RegistryIndex,
    task: Task,
    date: string,
    { role, district }: { readonly role: MeterRole; readonly district: string | null },
  ): AsyncGenerator<BillingRow[]> {
    const zone = index.registry.timeZone;
    const slot = slotAt(task.calendar, zone, instantOf(zone, date));
    const areaOf = (meter: Meter): string => index.areaAt(meter.id, slot) ?? meter.area;
    const inPlace = index.registry.meters
      .filter((meter) => meter.role === role && (district === null || districtOf(index, areaOf(meter)) === district))
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
      const marks = found.flatMap(({ raw }) => raw ?? []);
      const inOutage = await outageSlots(this.#outages, [slot], marks);
      const places = { registry: index, meters: page, task, zone, date, now };
      const grid = buildGrid({ ...places, marks, failures, collectorOffline, inOutage, exclusions });
      yield page.map((meter) => {
        const reading = readings.get(meter.id);
        const state = slotStateOf(grid, meter.id, slot);
        const reason = state !== null && 'reason' in state ? state.reason : null;
        const area = areaOf(meter);
        return {
          meter,
          accountNo: index.installationAt(meter.id, slot)?.account ?? null,
          area,
          district: districtOf(index, area),
          ratio: index.ratioAt(meter.id, slot) ?? meter.ct * meter.pt,
          reading:
            reading && (reading.values !== null || reading.raw !== null)
              ? { ...answered(zone, reading), values: reading.values }
              : missing(zone, slot, outcomes.get(meter.id), reason),
        };
      });
    }
  }
}

function districtOf(index: RegistryIndex, area: string): string | null {
  const feeder = index.area(area)?.feeder;
  return (feeder === undefined ? undefined : index.feeder(feeder)?.district) ?? null;
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

function jsonRow(
  zone: string,
  { meter, accountNo, area, district, ratio, reading }: BillingRow,
): Record<string, unknown> {
  const at = (instant: number | null): string | null => (instant === null ? null : isoLocal(zone, instant));
  return {
    meter: meter.id,
    meterNo: meter.no,
    accountNo,
    area,
    district,
    businessDate: reading.businessDate,
    frozenAt: at(reading.slot),
    meterTime: at(reading.meterTime),
    readAt: at(reading.readAt),
    ...Object.fromEntries(REGISTERS.map(([name, quantity]) => [name, reading.values?.[quantity] ?? null])),
    ratio,
    quality: reading.quality,
    rules: reading.rules,
    reason: reading.reason,
    detail: reading.detail,
    revision: reading.revision,
    method: reading.method,
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
  'revision',
  'method',
];

/** CSV for spreadsheets: UTF-8 with BOM, CRLF, energies in kWh as face values. */
export async function* csv(zone: string, pages: AsyncIterable<BillingRow[]>): AsyncGenerator<string> {
  yield BOM + csvLines([CSV_HEADER]);
  for await (const page of pages) yield csvLines(page.map((row) => csvRow(zone, row)));
}

function csvRow(
  zone: string,
  { meter, accountNo, area, district, ratio, reading }: BillingRow,
): (string | number | null)[] {
  const at = (instant: number | null): string | null => (instant === null ? null : isoLocal(zone, instant));
  return [
    meter.id,
    meter.no,
    accountNo,
    area,
    district,
    reading.businessDate,
    at(reading.slot),
    at(reading.meterTime),
    at(reading.readAt),
    ...REGISTERS.map(([, quantity]) => {
      const wh = reading.values?.[quantity];
      return wh === undefined ? null : kwh(wh);
    }),
    ratio,
    reading.quality,
    reading.rules.join(' '),
    reading.reason,
    reading.detail,
    reading.revision,
    reading.method,
  ];
}
