import type { DayColumns } from '#domain/collection/day-columns.ts';
import type { FreezeDays, RawFreeze } from '#domain/vee/history.ts';
import type { Registers } from './vee-registers.ts';

/** A day that is not kept. */
export const NO_REGISTERS: Registers = { at: () => Number.NaN };

/** The days that a freeze is judged with: one set of arrays, filled with one meter after the other. */
export class VeeWindow {
  readonly freezes: FreezeDays & { readonly raws: Map<number, RawFreeze> };
  readonly #registers: readonly Registers[];
  readonly #columns: DayColumns;
  readonly #before: DayColumns | null;
  readonly #importWh: Float64Array;
  readonly #exportWh: Float64Array;

  constructor(
    dates: readonly string[],
    slots: readonly number[],
    registers: readonly Registers[],
    { columns, before }: { readonly columns: DayColumns; readonly before: DayColumns | null },
  ) {
    this.#registers = registers;
    this.#columns = columns;
    this.#before = before;
    this.#importWh = new Float64Array(dates.length);
    this.#exportWh = new Float64Array(dates.length).fill(Number.NaN);
    this.freezes = { dates, slots, importWh: this.#importWh, exportWh: this.#exportWh, raws: new Map() };
  }

  /** The days of a row; they are overwritten by the next. */
  of(row: number, raw: RawFreeze | undefined): FreezeDays {
    const last = this.#registers.length - 1;
    for (let i = 0; i <= last; i++) this.#importWh[i] = this.#registers[i]?.at(row) ?? Number.NaN;
    this.#exportWh[last] = this.#columns.exportWh[row] ?? Number.NaN;
    if (last > 0) this.#exportWh[last - 1] = this.#before?.exportWh[row] ?? Number.NaN;
    const { raws } = this.freezes;
    if (raws.size > 0) raws.clear();
    if (raw) raws.set(last, raw);
    return this.freezes;
  }
}
