import { isId } from '#contract/ids.ts';
import { type Clock, systemClock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { NewReadings, Places, ReadingMark, ReadingStore, StoredReading, WriteResult } from '../reading-store.ts';
import { RunningWork } from '../running-work.ts';
import { InfluxConnection } from './connection.ts';
import { InfluxReader } from './reader.ts';
import type { InfluxSettings } from './settings.ts';
import { InfluxWriter } from './writer.ts';

interface InfluxOptions {
  /** What the one writer knows of meters and tasks; without it the store only reads. */
  readonly places?: Places;
  readonly clock?: Clock;
}

/**
 * Readings in InfluxDB 1.x, 2.x or 3.x. Nothing is asked of the server before the first call, so a process starts while
 * it is away. Every rejection that waiting or the operator may mend says `retry`.
 */
export function openInfluxReadingStore(settings: InfluxSettings, options: InfluxOptions = {}): ReadingStore {
  return new InfluxReadingStore(settings, options);
}

class InfluxReadingStore implements ReadingStore {
  readonly #connection: InfluxConnection;
  readonly #reader: InfluxReader;
  readonly #writer: InfluxWriter | null;
  readonly #work = new RunningWork();

  constructor(settings: InfluxSettings, { places, clock = systemClock() }: InfluxOptions) {
    this.#connection = new InfluxConnection(settings, clock);
    this.#reader = new InfluxReader(this.#connection, clock);
    this.#writer = places ? new InfluxWriter(this.#connection, this.#reader, places, clock) : null;
  }

  write(batches: readonly NewReadings[]): Promise<WriteResult> {
    return this.#work.run(async () => {
      if (this.#writer) return this.#writer.write(batches);
      const message = `cannot write to InfluxDB at ${this.#connection.where}: opened for reading`;
      throw new MeterwayError(message, { code: 'store_read_only' });
    });
  }

  ofMeter(task: string, meter: string, slots: readonly number[]): Promise<StoredReading[]> {
    return this.#work.run(async () => (isId(task) && isId(meter) ? this.#reader.ofMeter(task, meter, slots) : []));
  }

  ofSlot(task: string, slot: number, meters: readonly string[]): Promise<StoredReading[]> {
    return this.#work.run(async () => (isId(task) ? this.#reader.ofSlot(task, slot, meters.filter(isId)) : []));
  }

  marks(task: string, slots: readonly number[]): Promise<ReadingMark[]> {
    return this.#work.run(async () => (isId(task) ? this.#reader.marks(task, slots) : []));
  }

  async close(): Promise<void> {
    await this.#work.end();
    this.#connection.close();
  }
}
