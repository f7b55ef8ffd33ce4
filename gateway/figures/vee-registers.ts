import type { DayColumns } from '#domain/collection/day-columns.ts';
import { CHUNK_ROWS, type FiguresStore } from '#stores/figures-store.ts';

const WORD = 2 ** 32;

/** Import registers of one day over meter rows, 4 bytes a meter unless one is beyond 4.29 GWh. */
class RegisterDay {
  /** One more than the register, so that 0 is none. */
  #low: Uint32Array;
  #high: Uint32Array | null = null;

  constructor(rows: number) {
    this.#low = new Uint32Array(rows);
  }

  /** Wh; NaN = none. */
  at(row: number): number {
    const low = this.#low[row] ?? 0;
    const stored = this.#high === null ? low : (this.#high[row] ?? 0) * WORD + low;
    return stored === 0 ? Number.NaN : stored - 1;
  }

  set(row: number, wh: number): void {
    if (row >= this.#low.length) this.#grow(Math.max(row + 1, this.#low.length * 2));
    const stored = wh >= 0 ? wh + 1 : 0;
    this.#low[row] = stored % WORD;
    if (stored >= WORD) this.#high ??= new Uint32Array(this.#low.length);
    if (this.#high) this.#high[row] = Math.floor(stored / WORD);
  }

  #grow(rows: number): void {
    const low = new Uint32Array(rows);
    low.set(this.#low);
    this.#low = low;
    if (!this.#high) return;
    const high = new Uint32Array(rows);
    high.set(this.#high);
    this.#high = high;
  }
}

export type Registers = Pick<RegisterDay, 'at'>;

/**
 * Import registers of some weeks in a fifth of the memory that whole days take: rules that look at a meter's history
 * need nothing else of it. What is not in memory comes from the kept days on disk; days that changed since they were
 * written there have to be taken from memory.
 */
export class VeeRegisters {
  readonly #figures: Pick<FiguresStore, 'chunks'>;
  readonly #most: number;
  /** In the order of their last use. */
  readonly #days = new Map<string, RegisterDay>();

  /** Keeps at most `most` days. */
  constructor(figures: Pick<FiguresStore, 'chunks'>, most: number) {
    this.#figures = figures;
    this.#most = most;
  }

  /** Takes rows that changed into a day that is in memory; one that is not comes whole when it is asked for. */
  take({ task, date, importWh }: DayColumns, rows: Iterable<number>): void {
    const day = this.#days.get(`${task} ${date}`);
    if (!day) return;
    for (const row of rows) day.set(row, importWh[row] ?? Number.NaN);
  }

  /** Registers of a day; `changed` is the day itself when what is on disk is not all of it. */
  async of(task: string, date: string, changed: DayColumns | null): Promise<Registers> {
    const key = `${task} ${date}`;
    const day = this.#days.get(key) ?? (changed ? copied(changed) : await this.#read(task, date));
    this.#days.delete(key);
    this.#days.set(key, day);
    const [oldest] = this.#days.keys();
    if (this.#days.size > this.#most && oldest !== undefined) this.#days.delete(oldest);
    return day;
  }

  async #read(task: string, date: string): Promise<RegisterDay> {
    const chunks = await this.#figures.chunks(task, date, ['importWh'], 0);
    const last = chunks.reduce((most, { chunk }) => Math.max(most, chunk + 1), 0);
    const day = new RegisterDay(last * CHUNK_ROWS);
    for (const { chunk, bytes } of chunks) {
      const registers = new Float64Array(new Uint8Array(bytes).buffer);
      for (const [i, wh] of registers.entries()) day.set(chunk * CHUNK_ROWS + i, wh);
    }
    return day;
  }
}

function copied({ importWh, rows }: DayColumns): RegisterDay {
  const day = new RegisterDay(rows);
  for (let row = 0; row < rows; row++) day.set(row, importWh[row] ?? Number.NaN);
  return day;
}
