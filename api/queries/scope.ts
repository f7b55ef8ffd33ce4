import { GROUPINGS, type Grouping } from '#domain/collection/figures.ts';
import type { RowPlaces, Scope } from '#domain/collection/row-places.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { ApiProblem } from '../errors.ts';

/** A query that may name groups that its meters have to belong to. */
export type ScopeQuery = { readonly [G in Grouping]?: string };

/** The scope that a query names, in the order of the groupings. */
export function scopeOf(query: ScopeQuery): Scope {
  return GROUPINGS.flatMap((grouping) => {
    const key = query[grouping];
    return key === undefined ? [] : [[grouping, key] as const];
  });
}

/** Throws the problem `unknown_scope` when the registry has no such group. One that has no meters is a group. */
export function knownScope(places: RowPlaces, scope: Scope): Scope {
  for (const [grouping, key] of scope) {
    if (inRegistry(places.index, grouping, key) || places.groups(grouping).keys.includes(key)) continue;
    throw new ApiProblem('unknown_scope', `the registry has no ${grouping} ${key}`, [
      { pointer: `/${grouping}`, detail: `must be one ${grouping} of the registry` },
    ]);
  }
  return scope;
}

function inRegistry(index: RegistryIndex, grouping: Grouping, key: string): boolean {
  const { districts, collectors, lines } = index.registry;
  if (grouping === 'district') return districts.some(({ id }) => id === key);
  if (grouping === 'feeder') return index.feeder(key) !== undefined;
  if (grouping === 'area') return index.area(key) !== undefined;
  if (grouping === 'collector') return collectors.some(({ id }) => id === key);
  if (grouping === 'line') return index.line(key) !== undefined;
  return grouping === 'concentrator' && lines.some(({ concentrator }) => concentrator === key);
}

/** Name of a group for people, or null where it has none. */
export function groupName(index: RegistryIndex, grouping: Grouping | null, key: string | null): string | null {
  if (key === null) return null;
  if (grouping === 'area') return index.area(key)?.name ?? null;
  if (grouping === 'feeder') return index.feeder(key)?.name ?? null;
  if (grouping === 'district') return index.registry.districts.find((district) => district.id === key)?.name ?? null;
  return null;
}
