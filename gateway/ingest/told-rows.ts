import { type EventRow, TERMINAL_POWER_DOWN } from '#contract/envelope.ts';
import { qualityCode } from '#contract/quality.ts';
import type { TaskKind } from '#contract/tasks.ts';
import type { FeedContent, FeedEvents, FeedOutcomes, FeedReadings } from '#stores/feed-store.ts';
import type { NewReading, NewReadings, StoredReading, WriteResult } from '#stores/reading-store.ts';
import type { StoredOutcome } from '#stores/state-store.ts';

/** What of a group is told to those who keep figures. */
export interface TellableGroup {
  readonly judged: {
    readonly readings: readonly NewReadings[];
    readonly ledger: { readonly outcomes: readonly StoredOutcome[]; readonly events?: readonly EventRow[] };
  };
  readonly written: WriteResult;
}

export type KindOf = (task: string) => TaskKind | undefined;

type Columns<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] | undefined ? E[] : T[K] };

/**
 * The readings and failures of freezes and profiles, and what meters recorded, by column; undefined when there are none.
 * Of readings that the store has refused nothing is told. Makes no object for a row: this is done for every row of the
 * centre.
 */
export function toldOf(groups: readonly TellableGroup[], kindOf: KindOf): FeedContent | undefined {
  const readings = groups.flatMap((group) => toldReadings(group, kindOf));
  const outcomes = toldOutcomes(groups, kindOf);
  const events = toldEvents(groups);
  if (readings.length === 0 && outcomes.length === 0 && events === null) return undefined;
  return {
    ...(readings.length > 0 && { readings }),
    ...(outcomes.length > 0 && { outcomes }),
    ...(events && { events }),
  };
}

/** Supply is no matter of those who follow the feed: the gateway itself watches over it. */
function toldEvents(groups: readonly TellableGroup[]): FeedEvents | null {
  const columns: Columns<FeedEvents> = { meters: [], kinds: [], starts: [], ends: [], readAts: [] };
  for (const { judged } of groups) {
    for (const { meter, kind, start, end, readAt } of judged.ledger.events ?? []) {
      if (kind === 'power_down' || kind === TERMINAL_POWER_DOWN) continue;
      columns.meters.push(meter);
      columns.kinds.push(kind);
      columns.starts.push(start);
      columns.ends.push(end);
      columns.readAts.push(readAt);
    }
  }
  return columns.meters.length > 0 ? columns : null;
}

function isTold(kind: TaskKind | undefined): boolean {
  return isFreeze(kind) || kind === 'profile';
}

function isFreeze(kind: TaskKind | undefined): boolean {
  return kind === 'freeze-day' || kind === 'freeze-month';
}

/** Tasks of a group with the same quantities go together: an envelope brings few rows, a group many. */
function toldReadings({ judged, written }: TellableGroup, kindOf: KindOf): FeedReadings[] {
  const refused = refusedOf(written);
  const told = new Map<string, Columns<FeedReadings>>();
  for (const batch of judged.readings) {
    const kind = kindOf(batch.task);
    if (!isTold(kind)) continue;
    let columns = told.get(batch.task);
    if (!columns) {
      columns = columnsOf(batch.task, isFreeze(kind), written.repeated > 0);
      told.set(batch.task, columns);
    }
    fill(columns, batch, refused);
  }
  return [...told.values()].filter(({ meters }) => meters.length > 0);
}

function columnsOf(task: string, isOfFreeze: boolean, isRepeated: boolean): Columns<FeedReadings> {
  return {
    ...{ task, meters: [], slots: [], readAts: [], qualities: [] },
    ...(isOfFreeze && { importWh: [], exportWh: [] }),
    ...(isRepeated && { repeated: true as const }),
  };
}

function fill(columns: Columns<FeedReadings>, batch: NewReadings, refused: Refused | null): void {
  const importAt = batch.quantities.indexOf('energy_import_wh');
  const exportAt = batch.quantities.indexOf('energy_export_wh');
  const { meters, slots, readAts, qualities, importWh, exportWh } = columns;
  for (const row of batch.rows) {
    if (refused?.has(batch, row)) continue;
    if (row.rules.length > 0) {
      columns.noted ??= [];
      columns.noted.push(meters.length);
    }
    meters.push(row.meter);
    slots.push(row.slot);
    readAts.push(row.readAt);
    qualities.push(qualityCode(row.quality));
    importWh?.push(row.values[importAt] ?? null);
    exportWh?.push(row.values[exportAt] ?? null);
  }
}

function toldOutcomes(groups: readonly TellableGroup[], kindOf: KindOf): FeedOutcomes[] {
  const told = new Map<string, Columns<FeedOutcomes> | null>();
  for (const { judged } of groups) {
    for (const { task, meter, slot, at, reason } of judged.ledger.outcomes) {
      let columns = told.get(task);
      if (columns === undefined) {
        columns = isTold(kindOf(task)) ? { task, meters: [], slots: [], ats: [], reasons: [] } : null;
        told.set(task, columns);
      }
      if (!columns) continue;
      columns.meters.push(meter);
      columns.slots.push(slot);
      columns.ats.push(at);
      columns.reasons.push(reason);
    }
  }
  return [...told.values()].filter((columns) => columns !== null);
}

interface Refused {
  has(batch: NewReadings, row: NewReading): boolean;
}

/** Null when the store took everything, which is nearly always so. */
function refusedOf({ conflicts, rejected = [] }: WriteResult): Refused | null {
  if (conflicts.length === 0 && rejected.length === 0) return null;
  const readings = new Map<string, StoredReading[]>();
  const add = (task: string, reading: StoredReading): void => {
    const key = `${task} ${reading.meter} ${reading.slot}`;
    readings.set(key, [...(readings.get(key) ?? []), reading]);
  };
  for (const { task, refused } of conflicts) add(task, refused);
  for (const { task, reading } of rejected) add(task, reading);
  return {
    has: (batch, row) =>
      (readings.get(`${batch.task} ${row.meter} ${row.slot}`) ?? []).some((refused) => isSame(refused, batch, row)),
  };
}

function isSame(refused: StoredReading, { quantities }: NewReadings, row: NewReading): boolean {
  return (
    refused.readAt === row.readAt &&
    quantities.every((name, i) => (refused.values[name] ?? null) === (row.values[i] ?? null))
  );
}
