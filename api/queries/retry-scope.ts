import type { Meter } from '#contract/registry.ts';
import type { RowPlaces, Scope } from '#domain/collection/row-places.ts';
import type { RegistryIndex } from '#domain/registry-index.ts';
import { ApiProblem } from '../errors.ts';

const PARTS = ['district', 'feeder', 'area', 'concentrator', 'collector', 'line'] as const;
type Part = (typeof PARTS)[number];

/** Parts of the site of which failed reads are read again; those that are named must all hold. */
export type RetryScope = { readonly [P in Part]?: string } & {
  /** Ids or numbers. */
  readonly meters?: readonly string[];
};

/** A scope that was held against the registry. */
export interface KnownScope {
  readonly parts: Scope;
  /** Ids of the meters that are named; null when none are. */
  readonly meters: ReadonlySet<string> | null;
}

/** Throws `unknown_scope` or `unknown_meter` that names what is not there. */
export function knownRetryScope(index: RegistryIndex, { meters, ...named }: RetryScope): KnownScope {
  const parts = PARTS.flatMap((part) => {
    const id = named[part];
    return id === undefined ? [] : [[part, id] as const];
  });
  for (const [part, id] of parts) {
    if (isThere(index, part, id)) continue;
    throw new ApiProblem('unknown_scope', `no ${part} has the id ${id}`, [
      { pointer: `/scope/${part}`, detail: `must be the id of one ${part} of the registry` },
    ]);
  }
  return { parts, meters: meters ? new Set(meters.map((name, i) => namedMeter(index, name, i))) : null };
}

/** Meters of the scope, with their rows. `isWanted` goes first: to look at a meter costs more than at its state. */
export function metersOfScope(
  places: RowPlaces,
  { parts, meters }: KnownScope,
  isWanted: (row: number) => boolean = () => true,
): { readonly meter: Meter; readonly row: number }[] {
  const rows = places.rowsIn(parts);
  const found: { meter: Meter; row: number }[] = [];
  const last = rows?.length ?? places.rows;
  for (let i = 0; i < last; i++) {
    const row = rows === null ? i : (rows[i] ?? 0);
    const meter = isWanted(row) ? places.meter(row) : undefined;
    if (meter && (meters === null || meters.has(meter.id))) found.push({ meter, row });
  }
  return found;
}

function namedMeter(index: RegistryIndex, name: string, i: number): string {
  const meter = index.meter(name) ?? index.metersByNo(name)[0];
  if (meter) return meter.id;
  const detail = `no meter has the id or number ${name}`;
  throw new ApiProblem('unknown_meter', `${detail}; nothing was asked for`, [
    { pointer: `/scope/meters/${i}`, detail },
  ]);
}

function isThere(index: RegistryIndex, part: Part, id: string): boolean {
  const { districts, collectors, lines } = index.registry;
  switch (part) {
    case 'district':
      return districts.some((district) => district.id === id);
    case 'feeder':
      return index.feeder(id) !== undefined;
    case 'area':
      return index.area(id) !== undefined;
    case 'collector':
      return collectors.some((collector) => collector.id === id);
    case 'concentrator':
      return lines.some((line) => line.concentrator === id);
    default:
      return index.line(id) !== undefined;
  }
}
