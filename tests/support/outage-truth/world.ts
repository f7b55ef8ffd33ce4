import { Calendar } from './calendar.ts';
import { Dice } from './dice.ts';
import { addFaults } from './faults.ts';
import { Happenings, type Span, type WayDown } from './happenings.ts';
import { addPlanned } from './planned.ts';
import { MINUTE, type SiteMeter, TruthSite, type TruthSize } from './site.ts';
import type { Dark } from './truth.ts';
import { type TruthPlan, Truths } from './truths.ts';

/** Seconds to minutes until a terminal that has supply again is back on the net. */
export const BOOT_MS = 2 * MINUTE;

/** Everything that is so in the generated field, as functions of time. */
export class World {
  readonly site: TruthSite;
  readonly truths: Truths;
  readonly happenings: Happenings;
  readonly plans: readonly TruthPlan[];
  /** Concentrators that have no supply: not heard until they are back. */
  readonly unpowered: WayDown[] = [];
  readonly #dark: Dark[][] = [];
  readonly #ways: Readonly<Record<WayDown['way'], WayDown[][]>> = { line: [], concentrator: [], collector: [] };
  readonly #modules: Span[][] = [];
  readonly #noises: (Span & { readonly share: number })[][] = [];

  constructor(size: TruthSize) {
    this.site = new TruthSite(size);
    const calendar = new Calendar(this.site);
    this.happenings = new Happenings(this.site, calendar, new Dice(size.seed, 'happenings'));
    this.happenings.changeMeters();
    this.truths = new Truths({ site: this.site, calendar, dice: new Dice(size.seed, 'truths') });
    const dice = new Dice(size.seed, 'faults');
    addFaults(this.site, this.truths, dice);
    this.plans = addPlanned(this.site, this.truths, dice);
    this.happenings.happen();
    this.#index();
  }

  isInstalled({ from, to }: SiteMeter, at: number): boolean {
    return from <= at && at < to;
  }

  /** Bits of the phases that a meter misses. */
  lostAt(meter: number, at: number): number {
    const list = this.#dark[meter] ?? [];
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((list[middle]?.from ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    const last = list[low - 1];
    return last && at < last.to ? last.lost : 0;
  }

  darkOf(meter: number): readonly Dark[] {
    return this.#dark[meter] ?? [];
  }

  /** What lies between meter and centre and does not work, or null. */
  wayDownAt({ line }: SiteMeter, at: number): WayDown | null {
    const concentrator = this.site.lines[line]?.concentrator ?? 0;
    const collector = this.site.concentrators[concentrator]?.collector ?? 0;
    return (
      this.#downAt('line', line, at) ??
      this.#downAt('concentrator', concentrator, at) ??
      this.#downAt('collector', collector, at)
    );
  }

  concentratorDownAt(n: number, at: number): WayDown | null {
    const collector = this.site.concentrators[n]?.collector ?? 0;
    return this.#downAt('concentrator', n, at) ?? this.#downAt('collector', collector, at);
  }

  isModuleDown(meter: number, at: number): boolean {
    return this.#modules[meter]?.some(({ from, to }) => from <= at && at < to) ?? false;
  }

  /** Share of reads in the area that are not answered though they could be. */
  noiseAt(area: number, at: number): number {
    return this.#noises[area]?.find(({ from, to }) => from <= at && at < to)?.share ?? 0;
  }

  #downAt(way: WayDown['way'], n: number, at: number): WayDown | null {
    for (const down of this.#ways[way][n] ?? []) if (down.from <= at && at < down.to) return down;
    return null;
  }

  #index(): void {
    const { site, truths, happenings } = this;
    const all = [...truths.dark, ...happenings.dark].sort((one, other) => one.from - other.from);
    for (const dark of all) {
      // Where the supply is off for good already, nothing more can happen to it.
      if ((this.#dark[dark.meter]?.at(-1)?.to ?? 0) <= dark.from) push(this.#dark, dark.meter, dark);
    }
    for (const [n, terminal] of site.concentrators.entries()) {
      if (terminal.fedElsewhere) continue;
      for (const { from, to } of this.darkOfArea(terminal.area)) {
        if (to - from > 10_000) {
          this.unpowered.push({ way: 'concentrator', n, from, to: to + BOOT_MS, why: 'no supply' });
        }
      }
    }
    for (const down of [...happenings.ways, ...this.unpowered]) push(this.#ways[down.way], down.n, down);
    for (const { meter, ...span } of happenings.modules) push(this.#modules, meter, span);
    for (const { area, ...span } of happenings.noises) push(this.#noises, area, span);
  }

  /** When the area as a whole was dark: its head, or where it has none what most of its meters share. */
  darkOfArea(area: number): readonly Span[] {
    const { meters, supply } = this.site.area(area);
    if (supply) return this.darkOf(supply.n).filter(({ lost }) => lost === supply.phases);
    const spans = new Map<string, { span: Span; count: number }>();
    for (const { n, phases } of meters) {
      for (const { from, to, lost } of this.darkOf(n)) {
        if (lost !== phases) continue;
        const key = `${from} ${to}`;
        const known = spans.get(key) ?? { span: { from, to }, count: 0 };
        known.count++;
        spans.set(key, known);
      }
    }
    return [...spans.values()].filter(({ count }) => count * 2 > meters.length).map(({ span }) => span);
  }
}

function push<V>(lists: V[][], n: number, value: V): void {
  const list = lists[n] ?? [];
  lists[n] = list;
  list.push(value);
}
