import type { Installation, Line, Meter, Registry } from '#contract/registry.ts';
import type { RegistryIndex } from '../registry-index.ts';
import { type Grouping, successRate } from './figures.ts';
import { compareKeys } from './row-places.ts';

/** 采集覆盖率 and 终端在线率 of a group. Rates per cent, rounded down; null when there is nothing to divide by. */
export interface Coverage {
  /** Metering points in service: installations of customer and supply meters, and accounts that have none. */
  readonly points: number;
  /** Of them, those whose meter is bound to a line of a known collector. */
  readonly covered: number;
  readonly coverageRate: number | null;
  /** Accounts in service at which no meter is installed. */
  readonly withoutMeter: number;
  /** Terminals in service: concentrators, and lines without one, behind which a meter is installed. */
  readonly terminals: number;
  readonly onlineNow: number;
  readonly onlineNowRate: number | null;
  /** Null when it cannot be told who answered today. */
  readonly onlineToday: number | null;
  readonly onlineTodayRate: number | null;
}

export interface CoverageGroup {
  readonly key: string | null;
  readonly coverage: Coverage;
}

export interface CoverageSources {
  /** Whether a concentrator, or a line without one, is on line now. */
  readonly isUp: (terminal: Terminal) => boolean;
  /** Whether a meter gave a value today over a line; null when that is not known. */
  readonly answered: ((line: string) => boolean) | null;
  /** Whether a meter counts; an account without a meter counts only when every meter does. */
  readonly inScope: ((meter: Meter) => boolean) | null;
}

export interface Terminal {
  readonly kind: 'concentrator' | 'line';
  readonly id: string;
}

/** How the meters of a line are reached. */
interface Way {
  readonly key: string;
  readonly terminal: Terminal;
  readonly answered: boolean;
}

interface Tally {
  points: number;
  covered: number;
  withoutMeter: number;
  /** By kind and id: whether it is up, and whether a meter behind it answered. */
  readonly terminals: Map<string, { readonly terminal: Terminal; answered: boolean }>;
}

/**
 * Coverage of what is in service at an instant (UTC ms), as a whole and by group, ascending by key, null last. An
 * account without a meter is nowhere, so it is in the group null. A terminal counts in every group that it serves: a
 * concentrator of two areas in both.
 */
export function coverageOf(
  index: RegistryIndex,
  now: number,
  groupBy: Grouping | null,
  sources: CoverageSources,
): { readonly total: Coverage; readonly groups: readonly CoverageGroup[] } {
  const { collectors, installations } = index.registry;
  const known = new Set(collectors.map(({ id }) => id));
  const ways = new Map(index.registry.lines.map((line) => [line.id, wayOf(line, known, sources)]));
  const total = emptyTally();
  const groups = new Map<string | null, Tally>();
  const talliesOf = (key: string | null): Tally[] => {
    if (groupBy === null) return [total];
    const group = groups.get(key) ?? emptyTally();
    groups.set(key, group);
    return [total, group];
  };
  for (const { meter: id } of installations.filter(isInService(now))) {
    const meter = index.meter(id);
    if (!meter || meter.role === 'check' || sources.inScope?.(meter) === false) continue;
    const key = groupBy === null ? null : index.placeOf(meter)[groupBy];
    for (const tally of talliesOf(key)) take(tally, ways.get(meter.line) ?? null);
  }
  const without = sources.inScope ? 0 : accountsWithoutMeter(index.registry, now);
  for (const tally of without === 0 ? [] : talliesOf(null)) {
    tally.points += without;
    tally.withoutMeter += without;
  }
  return {
    total: shownTally(total, sources),
    groups: [...groups]
      .sort(([a], [b]) => compareKeys(a, b))
      .map(([key, tally]) => ({ key, coverage: shownTally(tally, sources) })),
  };
}

function isInService(now: number): (installation: Installation) => boolean {
  return ({ from, to }) => from <= now && (to === null || now < to);
}

function accountsWithoutMeter({ accounts, installations }: Registry, now: number): number {
  const served = new Set(installations.filter(isInService(now)).map(({ account }) => account));
  return accounts.filter(({ no, status }) => status === 'active' && !served.has(no)).length;
}

function emptyTally(): Tally {
  return { points: 0, covered: 0, withoutMeter: 0, terminals: new Map() };
}

/** Null for a line that no known collector reads. */
function wayOf(line: Line, known: ReadonlySet<string>, { answered }: CoverageSources): Way | null {
  if (!known.has(line.collector)) return null;
  const { concentrator } = line;
  const terminal: Terminal =
    concentrator === null ? { kind: 'line', id: line.id } : { kind: 'concentrator', id: concentrator };
  return { key: `${terminal.kind} ${terminal.id}`, terminal, answered: answered?.(line.id) ?? false };
}

function take(tally: Tally, way: Way | null): void {
  tally.points++;
  if (!way) return;
  tally.covered++;
  const known = tally.terminals.get(way.key);
  if (!known) tally.terminals.set(way.key, { terminal: way.terminal, answered: way.answered });
  else if (way.answered) known.answered = true;
}

function shownTally({ points, covered, withoutMeter, terminals }: Tally, sources: CoverageSources): Coverage {
  const all = [...terminals.values()];
  const onlineNow = all.filter(({ terminal }) => sources.isUp(terminal)).length;
  const onlineToday = sources.answered === null ? null : all.filter(({ answered }) => answered).length;
  return {
    points,
    covered,
    coverageRate: successRate(covered, points),
    withoutMeter,
    terminals: all.length,
    onlineNow,
    onlineNowRate: successRate(onlineNow, all.length),
    onlineToday,
    onlineTodayRate: onlineToday === null ? null : successRate(onlineToday, all.length),
  };
}
