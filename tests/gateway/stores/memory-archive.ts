import type { Month } from '#stores/months.ts';
import type { ReadingArchive } from '#stores/reading-archive.ts';
import type { StoredReading } from '#stores/reading-store.ts';
import { sealedPath } from '#stores/sqlite-readings/folder.ts';
import { taskOf } from '#stores/sqlite-readings/layout.ts';
import { openToRead } from '#stores/sqlite-readings/month-file.ts';
import { readReadings } from '#stores/sqlite-readings/read.ts';

type Tasks = Map<string, Map<string, StoredReading>>;

/** An archive that keeps its months in memory. `pack` is what a packer does: what was there before counts. */
export class MemoryArchive implements ReadingArchive {
  readonly content = new Map<Month, Tasks>();

  async pack(folder: string, month: Month): Promise<void> {
    const file = await openToRead(sealedPath(folder, month));
    if (!file) throw new Error(`${month} is not sealed`);
    const tasks: Tasks = this.content.get(month) ?? new Map();
    for (const { name } of await file.catalogue.tables()) {
      const task = taskOf(name);
      const kept = tasks.get(task) ?? new Map<string, StoredReading>();
      tasks.set(task, kept);
      const all = 'r.slot >= 0 OR r.slot IN (SELECT value FROM json_each(?))';
      for (const reading of await readReadings(file, task, all, [0], [])) {
        const key = `${reading.slot} ${reading.meter}`;
        if (!kept.has(key)) kept.set(key, reading);
      }
    }
    await file.client.close();
    this.content.set(month, tasks);
  }

  async months(): Promise<ReadonlySet<Month>> {
    return new Set(this.content.keys());
  }

  async ofMeter(month: Month, task: string, meter: string, slots: readonly number[]): Promise<StoredReading[]> {
    return this.#all(month, task).filter((each) => each.meter === meter && slots.includes(each.slot));
  }

  async ofSlot(month: Month, task: string, slot: number, meters: readonly string[]): Promise<StoredReading[]> {
    return this.#all(month, task).filter((each) => each.slot === slot && meters.includes(each.meter));
  }

  async marks(month: Month, task: string, slots: readonly number[]) {
    return this.#all(month, task)
      .filter(({ slot }) => slots.includes(slot))
      .map(({ meter, slot, readAt, quality }) => ({ meter, slot, readAt, quality }));
  }

  async ofKeys(month: Month, task: string, keys: readonly { meter: string; slot: number }[]) {
    const wanted = new Set(keys.map(({ meter, slot }) => `${slot} ${meter}`));
    return this.#all(month, task).filter(({ meter, slot }) => wanted.has(`${slot} ${meter}`));
  }

  async close(): Promise<void> {}

  #all(month: Month, task: string): StoredReading[] {
    return [...(this.content.get(month)?.get(task)?.values() ?? [])];
  }
}
