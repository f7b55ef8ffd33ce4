import { setImmediate } from 'node:timers/promises';
import { RowPlaces } from '#domain/collection/row-places.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import type { DayHead, FiguresStore } from '#stores/figures-store.ts';
import type { MeterRowStore } from '#stores/meter-row-store.ts';
import { Kept } from '../kept.ts';
import { type KeptColumnName, KeptColumns } from './kept-columns.ts';

/** What is kept is looked at anew after this, ms. */
const FRESH_MS = 250;
/** Days held in memory: two months of days with one slot (3 to 5 bytes a meter), two of days with many (24 bytes). */
const MOST_DAYS = 70;
const MOST_POINT_DAYS = 2;

interface Held {
  readonly columns: KeptColumns;
  /** Of the change that is being read, so that there is one at a time. */
  reading: Promise<void>;
}

/**
 * The kept days of the figures process, in memory: of a day that was asked for before, only the chunks that changed are
 * read. A day that was made anew under a lower version is read from the beginning.
 */
export class KeptDays {
  readonly #figures: Pick<FiguresStore, 'days' | 'chunks'>;
  readonly #rows: Pick<MeterRowStore, 'all'>;
  readonly #clock: Clock;
  readonly #heads = new Map<string, Kept<Map<string, DayHead>>>();
  /** Least recently used first. */
  readonly #held = new Map<string, Held>();
  #ids: readonly string[] = [];
  #loading: Promise<void> | null = null;
  #places: { readonly places: RowPlaces; readonly looked: Promise<void> } | null = null;

  constructor(figures: Pick<FiguresStore, 'days' | 'chunks'>, rows: Pick<MeterRowStore, 'all'>, clock: Clock) {
    this.#figures = figures;
    this.#rows = rows;
    this.#clock = clock;
  }

  /**
   * A day with the named columns, at most 250 ms old; null when it is not kept. It is to be used before the next
   * `await`: the arrays change when the day does.
   */
  async of(task: string, date: string, names: readonly KeptColumnName[]): Promise<KeptColumns | null> {
    const head = (await this.heads(task)).get(date);
    const key = `${task} ${date}`;
    if (!head) {
      this.#held.delete(key);
      return null;
    }
    const held = this.#hold(key, head);
    held.reading = held.reading.catch(() => undefined).then(() => this.#read(held.columns, head, names));
    await held.reading;
    return held.columns;
  }

  /** Heads of the kept days of a task by date, at most 250 ms old. */
  heads(task: string): Promise<Map<string, DayHead>> {
    let heads = this.#heads.get(task);
    if (!heads) {
      heads = new Kept(FRESH_MS, this.#clock, async () => {
        const days = await this.#figures.days(task);
        return new Map(days.map((head) => [head.date, head]));
      });
      this.#heads.set(task, heads);
    }
    return heads.get();
  }

  /** Where the meters of at least the first `rows` rows are. */
  async places(index: RegistryIndex, rows: number): Promise<RowPlaces> {
    if (rows > this.#ids.length) {
      this.#loading ??= this.#loadIds().finally(() => {
        this.#loading = null;
      });
      await this.#loading;
    }
    const ids = this.#ids;
    if (this.#places?.places.index !== index || this.#places.places.rows !== ids.length) {
      const places = new RowPlaces(index, ids);
      this.#places = { places, looked: lookedThrough(places) };
    }
    await this.#places.looked;
    return this.#places.places;
  }

  async #loadIds(): Promise<void> {
    this.#ids = await this.#rows.all();
  }

  #hold(key: string, head: DayHead): Held {
    const known = this.#held.get(key);
    this.#held.delete(key);
    const again = known !== undefined && known.columns.head.version <= head.version && sameSlots(known.columns, head);
    const held = again ? known : { columns: new KeptColumns(head), reading: Promise.resolve() };
    held.columns.reheaded(head);
    this.#held.set(key, held);
    const ofKind = [...this.#held].filter(([, each]) => isPointDay(each.columns.head) === isPointDay(head));
    const most = isPointDay(head) ? MOST_POINT_DAYS : MOST_DAYS;
    for (const [old] of ofKind.slice(0, Math.max(0, ofKind.length - most))) this.#held.delete(old);
    return held;
  }

  async #read(columns: KeptColumns, head: DayHead, names: readonly KeptColumnName[]): Promise<void> {
    const behind = names.filter((name) => columns.versionOf(name) < head.version);
    for (const [after, its] of Map.groupBy(behind, (name) => columns.versionOf(name))) {
      columns.take(head, its, await this.#figures.chunks(head.task, head.date, its, after));
    }
  }
}

/** Of a district this is a second of work: others are answered in between. */
async function lookedThrough(places: RowPlaces): Promise<void> {
  while (places.look()) await setImmediate();
}

function isPointDay(head: DayHead): boolean {
  return head.slots.length > 1;
}

function sameSlots({ slots }: KeptColumns, head: DayHead): boolean {
  return slots.length === head.slots.length && slots.every((slot, i) => slot === head.slots[i]);
}
