import { addDays } from '#contract/zone.ts';
import type { DayColumns } from '#domain/collection/day-columns.ts';
import type { AreaDay } from '#domain/line-loss/area-day.ts';
import { AreaMembers } from '#domain/line-loss/area-members.ts';
import { areaDayOf, type DayRegisters, feederDayOf } from '#domain/line-loss/loss-day.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { AreaDayRow } from '#stores/figures-store.ts';
import { columnRegisters } from './column-registers.ts';
import type { ChangedDay, Derived, Follower, KeptDays } from './follower.ts';

/** Dates of which the areas below feeders with head meters are remembered: today's reads change two of them. */
const REMEMBERED_DATES = 4;
const UNKNOWN = 0;

/**
 * Works out the energy of areas, and of feeders with meters at their heads, from the kept day freezes. A changed
 * freeze of a date changes the day that begins with it and the one that ends with it; a day is told only when both its
 * freezes are kept. Of a day on a new basis all areas are worked out anew, also with no row changed: who hangs where,
 * and with which ratio, is in no column.
 */
export class AreaDays implements Follower {
  #registry: RegistryIndex | null = null;
  #members: AreaMembers | null = null;
  #areasByFeeder: ReadonlyMap<string, readonly string[]> = new Map();
  /** By meter row, what a row of it touches: its place in `touches` + 1, or UNKNOWN. */
  #touchOf = new Int32Array(0);
  readonly #touches: Touch[] = [];
  readonly #touchPlaces = new Map<string, number>();
  readonly #remembered = new Map<string, Map<string, AreaDay>>();

  async follow(changes: readonly ChangedDay[], days: KeptDays): Promise<Derived> {
    const members = this.#membersOf(days.registry);
    const task = days.registry.registry.tasks.find(({ kind }) => kind === 'freeze-day')?.id;
    const rows: AreaDayRow[] = [];
    for (const [date, wanted] of this.#wanted(changes, task, days, members)) {
      const start = task === undefined ? null : await days.of(task, date);
      const end = task === undefined ? null : await days.of(task, addDays(date, 1));
      if (start && end) this.#workOut(wanted, start, end, days, members, rows);
    }
    return { areaDays: rows };
  }

  #membersOf(registry: RegistryIndex): AreaMembers {
    if (this.#members && this.#registry === registry) return this.#members;
    this.#registry = registry;
    this.#remembered.clear();
    this.#touchOf = new Int32Array(0);
    this.#touches.length = 0;
    this.#touchPlaces.clear();
    const ofHeads = registry.registry.feeders.filter(({ supplyMeters }) => (supplyMeters ?? []).length > 0);
    const areas = Map.groupBy(registry.registry.areas, ({ feeder }) => feeder);
    this.#areasByFeeder = new Map(ofHeads.map(({ id }) => [id, (areas.get(id) ?? []).map((area) => area.id)]));
    this.#members = new AreaMembers(registry);
    return this.#members;
  }

  /** Areas and feeders to work out, by date. */
  #wanted(
    changes: readonly ChangedDay[],
    task: string | undefined,
    days: KeptDays,
    members: AreaMembers,
  ): Map<string, Wanted> {
    const byDate = new Map<string, Wanted>();
    for (const change of changes) {
      if (change.task !== task) continue;
      const touched = this.#touched(change, days, members);
      for (const date of [addDays(change.date, -1), change.date]) {
        const wanted = byDate.get(date) ?? { areas: new Set(), feeders: new Set() };
        byDate.set(date, { areas: wanted.areas.union(touched.areas), feeders: wanted.feeders.union(touched.feeders) });
      }
    }
    return new Map([...byDate].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #touched({ rows, isOnNewBasis }: ChangedDay, days: KeptDays, members: AreaMembers): Wanted {
    const { registry } = days;
    if (isOnNewBasis) return everything(registry);
    const places = new Set<number>();
    for (const row of rows) places.add(this.#touchPlace(row, days, members));
    const areas = new Set<string>();
    const feeders = new Set<string>();
    for (const place of places) {
      for (const area of this.#touches[place]?.areas ?? []) areas.add(area);
      const feeder = this.#touches[place]?.feeder ?? null;
      if (feeder !== null) feeders.add(feeder);
    }
    return { areas, feeders };
  }

  /** Asks the registry once for each row: 4 bytes a meter instead of a look at it for every one of its freezes. */
  #touchPlace(row: number, { registry, meters }: KeptDays, members: AreaMembers): number {
    if (row >= this.#touchOf.length) {
      const larger = new Int32Array(Math.max(meters.length, row + 1));
      larger.set(this.#touchOf);
      this.#touchOf = larger;
    }
    const known = this.#touchOf[row] ?? UNKNOWN;
    if (known !== UNKNOWN) return known - 1;
    const meter = registry.meter(meters[row] ?? '');
    const touch = {
      areas: meter ? members.areasOf(meter) : [],
      feeder: meter ? members.feederOfHead(meter.id) : null,
    };
    const name = JSON.stringify(touch);
    const place = this.#touchPlaces.get(name) ?? this.#touches.push(touch) - 1;
    this.#touchPlaces.set(name, place);
    this.#touchOf[row] = place + 1;
    return place;
  }

  #workOut(
    { areas, feeders }: Wanted,
    start: DayColumns,
    end: DayColumns,
    days: KeptDays,
    members: AreaMembers,
    rows: AreaDayRow[],
  ): void {
    const registers = columnRegisters(start, end, days);
    const { registry } = days;
    const changed = new Set(feeders);
    for (const area of areas) {
      const known = registry.area(area);
      if (!known) continue;
      const day = areaDayOf(registry, members, area, registers);
      rows.push(rowOf(day));
      if (!this.#areasByFeeder.has(known.feeder)) continue;
      this.#rememberedOf(start.date).set(area, day);
      changed.add(known.feeder);
    }
    for (const feeder of changed) {
      const below = this.#areasByFeeder.get(feeder);
      if (below) rows.push(rowOf(this.#feederDay(feeder, below, registers, registry, members)));
    }
  }

  #feederDay(
    feeder: string,
    below: readonly string[],
    registers: DayRegisters,
    registry: RegistryIndex,
    members: AreaMembers,
  ): AreaDay {
    const remembered = this.#rememberedOf(registers.date);
    const areas = below.map((area) => {
      const day = remembered.get(area) ?? areaDayOf(registry, members, area, registers);
      remembered.set(area, day);
      return day;
    });
    return feederDayOf(members, feeder, registers, areas);
  }

  #rememberedOf(date: string): Map<string, AreaDay> {
    const found = this.#remembered.get(date) ?? new Map<string, AreaDay>();
    this.#remembered.delete(date);
    this.#remembered.set(date, found);
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= REMEMBERED_DATES) break;
      this.#remembered.delete(oldest);
    }
    return found;
  }
}

/** Areas in which a meter hangs or hung, and the feeder at whose head it is. */
interface Touch {
  readonly areas: readonly string[];
  readonly feeder: string | null;
}

interface Wanted {
  readonly areas: ReadonlySet<string>;
  readonly feeders: ReadonlySet<string>;
}

function everything({ registry }: RegistryIndex): Wanted {
  return {
    areas: new Set(registry.areas.map(({ id }) => id)),
    feeders: new Set(registry.feeders.map(({ id }) => id)),
  };
}

function rowOf(day: AreaDay): AreaDayRow {
  return { area: day.area, date: day.date, content: { ...day } };
}
