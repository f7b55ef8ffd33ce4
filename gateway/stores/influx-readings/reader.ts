import type { Clock } from '#platform/clock.ts';
import type { ReadingMark, StoredReading } from '../reading-store.ts';
import type { InfluxConnection } from './connection.ts';
import { isQuality, readingsOf } from './decode.ts';
import { FIRST_MS, LAST_MS, READING } from './lines.ts';
import { instant, query, type Series } from './query.ts';
import { databaseOf, KEEPINGS } from './settings.ts';
import { type Run, runsOf } from './slot-runs.ts';

/** Meters named in one statement: the server's time grows with the square of the list. */
const METERS = 100;
/** A meter has few points between two slots: days may share a range. 26 h, so that a day of 25 h is no gap. */
const JOIN_OF_METER_MS = 26 * 3_600_000;
/** All meters have points between two slots, yet a range costs less than a question of its own. */
const JOIN_OF_ALL_MS = 3_600_000;

/**
 * Reads readings; the ids are checked by the caller. Both databases are always asked, as a task may have changed its kind. A meter that moved to another
 * area has a second series; should both hold the same key, which only a write of unknown outcome can cause, the values
 * are the same and the point that the server names first is taken.
 */
export class InfluxReader {
  readonly #connection: InfluxConnection;
  readonly #clock: Clock;

  constructor(connection: InfluxConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  async ofMeter(task: string, meter: string, slots: readonly number[]): Promise<StoredReading[]> {
    const wanted = ascending(slots);
    const found = new Map<number, StoredReading>();
    const names = new Set(wanted);
    for (const run of runsOf(wanted, JOIN_OF_METER_MS)) {
      await this.#readings(task, '"meter" = $meter AND ', { meter }, run, (reading) => {
        if (names.has(reading.slot) && !found.has(reading.slot)) found.set(reading.slot, reading);
      });
    }
    return [...found.values()].sort((a, b) => a.slot - b.slot);
  }

  async ofSlot(task: string, slot: number, meters: readonly string[]): Promise<StoredReading[]> {
    const [wanted] = ascending([slot]);
    const names = [...new Set(meters)].sort();
    if (wanted === undefined) return [];
    const found = new Map<string, StoredReading>();
    for (let from = 0; from < names.length; from += METERS) {
      const page = names.slice(from, from + METERS);
      const condition = `(${page.map((_, i) => `"meter" = $meter${i}`).join(' OR ')}) AND `;
      const params = Object.fromEntries(page.map((meter, i) => [`meter${i}`, meter]));
      await this.#readings(task, condition, params, { from: wanted, to: wanted }, (reading) => {
        if (!found.has(reading.meter)) found.set(reading.meter, reading);
      });
    }
    return [...found.values()].sort((a, b) => (a.meter < b.meter ? -1 : 1));
  }

  async marks(task: string, slots: readonly number[]): Promise<ReadingMark[]> {
    const wanted = ascending(slots);
    const seen = new Map(wanted.map((slot) => [slot, new Set<string>()]));
    const marks: ReadingMark[] = [];
    await this.eachMark(task, wanted, (mark) => {
      const meters = seen.get(mark.slot);
      if (!meters || meters.has(mark.meter)) return;
      meters.add(mark.meter);
      marks.push(mark);
    });
    return marks;
  }

  /** Marks at the named slots as they come; a key may come twice, and what lies between the slots comes too. */
  async eachMark(task: string, slots: readonly number[], onMark: (mark: ReadingMark) => void): Promise<void> {
    for (const run of runsOf(ascending(slots), JOIN_OF_ALL_MS)) {
      await this.#select('"read_at", "quality", "meter"', task, '', {}, run, ({ columns, values }) => {
        const [time, readAt, quality, meter] = ['time', 'read_at', 'quality', 'meter'].map((name) =>
          columns.indexOf(name),
        ) as [number, number, number, number];
        for (const row of values) {
          const judged = row[quality];
          if (!isQuality(judged)) continue;
          const mark = { meter: String(row[meter]), slot: Number(row[time]), readAt: Number(row[readAt]) };
          onMark({ ...mark, quality: judged });
        }
      });
    }
  }

  /** The latest slot that the task has a reading at, or null when it has none. */
  async newest(task: string): Promise<number | null> {
    let newest: number | null = null;
    await this.#select('last("read_at")', task, '', {}, { from: FIRST_MS, to: LAST_MS }, ({ values }) => {
      for (const [time] of values) newest = Math.max(newest ?? FIRST_MS, Number(time));
    });
    return newest;
  }

  #readings(
    task: string,
    condition: string,
    params: Readonly<Record<string, string>>,
    run: Run,
    onReading: (reading: StoredReading) => void,
  ): Promise<void> {
    return this.#select('*', task, condition, params, run, (series) => {
      for (const reading of readingsOf(series)) onReading(reading);
    });
  }

  async #select(
    what: string,
    task: string,
    condition: string,
    params: Readonly<Record<string, string>>,
    { from, to }: Run,
    onSeries: (series: Series) => void,
  ): Promise<void> {
    const statement = `SELECT ${what} FROM "${READING}" WHERE "task" = $task AND ${condition}time >= $from AND time <= $to`;
    const bound = { ...params, task, from: instant(from), to: instant(to) };
    const asked = KEEPINGS.map((keeping) => {
      const database = databaseOf(this.#connection.settings, keeping);
      return query(this.#connection, () => this.#clock.now(), { database, statement, params: bound }, onSeries);
    });
    await Promise.all(asked);
  }
}

/** Each slot once, in order; what is no instant that InfluxDB can name has no readings. */
function ascending(slots: readonly number[]): number[] {
  const named = new Set(slots.filter((slot) => Number.isSafeInteger(slot) && slot >= FIRST_MS && slot <= LAST_MS));
  return [...named].sort((a, b) => a - b);
}
