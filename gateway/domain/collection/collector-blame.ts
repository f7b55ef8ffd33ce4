import type { MeterModel } from '#contract/models.ts';
import type { Task } from '#contract/tasks.ts';
import { type CollectorHealth, SILENT_MS } from './collector-health.ts';
import type { RowPlaces } from './row-places.ts';
import { expectedWithinMs } from './slot-times.ts';

const ONLINE = 0;
const OFFLINE = 1;
const UNHEARD = 2;

/** Says of the rows of a slot which of them, when open, are laid to their collector, as of one instant. */
export class CollectorBlame {
  /** Equal when the same collectors are offline, and the same were never heard of. */
  readonly signature: string;
  readonly #places: RowPlaces;
  /** By group of collectors. */
  readonly #states: Uint8Array;
  readonly #of: Int32Array;
  readonly #task: Task;
  readonly #slot: number;
  readonly #now: number;
  readonly #overdue = new Map<MeterModel | undefined, boolean>();
  #changesAt = Number.POSITIVE_INFINITY;

  constructor(
    places: RowPlaces,
    health: ReadonlyMap<string, CollectorHealth>,
    { task, slot, now }: { readonly task: Task; readonly slot: number; readonly now: number },
  ) {
    const { of, keys } = places.groups('collector');
    const stateOf = (key: string | null): number => {
      if (key === null) return ONLINE;
      const heard = health.get(key);
      if (heard === undefined) return UNHEARD;
      return heard.online ? ONLINE : OFFLINE;
    };
    this.#states = Uint8Array.from(keys, stateOf);
    this.signature = this.#states.some((state) => state !== ONLINE) ? this.#states.join('') : '';
    this.#places = places;
    this.#of = of;
    this.#task = task;
    this.#slot = slot;
    this.#now = now;
  }

  /** True when no row can be laid to anyone. */
  get isNobody(): boolean {
    return this.signature === '';
  }

  /** Until when what was said of the rows that were asked for stays so as long as the collectors do, UTC ms. */
  get changesAt(): number {
    return this.#changesAt;
  }

  laid(row: number): boolean {
    const state = this.#states[this.#of[row] ?? -1] ?? ONLINE;
    if (state === ONLINE) return false;
    const meter = this.#places.meter(row);
    if (!meter) return false;
    if (state === UNHEARD && !this.#isAfter(meter.collectedFrom + SILENT_MS)) return false;
    const model = this.#places.index.modelOf(meter);
    let late = this.#overdue.get(model);
    if (late === undefined) {
      late = this.#isAfter(this.#slot + expectedWithinMs(model, this.#task));
      this.#overdue.set(model, late);
    }
    return late;
  }

  #isAfter(at: number): boolean {
    if (this.#now > at) return true;
    this.#changesAt = Math.min(this.#changesAt, at + 1);
    return false;
  }
}

/**
 * Whether an open slot of a row is laid to its collector: the collector is offline now, and something should have been
 * heard of the slot by now. One that was never heard of is given a moment from when its meter was first collected.
 * Null when no collector is offline.
 */
export function collectorBlame(
  places: RowPlaces,
  health: ReadonlyMap<string, CollectorHealth>,
  task: Task,
  slot: number,
  now: number,
): ((row: number) => boolean) | null {
  const blame = new CollectorBlame(places, health, { task, slot, now });
  return blame.isNobody ? null : (row) => blame.laid(row);
}
