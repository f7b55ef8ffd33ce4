import type { Reason } from '#contract/reasons.ts';
import { type CauseKind, caseIdOf, type FailureCause, type ShownState } from '#domain/collection/causes.ts';
import type { FailingMeter } from '#domain/collection/failures.ts';
import type { Scope } from '#domain/collection/row-places.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { CaseNote } from '#stores/collection-stores.ts';

export const SORTS = ['meters', 'consecutiveDays', 'id'] as const;
export type Sort = (typeof SORTS)[number];

/** Which failures are wanted. */
export interface Wanted {
  readonly reason: Reason | null;
  readonly kind: CauseKind | null;
  readonly state: ShownState | null;
  readonly consecutiveDaysMin: number;
  readonly scope: Scope;
}

/** A cause with what people said of it. */
export interface Case {
  readonly id: string;
  readonly cause: FailureCause;
  readonly state: ShownState;
  readonly note: CaseNote | null;
}

/** What a state is told from. */
export interface CaseSources {
  readonly task: string;
  readonly notes: ReadonlyMap<string, CaseNote>;
  readonly retrying: ReadonlySet<string>;
}

/**
 * The case of a failing cause. What a person decided goes before what is seen: excluded and dispatched stay so while a
 * job reads the meters again.
 */
export function caseOfCause(cause: FailureCause, { task, notes, retrying }: CaseSources, always?: ShownState): Case {
  const id = caseIdOf(task, cause);
  const note = notes.get(id) ?? null;
  if (always !== undefined) return { id, cause, note, state: always };
  if (note && note.state !== 'open') return { id, cause, note, state: note.state };
  const isRetried = retrying.size > 0 && cause.members.some(({ meter }) => retrying.has(meter.id));
  return { id, cause, note, state: isRetried ? 'retrying' : 'open' };
}

/** Whether a failing meter is among those wanted; kind and state are its cause's. */
export function meterFilter(index: RegistryIndex, wanted: Wanted): (row: FailingMeter) => boolean {
  const { reason, consecutiveDaysMin, scope } = wanted;
  return (row) => {
    if (reason !== null && row.reason !== reason) return false;
    if (row.consecutiveDays < consecutiveDaysMin) return false;
    if (scope.length === 0) return true;
    const place = index.placeOf(row.meter);
    return scope.every(([grouping, key]) => place[grouping] === key);
  };
}

export type Key = readonly (string | number)[];

/** Order of the causes of a list, ascending by key. */
export function causeKey(sort: Sort): (each: Case) => Key {
  if (sort === 'id') return ({ cause: { id, kind } }) => [id, kind];
  if (sort === 'consecutiveDays') return ({ cause: { consecutiveDays, id, kind } }) => [-consecutiveDays, id, kind];
  return ({ cause: { members, id, kind } }) => [-members.length, id, kind];
}

/** Order of the meters of a list: by id, or longest run of days first. */
export function meterKey(sort: Sort): (row: FailingMeter) => Key {
  return sort === 'consecutiveDays'
    ? ({ consecutiveDays, meter }) => [-consecutiveDays, meter.id]
    : ({ meter }) => [meter.id];
}

/** Items in the order of their keys, after the position; `next` is null on the last page. */
export function pageAfter<T>(
  all: readonly T[],
  keyOf: (item: T) => Key,
  position: Key,
  limit = 100,
): { items: T[]; next: Key | null } {
  const rest = all
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => position.length === 0 || compareKeys(key, position) > 0)
    .sort((a, b) => compareKeys(a.key, b.key));
  const page = rest.slice(0, limit);
  return { items: page.map(({ item }) => item), next: rest.length > limit ? (page.at(-1)?.key ?? null) : null };
}

function compareKeys(a: Key, b: Key): number {
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? x;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
