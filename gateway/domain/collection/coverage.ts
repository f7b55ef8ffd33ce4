import type { Account, Installation, Line, Meter } from '#contract/registry.ts';
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

/** As a whole and by group, ascending by key, null last. */
export interface Covered {
  readonly total: Coverage;
  readonly groups: readonly CoverageGroup[];
}

/**
 * Takes all installations of the registry, then all its accounts, in any portions: there may be a million of them. An
 * account without a meter is nowhere, so it is in the group null. A terminal counts in every group that it serves: a
 * concentrator of two areas in both.
 */
export class CoverageTally {
  readonly #index: RegistryIndex;
  readonly #now: number;
  readonly #groupBy: Grouping | null;
  readonly #sources: CoverageSources;
  readonly #ways: ReadonlyMap<string, Way | null>;
  readonly #total = emptyTally();
  readonly #groups = new Map<string | null, Tally>();
  /** Accounts at which a meter is installed. */
  readonly #served = new Set<string>();

  constructor(index: RegistryIndex, now: number, groupBy: Grouping | null, sources: CoverageSources) {
    const known = new Set(index.registry.collectors.map(({ id }) => id));
    this.#index = index;
    this.#now = now;
    this.#groupBy = groupBy;
    this.#sources = sources;
    this.#ways = new Map(index.registry.lines.map((line) => [line.id, wayOf(line, known, sources)]));
  }

  add({ meter: id, from, to, account }: Installation): void {
    if (from > this.#now || (to !== null && this.#now >= to)) return;
    if (account !== null) this.#served.add(account);
    const meter = this.#index.meter(id);
    if (!meter || meter.role === 'check' || this.#sources.inScope?.(meter) === false) return;
    const key = this.#groupBy === null ? null : this.#index.placeOf(meter)[this.#groupBy];
    for (const tally of this.#talliesOf(key)) take(tally, this.#ways.get(meter.line) ?? null);
  }

  addAccount({ no, status }: Account): void {
    if (this.#sources.inScope || status !== 'active' || this.#served.has(no)) return;
    for (const tally of this.#talliesOf(null)) {
      tally.points++;
      tally.withoutMeter++;
    }
  }

  result(): Covered {
    return {
      total: shownTally(this.#total, this.#sources),
      groups: [...this.#groups]
        .sort(([a], [b]) => compareKeys(a, b))
        .map(([key, tally]) => ({ key, coverage: shownTally(tally, this.#sources) })),
    };
  }

  #talliesOf(key: string | null): Tally[] {
    if (this.#groupBy === null) return [this.#total];
    const group = this.#groups.get(key) ?? emptyTally();
    this.#groups.set(key, group);
    return [this.#total, group];
  }
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
