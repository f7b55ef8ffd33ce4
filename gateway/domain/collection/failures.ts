import type { Reason } from '#contract/reasons.ts';
import type { Meter } from '#contract/registry.ts';
import type { Place } from '../registry-index.ts';
import { dayStateOf, type Failure, type SlotGrid } from './slot-grid.ts';
import { isFailed, SUSPECT, stateOf } from './slot-state.ts';

/** A meter that gave no good value for at least one slot of the day: none, or one that contradicts itself. */
export interface FailureRow {
  readonly meter: Meter;
  /** Why the newest failed slot has none; `implausible` when it has a suspect one. */
  readonly reason: Reason;
  /** That slot, UTC ms, and how many of the day failed. */
  readonly slot: number;
  readonly failedSlots: number;
  /** When the last attempt ended, UTC ms; null when nobody reported one (the collector is offline). */
  readonly at: number | null;
  readonly attempts: number;
  /** Hexadecimal, empty if nothing arrived. */
  readonly lastBytes: string;
  readonly detail: string;
  readonly final: boolean;
  /** Days on end without a good value, this one included; counted as far back as states were given. */
  readonly consecutiveDays: number;
  /** Local date of the first of them. */
  readonly since: string;
}

/**
 * Failed meters of a day, in the grid's order. `failures` are those the grid was built from; `earlier` are the grids
 * of the days before, newest first. An earlier day belongs to the run when the meter was asked and gave nothing good
 * (failed, suspect or still open); a day on which it was excluded neither counts nor ends the run; a good value ends it.
 */
export function failureRows(
  grid: SlotGrid,
  failures: Iterable<Failure>,
  earlier: readonly SlotGrid[] = [],
): FailureRow[] {
  const reported = newestFailures(grid, failures);
  const rows: FailureRow[] = [];
  const width = grid.slots.length;
  for (const [row, meter] of grid.meters.entries()) {
    const codes = grid.cells.subarray(row * width, (row + 1) * width);
    const newest = codes.findLastIndex(isBad);
    if (newest < 0) continue;
    const state = stateOf(codes[newest] ?? 0);
    const slot = grid.slots[newest] ?? 0;
    const failure = reported.get(meter.id);
    const told = failure?.slot === slot ? failure : undefined;
    rows.push({
      meter,
      reason: state.state === 'failed' ? state.reason : 'implausible',
      slot,
      failedSlots: codes.reduce((sum, code) => sum + (isBad(code) ? 1 : 0), 0),
      at: told?.at ?? null,
      attempts: told?.attempts ?? 0,
      lastBytes: told?.lastBytes ?? '',
      detail: told?.detail ?? '',
      final: told?.final ?? false,
      ...runOf(grid, meter.id, earlier),
    });
  }
  return rows;
}

function isBad(code: number): boolean {
  return isFailed(code) || code === SUSPECT;
}

function newestFailures(grid: SlotGrid, failures: Iterable<Failure>): Map<string, Failure> {
  const newest = new Map<string, Failure>();
  for (const failure of failures) {
    if (!grid.columnOf.has(failure.slot)) continue;
    const known = newest.get(failure.meter);
    const answered = !isFailed(cell(grid, failure));
    if (!answered && (!known || failure.slot > known.slot)) newest.set(failure.meter, failure);
  }
  return newest;
}

function cell(grid: SlotGrid, { meter, slot }: Failure): number {
  const row = grid.rowOf.get(meter) ?? -1;
  return grid.cells[row * grid.slots.length + (grid.columnOf.get(slot) ?? 0)] ?? 0;
}

function runOf(
  grid: SlotGrid,
  meter: string,
  earlier: readonly SlotGrid[],
): { consecutiveDays: number; since: string } {
  let consecutiveDays = 1;
  let since = grid.date;
  for (const day of earlier) {
    const state = dayStateOf(day, meter)?.state;
    if (state === 'excluded') continue;
    if (state !== 'failed' && state !== 'suspect' && state !== 'open') break;
    consecutiveDays++;
    since = day.date;
  }
  return { consecutiveDays, since };
}

export const CAUSE_KINDS = ['collector', 'concentrator', 'line', 'outage', 'meter'] as const;
export type CauseKind = (typeof CAUSE_KINDS)[number];

/** One thing to repair, and the meters that are missing because of it. */
export interface FailureCause {
  readonly kind: CauseKind;
  readonly id: string;
  readonly reason: Reason;
  readonly meters: number;
  /** Longest run of days among its meters. */
  readonly consecutiveDays: number;
  readonly rows: readonly FailureRow[];
}

/** Where a meter belongs, and the id of the outage that it is in now, if any. */
export interface CauseSources {
  readonly placeOf: (meter: Meter) => Place;
  readonly outageOf: (meter: Meter) => string | null;
}

/**
 * Failures by what has to be repaired: the concentrator when it is offline, the line when it is down, the collector
 * when it is offline, the outage that keeps a meter from answering, else the meter itself. Most meters first, then by
 * id.
 */
export function groupByCause(rows: readonly FailureRow[], sources: CauseSources): FailureCause[] {
  const groups = Map.groupBy(rows, (row) => {
    const { kind, id } = causeOf(row, sources);
    return `${kind} ${id} ${row.reason}`;
  });
  const causes: FailureCause[] = [];
  for (const members of groups.values()) {
    const [first] = members;
    if (!first) continue;
    const consecutiveDays = members.reduce((most, row) => Math.max(most, row.consecutiveDays), 0);
    const cause = causeOf(first, sources);
    causes.push({ ...cause, reason: first.reason, meters: members.length, consecutiveDays, rows: members });
  }
  return causes.sort((a, b) => b.meters - a.meters || (a.id < b.id ? -1 : 1));
}

function causeOf({ reason, meter }: FailureRow, { placeOf, outageOf }: CauseSources): { kind: CauseKind; id: string } {
  const place = placeOf(meter);
  if (reason === 'collector_offline' && place.collector !== null) return { kind: 'collector', id: place.collector };
  if (reason === 'line_down') return { kind: 'line', id: place.line };
  if (reason === 'concentrator_offline') {
    return place.concentrator === null
      ? { kind: 'line', id: place.line }
      : { kind: 'concentrator', id: place.concentrator };
  }
  const outage = reason === 'no_answer' ? outageOf(meter) : null;
  return outage === null ? { kind: 'meter', id: meter.id } : { kind: 'outage', id: outage };
}
