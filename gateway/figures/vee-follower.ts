import { slotsOfDay } from '#contract/calendar.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays } from '#contract/zone.ts';
import type { DayColumns } from '#domain/collection/day-columns.ts';
import { DayEvaluator, type RuleFinding } from '#domain/vee/evaluate.ts';
import type { RawFreeze } from '#domain/vee/history.ts';
import { DAY_PARAMETERS, type DayParameters } from '#domain/vee/parameters.ts';
import type { FiguresStore, Finding } from '#stores/figures-store.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { ChangedDay, ChangedRows, Derived, Follower, KeptDays } from './follower.ts';
import { RowSet } from './row-set.ts';
import { VeeContexts } from './vee-contexts.ts';
import { VeeKnown } from './vee-known.ts';
import { rawFreezes } from './vee-raws.ts';
import { type Registers, VeeRegisters } from './vee-registers.ts';
import { NO_REGISTERS, VeeWindow } from './vee-window.ts';

export interface VeeSources {
  readonly figures: Pick<FiguresStore, 'chunks' | 'days' | 'findings'>;
  readonly readings: Pick<ReadingStore, 'ofSlot'>;
}

/** Days in memory beyond those that one day is judged with. */
const SPARE_DAYS = 3;
const NO_FINDINGS: readonly RuleFinding[] = Object.freeze([]);

type Named = { readonly task: string; readonly slot: number; readonly meter: string };

/** What one call finds, and the days that changed since they were last written. */
interface Call {
  readonly days: KeptDays;
  readonly contexts: VeeContexts;
  readonly changed: ReadonlyMap<string, DayColumns>;
  readonly of: Named[];
  readonly found: Finding[];
}

/**
 * Findings of the day freezes. A freeze is judged by what counts on it and on the 28 days before, so one that changes
 * is judged again together with those of the 28 days after it. Meters about which the registry has something particular
 * to say, and freezes with findings, are judged again when the registry has changed and after a start.
 */
export class VeeFollower implements Follower {
  readonly #readings: VeeSources['readings'];
  readonly #p: DayParameters;
  readonly #registers: VeeRegisters;
  readonly #known: VeeKnown;
  #contexts: VeeContexts | null = null;

  constructor({ figures, readings }: VeeSources, parameters: DayParameters = DAY_PARAMETERS) {
    this.#readings = readings;
    this.#p = parameters;
    this.#registers = new VeeRegisters(figures, parameters.historyDays + 1 + SPARE_DAYS);
    this.#known = new VeeKnown(figures);
  }

  async follow(changes: readonly ChangedDay[], days: KeptDays): Promise<Derived> {
    const of: Named[] = [];
    const found: Finding[] = [];
    const before = this.#contexts;
    const contexts = before?.registry === days.registry ? before : new VeeContexts(days.registry);
    const byTask = Map.groupBy(changes, ({ task }) => task);
    for (const task of days.registry.registry.tasks) {
      const changed = byTask.get(task.id) ?? [];
      if (task.kind !== 'freeze-day' || (changed.length === 0 && contexts === before)) continue;
      const columns = await this.#take(changed, days);
      const affected = await this.#affected(task.id, changed);
      if (contexts !== before) await this.#addParticular(task.id, affected, { before, contexts, days });
      const call = { days, contexts, changed: columns, of, found };
      for (const date of [...affected.keys()].sort()) await this.#judge(task, date, affected.get(date) ?? [], call);
    }
    this.#contexts = contexts;
    return { findings: { of, found } };
  }

