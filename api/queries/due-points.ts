import { scheduler } from 'node:timers/promises';
import { slotsOfDay } from '#contract/calendar.ts';
import type { Task } from '#contract/tasks.ts';
import { dueClassifier } from '#domain/collection/due-class.ts';
import { type ExclusionBook, exclusionBook } from '#domain/collection/exclusions.ts';
import { outagePredicate, tookSupply } from '#domain/collection/outage-slots.ts';
import { type DuePoints, dueBits, emptyDuePoints, setDue } from '#domain/collection/point-figures.ts';
import type { RowPlaces } from '#domain/collection/row-places.ts';
import { allOutages } from '#stores/all-outages.ts';
import type { StateStore } from '#stores/state-store.ts';

/** Meters that are looked at before other requests have their turn. */
const AT_ONCE = 10_000;
const MOST_HELD = 4;

/** What of a day's points is owed: worked out once for each version of the registry and of the exclusions. */
export class DuePointsQuery {
  readonly #state: Pick<StateStore, 'exclusions' | 'outages'>;
  readonly #held = new Map<string, { readonly places: RowPlaces; readonly due: Promise<DuePoints> }>();

  constructor(state: Pick<StateStore, 'exclusions' | 'outages'>) {
    this.#state = state;
  }

  /** By the registry and what people excluded; outages are left out of it. */
  async of(places: RowPlaces, task: Task, date: string): Promise<DuePoints> {
    const terms = await this.#state.exclusions.list();
    const key = JSON.stringify([task.id, date, task.calendar, terms]);
    const known = this.#held.get(key);
    this.#held.delete(key);
    const book = terms.length === 0 ? undefined : exclusionBook(terms, places.index.registry.timeZone);
    const held = known?.places === places ? known : { places, due: made(places, task, date, book) };
    this.#held.set(key, held);
    for (const old of this.#held.keys()) {
      if (this.#held.size <= MOST_HELD) break;
      this.#held.delete(old);
    }
    return held.due;
  }

  /** Points that are due all the same of the rows that were in an outage on the day. `hasValue` tells what came. */
  async inOutages(
    places: RowPlaces,
    task: Task,
    slots: readonly number[],
    hasValue: (row: number, slot: number) => boolean,
  ): Promise<Map<number, Uint8Array>> {
    const [from, to] = [slots[0] ?? 0, slots.at(-1) ?? 0];
    const outages = await allOutages(this.#state.outages, { during: { from, to } });
    const book = exclusionBook(await this.#state.exclusions.list(), places.index.registry.timeZone);
    const columns = new Map(slots.map((slot, i) => [slot, i]));
    const rows = rowsOf(
      places,
      new Set(outages.filter(tookSupply).flatMap(({ members }) => members.map(({ meter }) => meter))),
    );
    const has = (meter: string, slot: number): boolean => hasValue(rows.get(meter) ?? -1, columns.get(slot) ?? -1);
    const options = { inOutage: outagePredicate(outages, has), exclusions: book };
    const instead = new Map<number, Uint8Array>();
    for (const row of rows.values()) {
      const meter = places.meter(row);
      if (!meter) continue;
      const classOf = dueClassifier(places.index, meter, task, places.index.registry.timeZone, options);
      instead.set(row, dueBits(slots, classOf) ?? new Uint8Array(Math.ceil(slots.length / 8)));
    }
    return instead;
  }
}

function rowsOf(places: RowPlaces, wanted: ReadonlySet<string>): Map<string, number> {
  const rows = new Map<string, number>();
  if (wanted.size === 0) return rows;
  for (let row = 0; row < places.rows; row++) {
    const id = places.meter(row)?.id;
    if (id !== undefined && wanted.has(id)) rows.set(id, row);
  }
  return rows;
}

async function made(
  places: RowPlaces,
  task: Task,
  date: string,
  exclusions: ExclusionBook | undefined,
): Promise<DuePoints> {
  const { index } = places;
  const zone = index.registry.timeZone;
  const due = emptyDuePoints(slotsOfDay(task.calendar, zone, date), places.rows);
  for (let row = 0; row < places.rows; row++) {
    const meter = places.meter(row);
    if (row % AT_ONCE === AT_ONCE - 1) await scheduler.yield();
    if (!meter) continue;
    const excluded = exclusions?.of(meter, index.line(meter.line)?.concentrator ?? null) ?? null;
    const isPlain = excluded === null && index.installationsOf(meter.id).length === 1;
    setDue(due, row, dueClassifier(index, meter, task, zone, { exclusions }), isPlain);
  }
  return due;
}
