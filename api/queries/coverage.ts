import { scheduler } from 'node:timers/promises';
import { dateOf } from '#contract/zone.ts';
import { type Coverage, type CoverageGroup, CoverageTally } from '#domain/collection/coverage.ts';
import type { Grouping } from '#domain/collection/figures.ts';
import type { Scope } from '#domain/collection/row-places.ts';
import { hasValue, OPEN } from '#domain/collection/slot-state.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import { Kept } from '../kept.ts';
import type { DayCounts } from './day-counts.ts';
import { concentratorsOf, type FieldQuery } from './field.ts';
import type { KeptDays } from './kept-days.ts';
import { knownScope } from './scope.ts';

/** A whole district is counted anew for every answer, ms. */
const KEPT_MS = 15_000;
const MOST_HELD = 32;
/** Entries of the registry that are looked at before other requests have their turn. */
const AT_ONCE = 10_000;

interface Covered {
  readonly total: Coverage;
  readonly groups: readonly CoverageGroup[];
}

/** 采集覆盖率 and 终端在线率, from the registry, what the collectors say and what came today. */
export class CoverageQuery {
  readonly #kept: KeptDays;
  readonly #counts: DayCounts;
  readonly #field: FieldQuery;
  readonly #clock: Clock;
  readonly #held = new Map<string, Kept<Covered>>();
  #index: RegistryIndex | null = null;

  constructor(kept: KeptDays, counts: DayCounts, field: FieldQuery, clock: Clock) {
    this.#kept = kept;
    this.#counts = counts;
    this.#field = field;
    this.#clock = clock;
  }

  /** At most 15 s old. Throws the problem `unknown_scope`. */
  of(index: RegistryIndex, groupBy: Grouping | null, scope: Scope): Promise<Covered> {
    // What was counted of another registry would only keep that one alive.
    if (this.#index !== index) this.#held.clear();
    this.#index = index;
    const key = JSON.stringify([groupBy, scope]);
    const answer = this.#held.get(key) ?? new Kept(KEPT_MS, this.#clock, () => this.#count(index, groupBy, scope));
    this.#held.delete(key);
    this.#held.set(key, answer);
    for (const old of this.#held.keys()) {
      if (this.#held.size <= MOST_HELD) break;
      this.#held.delete(old);
    }
    return answer.get();
  }

  async #count(index: RegistryIndex, groupBy: Grouping | null, scope: Scope): Promise<Covered> {
    knownScope(this.#counts.registered(index), scope);
    const { lines } = await this.#field.health(index);
    const up = new Set(lines.flatMap(({ line, state }) => (state === 'up' ? [`line ${line.id}`] : [])));
    for (const { id, state } of concentratorsOf(lines)) if (state === 'up') up.add(`concentrator ${id}`);
    const answered = await this.#answered(index);
    const tally = new CoverageTally(index, this.#clock.now(), groupBy, {
      isUp: ({ kind, id }) => up.has(`${kind} ${id}`),
      answered: answered && ((line) => answered.has(line)),
      inScope:
        scope.length === 0
          ? null
          : (meter) => {
              const place = index.placeOf(meter);
              return scope.every(([grouping, key]) => place[grouping] === key);
            },
    });
    await inTurns(index.installations(), (installation) => tally.add(installation));
    await inTurns(index.accounts(), (account) => tally.addAccount(account));
    return tally.result();
  }

  /** Lines over which a meter gave its day freeze of today; null when that day is not kept. */
  async #answered(index: RegistryIndex): Promise<Set<string | null> | null> {
    const { timeZone, tasks } = index.registry;
    const task = tasks.find(({ kind }) => kind === 'freeze-day');
    const date = dateOf(timeZone, this.#clock.now());
    const head = task && (await this.#kept.heads(task.id)).get(date);
    if (!task || head?.slots.length !== 1) return null;
    const places = await this.#kept.places(index, head.rows);
    const day = await this.#kept.of(task.id, date, ['fact']);
    if (!day) return null;
    const fact = day.column('fact');
    const { of, keys } = places.groups('line');
    const answered = new Uint8Array(keys.length);
    for (let row = 0; row < of.length; row++) if (hasValue(fact[row] ?? OPEN)) answered[of[row] ?? -1] = 1;
    return new Set(keys.filter((_, line) => answered[line] === 1));
  }
}

async function inTurns<T>(all: Iterable<T>, take: (each: T) => void): Promise<void> {
  let taken = 0;
  for (const each of all) {
    if (++taken % AT_ONCE === 0) await scheduler.yield();
    take(each);
  }
}