  async #take(changes: readonly ChangedDay[], days: KeptDays): Promise<Map<string, DayColumns>> {
    const columns = new Map<string, DayColumns>();
    for (const { task, date, rows } of changes) {
      const day = await days.of(task, date);
      if (!day) continue;
      this.#registers.take(day, rows);
      columns.set(date, day);
    }
    return columns;
  }

  /** Rows to be judged, by date: those that changed, there and on the days whose history that is. */
  async #affected(task: string, changes: readonly ChangedDay[]): Promise<Map<string, ChangedRows[]>> {
    const dates = await this.#known.dates(task);
    for (const { date } of changes) dates.add(date);
    const affected = new Map<string, ChangedRows[]>();
    for (const { date, rows } of changes) {
      for (let i = 0; i <= this.#p.historyDays; i++) {
        const later = addDays(date, i);
        if (!dates.has(later)) continue;
        const sets = affected.get(later);
        if (sets) sets.push(rows);
        else affected.set(later, [rows]);
      }
    }
    return affected;
  }

  /** Rows that a changed registry may judge otherwise, on all kept days. */
  async #addParticular(
    task: string,
    affected: Map<string, ChangedRows[]>,
    { before, contexts, days }: Pick<Call, 'contexts' | 'days'> & { readonly before: VeeContexts | null },
  ): Promise<void> {
    const rows = new RowSet(days.meters.length);
    for (const [row, meter] of days.meters.entries()) {
      const isOther = before !== null && before.nameOf(row, meter) !== contexts.nameOf(row, meter);
      if (isOther || contexts.isParticular(row, meter) || before?.isParticular(row, meter)) rows.add(row);
    }
    for (const date of await this.#known.dates(task)) {
      const sets = affected.get(date) ?? [];
      affected.set(date, sets);
      const day = await days.of(task, date);
      if (day) sets.push(rows, await this.#known.rows(task, day.slot, days));
    }
  }

  async #judge(task: Task, date: string, sets: readonly ChangedRows[], call: Call): Promise<void> {
    const { days, of, found } = call;
    const columns = await days.of(task.id, date);
    if (!columns) return;
    const { slot } = columns;
    const rows = union(sets, days.meters.length);
    const had = await this.#known.rows(task.id, slot, days);
    const judge = await this.#judgeOf(task, columns, call);
    const raws = await rawFreezes(this.#readings, columns, rows, days);
    for (const row of rows) {
      const meter = days.meters[row] ?? '';
      const findings = judge(row, meter, raws.get(row));
      if (findings.length === 0 && !had.has(row)) continue;
      had.add(row);
      of.push({ task: task.id, slot, meter });
      for (const { rule, facts } of findings) found.push({ task: task.id, slot, meter, rule, facts });
    }
  }

  /** What judges the rows of one day. A meter that was silent is looked at only if the registry says more of it. */
  async #judgeOf(task: Task, columns: DayColumns, call: Call) {
    const { contexts } = call;
    const window = await this.#window(task, columns, call);
    const { dates, slots } = window.freezes;
    const evaluator = new DayEvaluator(dates, this.#p);
    const earliest = slots[0] ?? columns.slot;
    return (row: number, meter: string, raw: RawFreeze | undefined): readonly RuleFinding[] => {
      const isSilent = raw === undefined && Number.isNaN(columns.importWh[row] ?? Number.NaN);
      if (isSilent && !contexts.isParticular(row, meter)) return NO_FINDINGS;
      const context = contexts.of(row, meter, earliest);
      return context ? evaluator.at(window.of(row, raw), context, dates.length - 1) : NO_FINDINGS;
    };
  }

  async #window(task: Task, columns: DayColumns, { days, changed }: Call): Promise<VeeWindow> {
    const { date } = columns;
    const zone = days.registry.registry.timeZone;
    const dates: string[] = [];
    const registers: Registers[] = [];
    const kept = await this.#known.dates(task.id);
    for (let i = this.#p.historyDays; i >= 0; i--) {
      const each = addDays(date, -i);
      // A date that the zone left out has no slot.
      if (slotOf(task, zone, each) === undefined) continue;
      dates.push(each);
      const isKept = kept.has(each);
      registers.push(isKept ? await this.#registers.of(task.id, each, changed.get(each) ?? null) : NO_REGISTERS);
    }
    const slots = [...dates, addDays(date, 1)].map((each) => slotOf(task, zone, each) ?? columns.slot);
    const dayBefore = dates.at(-2);
    const before = dayBefore === undefined ? null : await days.of(task.id, dayBefore);
    return new VeeWindow(dates, slots, registers, { columns, before });
  }
}

function slotOf(task: Task, zone: string, date: string): number | undefined {
  return slotsOfDay(task.calendar, zone, date)[0];
}

function union(sets: readonly ChangedRows[], rows: number): ChangedRows {
  const [first] = sets;
  const whole = sets.length === 1 ? first : sets.find(({ size }) => size >= rows);
  if (whole) return whole;
  const all = new RowSet(rows);
  for (const set of sets) for (const row of set) all.add(row);
  return all;
}
