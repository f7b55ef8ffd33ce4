import { codeNamed } from '#domain/collection/code-names.ts';
import { type CodeColumns, foldDay, type GroupCounts } from '#domain/collection/column-figures.ts';
import { codeOf } from '#domain/collection/day-columns.ts';
import type { GroupColumn } from '#domain/collection/row-places.ts';
import { failedCode, OPEN } from '#domain/collection/slot-state.ts';
import type { DayReportStore } from '#stores/collection-stores.ts';

/** Reports held in memory: a byte a meter each. */
const MOST_REPORTS = 70;
const COLLECTOR_OFFLINE = failedCode('collector_offline');

/** A day as it was reported when it was closed, in the codes of today. */
export interface ReportedDay {
  /** UTC ms. */
  readonly closedAt: number;
  readonly cells: Uint8Array;
}

/** Reports of closed days; they never change, so each is read once. */
export class ReportedDays {
  readonly #reports: Pick<DayReportStore, 'get'>;
  readonly #held = new Map<string, ReportedDay>();

  constructor(reports: Pick<DayReportStore, 'get'>) {
    this.#reports = reports;
  }

  /** Null while the day is not closed. */
  async of(task: string, date: string): Promise<ReportedDay | null> {
    const key = `${task} ${date}`;
    const held = this.#held.get(key);
    if (held) return held;
    const report = await this.#reports.get(task, date);
    if (!report) return null;
    const codes = report.codes.map(codeNamed);
    const day = { closedAt: report.closedAt, cells: report.cells.map((cell) => codes[cell] ?? 0) };
    this.#held.set(key, day);
    for (const old of this.#held.keys()) {
      if (this.#held.size <= MOST_REPORTS) break;
      this.#held.delete(old);
    }
    return day;
  }
}

/** The reported numbers by group of today; of meters that left the registry since, none. */
export function reportedCounts({ cells }: ReportedDay, groups: GroupColumn, rows: Int32Array | null): GroupCounts {
  return foldDay({ rows: cells.length, width: 1, class: cells, fact: null, flags: null }, groups, { rows });
}

/**
 * Meters by group whose state is not the reported one. Nothing heard is one state, whether it is laid to the collector
 * or not: that goes by who is online now.
 */
export function revisedMeters(
  { cells }: ReportedDay,
  day: CodeColumns,
  groups: GroupColumn,
  rows: Int32Array | null,
): Uint32Array {
  const revised = new Uint32Array(groups.keys.length);
  const length = rows === null ? Math.min(Math.max(day.rows, cells.length), groups.of.length) : rows.length;
  for (let i = 0; i < length; i++) {
    const row = rows === null ? i : (rows[i] ?? 0);
    const group = groups.of[row] ?? -1;
    if (group >= 0 && plain(cells[row] ?? 0) !== plain(stateNow(day, row))) revised[group] = (revised[group] ?? 0) + 1;
  }
  return revised;
}

function stateNow(day: CodeColumns, row: number): number {
  return row < day.rows ? codeOf(day.class[row] ?? 0, day.fact?.[row] ?? OPEN) : 0;
}

function plain(code: number): number {
  return code === COLLECTOR_OFFLINE ? OPEN : code;
}
