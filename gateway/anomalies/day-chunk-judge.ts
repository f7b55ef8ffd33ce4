import { type DayColumns, restDaysOf } from '#domain/anomalies/days/freezes.ts';
import { judgedMeter } from '#domain/anomalies/judged-meter.ts';
import { FLAG } from '#domain/collection/day-columns.ts';
import { CHUNK_ROWS, type DayChunk } from '#stores/figures-store.ts';
import type { JudgeState } from '#stores/judge-state-store.ts';
import type { StoredReading } from '#stores/reading-store.ts';
import type { DayWatchParts, DayWindow } from './day-watch.ts';
import { FoundAnomalies } from './found-anomalies.ts';
import { outdated } from './outdated.ts';

const RATES = ['energy_import_t1_wh', 'energy_import_t2_wh', 'energy_import_t3_wh', 'energy_import_t4_wh'] as const;
const COLUMNS = ['importWh', 'exportWh', 'flags'] as const;

/** Registers of a piece of the columns on one date, by place in the piece; NaN = none. */
interface PieceDay {
  readonly importWh: Float64Array;
  readonly exportWh: Float64Array;
}

/** What the meters themselves gave on a date that is judged: rates and demand are in no column. */
type Given = ReadonlyMap<string, StoredReading>;

/** Judges the day freezes of the 4096 meters of one piece of the columns. */
export class DayChunkJudge {
  readonly #parts: DayWatchParts;

  constructor(parts: DayWatchParts) {
    this.#parts = parts;
  }

  /** Rejects with the error of a store; then nothing but states of days was written, and it may be done again. */
  async judge(window: DayWindow, chunk: number): Promise<void> {
    const { site, states, book, rules, clock } = this.#parts;
    const { slots, from, next } = window;
    const first = chunk * CHUNK_ROWS;
    const meters = site.meters.slice(first, first + CHUNK_ROWS);
    const pieces = await this.#pieces(window, chunk);
    const given = await this.#given(window, meters);
    const kept = await states.of('days', slots[from] ?? 0, meters);
    const restDays = restDaysOf(window.dates);
    const found = new FoundAnomalies(
      (meter, id) => book.get(meter, id),
      (rule) => rules.levelOf(rule),
    );
    /** By place: the states after it. */
    const after: JudgeState[][] = slots.map(() => []);
    for (const [i, id] of meters.entries()) {
      const meter = site.index.meter(id);
      if (!meter) continue;
      const days = daysOf(window, restDays, pieces, given, id, i);
      let state = kept.get(id) ?? null;
      for (let place = from; place < slots.length; place++) {
        const judged = judgedMeter(site.index, meter, slots[place] ?? 0);
        if (!judged) break;
        const verdicts = rules.judge(judged, days, place, state, clock.now());
        state = verdicts.state;
        after[place]?.push({ meter: id, state });
        await found.add(site.index, id, verdicts.transitions);
      }
    }
    for (const [place, all] of after.entries()) await states.put('days', slots[place + 1] ?? next, all);
    const [begin = 0, until = 0] = [slots[from], slots.at(-1)];
    const stored = book.all({ meters, during: { from: begin, to: until } });
    const span = { from: begin, until, isFresh: kept.size === 0 };
    await book.keep(await outdated(stored, { basis: 'days', ...span, found }));
  }

  async #pieces({ task, dates }: DayWindow, chunk: number): Promise<PieceDay[]> {
    const pieces: PieceDay[] = [];
    for (const date of dates) {
      pieces.push(pieceOf(await this.#parts.figures.chunks(task.id, date, COLUMNS, 0, chunk)));
    }
    return pieces;
  }

  /** By place of the window; nothing of its history. */
  async #given({ task, slots, from }: DayWindow, meters: readonly string[]): Promise<Given[]> {
    const given: Given[] = slots.map(() => new Map());
    for (let place = from; place < slots.length; place++) {
      const readings = await this.#parts.readings.ofSlot(task.id, slots[place] ?? 0, meters);
      given[place] = new Map(readings.map((reading) => [reading.meter, reading]));
    }
    return given;
  }
}

function pieceOf(chunks: readonly DayChunk[]): PieceDay {
  const importWh = new Float64Array(CHUNK_ROWS).fill(Number.NaN);
  const exportWh = new Float64Array(CHUNK_ROWS).fill(Number.NaN);
  const flagsChunk = chunks.find(({ column }) => column === 'flags');
  for (const { column, bytes } of chunks) {
    if (column === 'importWh') importWh.set(new Float64Array(new Uint8Array(bytes).buffer));
    if (column === 'exportWh') exportWh.set(new Float64Array(new Uint8Array(bytes).buffer));
  }
  // What was estimated is no fact about the meter.
  for (const [i, flags] of (flagsChunk?.bytes ?? []).entries()) {
    if ((flags & FLAG.estimated) === 0) continue;
    importWh[i] = Number.NaN;
    exportWh[i] = Number.NaN;
  }
  return { importWh, exportWh };
}

function daysOf(
  { slots }: DayWindow,
  restDays: Uint8Array,
  pieces: readonly PieceDay[],
  given: readonly Given[],
  meter: string,
  row: number,
): DayColumns {
  const importWh = new Float64Array(slots.length);
  const exportWh = new Float64Array(slots.length);
  const demandW = new Float64Array(slots.length).fill(Number.NaN);
  const rates = RATES.map(() => new Float64Array(slots.length).fill(Number.NaN));
  for (let place = 0; place < slots.length; place++) {
    const values = given[place]?.get(meter)?.values;
    // What the meter gave goes before what counts: the rules look for wrong registers.
    importWh[place] = values?.energy_import_wh ?? pieces[place]?.importWh[row] ?? Number.NaN;
    exportWh[place] = values?.energy_export_wh ?? pieces[place]?.exportWh[row] ?? Number.NaN;
    demandW[place] = values?.demand_import_max_w ?? Number.NaN;
    for (const [rate, name] of RATES.entries()) {
      const column = rates[rate];
      if (column) column[place] = values?.[name] ?? Number.NaN;
    }
  }
  return { slots, restDays, importWh, exportWh, rates, demandW };
}
