import type { Task } from '#contract/tasks.ts';
import { addDays, instantOf } from '#contract/zone.ts';
import { type Arrival, arrivalOf, arrivalRate, meanArrival } from '#domain/collection/arrival.ts';
import type { RowPlaces, Scope } from '#domain/collection/row-places.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import { ApiProblem } from '../errors.ts';
import type { KeptColumns } from './kept-columns.ts';
import type { KeptDays } from './kept-days.ts';
import { knownScope } from './scope.ts';

const QUARTER_MS = 900_000;
/** Days before that the mean is taken of. */
const MEAN_DAYS = 7;
/** Curves held in memory, least recently used first to go; 0.4 kB each. */
const MOST_HELD = 1000;

/** One quarter hour of the curve. Rates per cent of what was expected, rounded down. */
export interface ArrivalPoint {
  /** End of the quarter hour, UTC ms. */
  readonly until: number;
  /** Valid values read by then; null while the quarter hour has not begun. */
  readonly answered: number | null;
  readonly rate: number | null;
  readonly dayBefore: number | null;
  readonly mean: number | null;
}

export interface ArrivalCurve {
  readonly expected: number;
  readonly points: readonly ArrivalPoint[];
  /** Days of the week before that are kept, and so are in the mean. */
  readonly meanDays: number;
}

/** The curve of a day that has not changed since. Weak, so that no registry of the past is kept alive by it. */
interface Held {
  readonly places: WeakRef<RowPlaces>;
  readonly day: WeakRef<KeptColumns>;
  readonly version: number;
  readonly arrival: Arrival;
}

/** When the values of a day come in (及时率曲线), beside the days before it. */
export class ArrivalQuery {
  readonly #kept: KeptDays;
  readonly #clock: Clock;
  readonly #held = new Map<string, Held>();

  constructor(kept: KeptDays, clock: Clock) {
    this.#kept = kept;
    this.#clock = clock;
  }

  /** Throws the problems `not_kept` and `unknown_scope`. */
  async of(index: RegistryIndex, task: Task, date: string, scope: Scope): Promise<ArrivalCurve> {
    const day = await this.#arrival(index, task, date, scope);
    if (!day) {
      throw new ApiProblem('not_kept', `the arrival of ${task.id} on ${date} is not kept`, [
        { pointer: '/date', detail: 'must be a day of a task with one slot a day whose figures are kept' },
      ]);
    }
    const before: (Arrival | null)[] = [];
    for (let i = 1; i <= MEAN_DAYS; i++) {
      before.push((await this.#arrival(index, task, addDays(date, -i), scope))?.arrival ?? null);
    }
    const [dayBefore = null] = before;
    const week = before.filter((each) => each !== null);
    const now = this.#clock.now();
    const { arrival, slot } = day;
    const points = Array.from(arrival.answered, (answered, quarter) => {
      const hasBegun = slot + quarter * QUARTER_MS <= now;
      return {
        until: slot + (quarter + 1) * QUARTER_MS,
        answered: hasBegun ? answered : null,
        rate: hasBegun ? arrivalRate(arrival, quarter) : null,
        dayBefore: dayBefore && arrivalRate(dayBefore, quarter),
        mean: week.length === 0 ? null : meanArrival(week, quarter),
      };
    });
    return { expected: arrival.expected, points, meanDays: week.length };
  }

  async #arrival(
    index: RegistryIndex,
    task: Task,
    date: string,
    scope: Scope,
  ): Promise<{ arrival: Arrival; slot: number } | null> {
    const head = (await this.#kept.heads(task.id)).get(date);
    if (head?.slots.length !== 1) return null;
    const places = await this.#kept.places(index, head.rows);
    const day = await this.#kept.of(task.id, date, ['class', 'fact', 'minutes']);
    const slot = day?.slots[0];
    if (!day || slot === undefined) return null;
    const key = JSON.stringify([task.id, date, knownScope(places, scope)]);
    const known = this.#held.get(key);
    const isSame = known?.places.deref() === places && known.day.deref() === day && known.version === day.head.version;
    const arrival = isSame ? known.arrival : curveOf(index, date, slot, day, places, scope);
    this.#held.delete(key);
    const weak = { places: new WeakRef(places), day: new WeakRef(day) };
    this.#held.set(key, { ...weak, version: day.head.version, arrival });
    for (const old of this.#held.keys()) {
      if (this.#held.size <= MOST_HELD) break;
      this.#held.delete(old);
    }
    return { arrival, slot };
  }
}

function curveOf(
  index: RegistryIndex,
  date: string,
  slot: number,
  day: KeptColumns,
  places: RowPlaces,
  scope: Scope,
): Arrival {
  const end = instantOf(index.registry.timeZone, addDays(date, 1));
  const quarters = Math.max(1, Math.ceil((end - slot) / QUARTER_MS));
  const columns = { rows: day.rows, class: day.column('class'), fact: day.column('fact'), minutes: day.minutes };
  return arrivalOf(columns, places.groups(null), places.rowsIn(scope), quarters);
}
