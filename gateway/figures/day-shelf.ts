import { COLUMN_NAMES, type DayColumns, emptyDay, putBytes } from '#domain/collection/day-columns.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { CHUNK_ROWS, type DayChunk, type DayHead, type FiguresStore } from '#stores/figures-store.ts';
import type { ChangedDay, KeptDays } from './follower.ts';
import { HeldDay } from './held-day.ts';
import type { Site } from './site.ts';
import type { Versions } from './versions.ts';

/** What is known of a kept day without looking into it. */
interface KnownDay {
  readonly task: string;
  readonly date: string;
  readonly slot: number;
  readonly basis: string;
}

/**
 * The kept days: those that were used last in memory, the others on disk. A day that has changed stays in memory until
 * it is saved, so `dirtyBytes` is to be watched by whoever changes days.
 */
export class DayShelf implements KeptDays {
  readonly #figures: FiguresStore;
  readonly #site: Site;
  readonly #memoryBytes: number;
  readonly #versions: Versions;
  readonly #known = new Map<string, KnownDay>();
  /** In the order of their last use. */
  readonly #held = new Map<string, HeldDay>();
  /** The day that is being changed. */
  #pinned = '';
  readonly #loading = new Map<string, Promise<HeldDay | null>>();

  constructor(figures: FiguresStore, site: Site, memoryBytes: number, versions: Versions) {
    this.#figures = figures;
    this.#site = site;
    this.#memoryBytes = memoryBytes;
    this.#versions = versions;
  }

  get registry(): RegistryIndex {
    return this.#site.index;
  }

  get meters(): readonly string[] {
    return this.#site.meters;
  }

  rowOf(meter: string): number | undefined {
    return this.#site.rowOf(meter);
  }

  /** Takes note of what is on disk of a task. */
  async know(task: string): Promise<void> {
    for (const { date, slots, version, basis = '' } of await this.#figures.days(task)) {
      const [slot] = slots;
      const key = keyOf(task, date);
      this.#versions.saw(version);
      if (slots.length === 1 && slot !== undefined && !this.#held.has(key))
        this.#known.set(key, { task, date, slot, basis });
    }
  }

  get size(): number {
    return this.#known.size;
  }

  slotOf(task: string, date: string): number | null {
    return this.#known.get(keyOf(task, date))?.slot ?? null;
  }

  /** Of what the classes of a day were worked out. */
  basisOf(task: string, date: string): string | null {
    const key = keyOf(task, date);
    return this.#held.get(key)?.basis ?? this.#known.get(key)?.basis ?? null;
  }

  async of(task: string, date: string): Promise<DayColumns | null> {
    return (await this.#get(keyOf(task, date)))?.day ?? null;
  }

  /**
   * The day in memory, with room for all meters, for whoever changes it; null when it is not kept. It stays there until
   * the next one is held: others who only read may want many days meanwhile.
   */
  hold(task: string, date: string): Promise<HeldDay | null> {
    const key = keyOf(task, date);
    this.#pinned = key;
    return this.#get(key);
  }

  async #get(key: string): Promise<HeldDay | null> {
    if (!this.#known.has(key)) return null;
    const held = this.#held.get(key) ?? (await this.#load(key));
    if (!held) return null;
    held.grow(this.#site.meters.length);
    this.#use(key, held);
    return held;
  }

  /** Puts a day in the place of what was kept of it, all of it to be saved. */
  put(day: DayColumns, basis: string): HeldDay {
    const key = keyOf(day.task, day.date);
    const held = new HeldDay(day, basis);
    held.touchAll();
    this.#pinned = key;
    this.#known.set(key, { task: day.task, date: day.date, slot: day.slot, basis });
    this.#use(key, held);
    return held;
  }

  get dirtyBytes(): number {
    return this.#dirty().reduce((sum, held) => sum + held.bytes, 0);
  }

  /** Days that may be changed before they have to be saved. */
  get isFull(): boolean {
    return this.dirtyBytes >= this.#memoryBytes;
  }

  changes(): ChangedDay[] {
    return this.#dirty().map(({ day: { task, date }, changed, isOnNewBasis }) => ({
      ...{ task, date, isOnNewBasis },
      rows: changed,
    }));
  }

  unsaved(): { readonly days: DayHead[]; readonly chunks: DayChunk[] } {
    const version = this.#versions.next();
    const all = this.#dirty().map((held) => held.unsaved(version));
    return { days: all.map(({ head }) => head), chunks: all.flatMap(({ chunks }) => chunks) };
  }

  /** All of `unsaved` is on disk; what was not used for long leaves the memory. */
  settle(): void {
    for (const held of this.#dirty()) {
      const { task, date, slot } = held.day;
      held.settle();
      this.#known.set(keyOf(task, date), { task, date, slot, basis: held.basis });
    }
    this.#evict();
  }

  forgetBefore(date: string): void {
    for (const [key, known] of this.#known) {
      if (known.date >= date) continue;
      this.#known.delete(key);
      this.#held.delete(key);
    }
  }

  clear(): void {
    this.#known.clear();
    this.#held.clear();
    this.#loading.clear();
  }

  #dirty(): HeldDay[] {
    return [...this.#held.values()].filter(({ isDirty }) => isDirty);
  }

  #use(key: string, held: HeldDay): void {
    this.#held.delete(key);
    this.#held.set(key, held);
    this.#evict();
  }

  #evict(): void {
    let bytes = 0;
    for (const held of this.#held.values()) bytes += held.bytes;
    const newest = [...this.#held.keys()].at(-1);
    for (const [key, held] of this.#held) {
      if (bytes <= this.#memoryBytes) return;
      if (held.isDirty || key === newest || key === this.#pinned) continue;
      this.#held.delete(key);
      bytes -= held.bytes;
    }
  }

  /** Two who want the same day at once must not get two of it. */
  #load(key: string): Promise<HeldDay | null> {
    const under = this.#loading.get(key);
    if (under) return under;
    const loading = this.#read(key).finally(() => {
      if (this.#loading.get(key) === loading) this.#loading.delete(key);
    });
    this.#loading.set(key, loading);
    return loading;
  }

  async #read(key: string): Promise<HeldDay | null> {
    const known = this.#known.get(key);
    if (!known) return null;
    const { task, date, slot, basis } = known;
    const chunks = await this.#figures.chunks(task, date, COLUMN_NAMES, 0);
    // It may have been put or forgotten meanwhile.
    const held = this.#held.get(key);
    if (held || !this.#known.has(key)) return held ?? null;
    const loaded = new HeldDay(dayOf(task, date, slot, this.#site.meters.length, chunks), basis);
    this.#use(key, loaded);
    return loaded;
  }
}

function dayOf(task: string, date: string, slot: number, rows: number, chunks: readonly DayChunk[]): DayColumns {
  const day = emptyDay(task, date, slot, rows);
  for (const { column, chunk, bytes } of chunks) {
    if (column !== 'got' && column !== 'doubtful') putBytes(day, column, chunk * CHUNK_ROWS, bytes);
  }
  return day;
}

function keyOf(task: string, date: string): string {
  return `${task} ${date}`;
}
