import type { Task } from '#contract/tasks.ts';
import { CollectorBlame } from '#domain/collection/collector-blame.ts';
import { type CollectorHealth, collectorHealth, type ToldStatus } from '#domain/collection/collector-health.ts';
import { type CodeColumns, foldDay, type GroupCounts, owedOf } from '#domain/collection/column-figures.ts';
import { FLAG } from '#domain/collection/day-columns.ts';
import type { Grouping } from '#domain/collection/figures.ts';
import { type GroupColumn, RowPlaces, type Scope } from '#domain/collection/row-places.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import type { StateStore } from '#stores/state-store.ts';
import { Kept } from '../kept.ts';
import type { DayGrids } from './day-grid.ts';
import { FoldedDays } from './folded-days.ts';
import type { KeptColumns } from './kept-columns.ts';
import type { KeptDays } from './kept-days.ts';
import { knownScope } from './scope.ts';

/** The reports of the collectors of a large district are dear to read, ms. */
const STATUS_MS = 1000;

/** What to count: a day of a task, in groups, under a scope. */
export interface Counted {
  readonly index: RegistryIndex;
  readonly task: Task;
  readonly date: string;
  readonly groupBy: Grouping | null;
  readonly scope: Scope;
}

export interface DayCount {
  readonly groups: GroupColumn;
  readonly counts: GroupCounts;
  /** What the calendar and the registry alone say was owed, scope or not. */
  readonly owed: () => number;
  /** The kept day, when it was counted from one. */
  readonly kept: { readonly places: RowPlaces; readonly now: () => KeptStates } | null;
}

/** States of a kept day as they are in memory, and under which versions. To be used before the next `await`. */
export interface KeptStates {
  readonly day: KeptColumns;
  readonly columns: CodeColumns;
  readonly version: string;
}

const COLUMNS = ['class', 'fact', 'flags'] as const;

/** Counts of days by group and code: from the kept days, or where a day is not kept from the stores. */
export class DayCounts {
  /** Numbers of days, for whoever counts over the same days. */
  readonly folded = new FoldedDays();
  readonly #kept: KeptDays;
  readonly #grids: DayGrids;
  readonly #state: Pick<StateStore, 'revisions' | 'status'>;
  readonly #clock: Clock;
  readonly #told: Kept<ToldStatus[]>;
  #registered: RowPlaces | null = null;

  constructor(kept: KeptDays, grids: DayGrids, state: Pick<StateStore, 'revisions' | 'status'>, clock: Clock) {
    this.#kept = kept;
    this.#grids = grids;
    this.#state = state;
    this.#clock = clock;
    this.#told = new Kept(STATUS_MS, clock, () => state.status.all());
  }

  async of(counted: Counted): Promise<DayCount> {
    return (await this.ofKept(counted)) ?? (await this.#ofStores(counted));
  }

  /** Whether the day is kept, or has no slot yet: then counting it costs next to nothing. */
  async isKept({ task, date }: Pick<Counted, 'task' | 'date'>): Promise<boolean> {
    const head = (await this.#kept.heads(task.id)).get(date);
    return head?.slots.length === 1;
  }

  /** Null when the day is not kept as columns of states. */
  async ofKept(counted: Counted): Promise<DayCount | null> {
    if (!(await this.isKept(counted))) return null;
    const { index, task, date, groupBy, scope } = counted;
    const health = await this.health(index);
    const day = await this.#kept.of(task.id, date, COLUMNS);
    const slot = day?.slots[0];
    if (!day || slot === undefined) return null;
    const places = await this.#kept.places(index, day.rows);
    const now = this.#clock.now();
    const states = (): KeptStates => statesOf(day, slot <= now);
    const { columns, version } = states();
    const groups = places.groups(groupBy);
    const blame = new CollectorBlame(places, health, { task, slot, now });
    const key = countKey(counted);
    const basis = { of: [places, day], as: `${version} ${columns.rows} ${blame.signature}`, now };
    const known = this.folded.get(key, basis);
    const count = (): GroupCounts => {
      const rows = places.rowsIn(knownScope(places, scope));
      const counts = foldDay(columns, groups, { rows, blamed: blame.isNobody ? null : (row) => blame.laid(row) });
      return this.folded.keep(key, basis, counts, blame.changesAt);
    };
    return { groups, counts: known ?? count(), owed: () => owedOf(columns, groups), kept: { places, now: states } };
  }

  /** What the collectors said last, at most a second old. */
  async health(index: RegistryIndex): Promise<Map<string, CollectorHealth>> {
    return collectorHealth(index.registry, await this.#told.get(), this.#clock.now());
  }

  /** Meters of the registry in its order, with their groups. */
  registered(index: RegistryIndex): RowPlaces {
    if (this.#registered?.index !== index)
      this.#registered = new RowPlaces(
        index,
        Array.from(index.meters(), ({ id }) => id),
      );
    return this.#registered;
  }

  async #ofStores({ index, task, date, groupBy, scope }: Counted): Promise<DayCount> {
    const places = this.registered(index);
    knownScope(places, scope);
    const { grid } = await this.#grids.of(index, task, date);
    const [slot] = grid.slots;
    const flags = new Uint8Array(grid.meters.length);
    if (slot !== undefined && grid.slots.length === 1) {
      for (const { meter, kind } of await this.#state.revisions.allOfSlot(task.id, slot)) {
        const row = grid.rowOf.get(meter);
        if (row !== undefined && kind !== 'undone') flags[row] = kind === 'estimated' ? FLAG.estimated : FLAG.written;
      }
    }
    const { length: width } = grid.slots;
    const columns = { rows: grid.meters.length, width, class: grid.cells, fact: null, flags };
    const groups = places.groups(groupBy);
    const counts = foldDay(columns, groups, { rows: places.rowsIn(scope) });
    return { groups, counts, owed: () => grid.owed, kept: null };
  }
}

/** Names what is counted, for those who hold numbers of it. */
export function countKey({ task, date, groupBy, scope }: Omit<Counted, 'index'>): string {
  return JSON.stringify([task.id, date, groupBy, scope]);
}

function statesOf(day: KeptColumns, isDue: boolean): KeptStates {
  const columns = {
    rows: isDue ? day.rows : 0,
    width: 1,
    class: day.column('class'),
    fact: day.column('fact'),
    flags: day.column('flags'),
  };
  return { day, columns, version: COLUMNS.map((name) => day.versionOf(name)).join('.') };
}
