import type { Calendar } from './calendar.ts';
import type { Dice } from './dice.ts';
import { repeatedly } from './faults.ts';
import { BEGIN, DAY, HOUR, MINUTE, type SiteMeter, type TruthSite } from './site.ts';
import type { Dark } from './truth.ts';

/** Why something looks like an outage that is none. */
export const CAUSES = [
  ...['communication', 'noise', 'module', 'arrears', 'closed', 'exchange', 'reclosure', 'dip', 'spurious gasp'],
] as const;
export type Cause = (typeof CAUSES)[number];

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A way that does not work. `uplink`: what was heard in that time comes when it works again. `no supply`: it hangs on the area. */
export interface WayDown extends Span {
  readonly way: 'line' | 'concentrator' | 'collector';
  readonly n: number;
  readonly why: 'failure' | 'uplink' | 'no supply';
}

/** Meters of an area that do not answer though they could: `share` of all reads. */
export interface Noise extends Span {
  readonly area: number;
  readonly share: number;
}

export interface Disconnection extends Span {
  readonly meter: number;
  /** While the order holds. */
  readonly order: Span;
}

/** One fact that is untrue, or true for a moment only. */
export interface Blip {
  readonly meter: number;
  readonly at: number;
  readonly cause: 'dip' | 'spurious gasp';
}

/** Where and when something else than an outage happens, for whoever asks why there was a false one. */
export interface Happening extends Span {
  readonly cause: Cause;
  readonly areas: readonly number[];
}

/** All that happens besides interruptions. */
export class Happenings {
  readonly ways: WayDown[] = [];
  readonly noises: Noise[] = [];
  readonly modules: (Span & { readonly meter: number })[] = [];
  readonly disconnections: Disconnection[] = [];
  readonly blips: Blip[] = [];
  /** Meters without supply though nothing is interrupted. */
  readonly dark: Dark[] = [];
  readonly told: Happening[] = [];
  readonly #site: TruthSite;
  readonly #calendar: Calendar;
  readonly #dice: Dice;

  constructor(site: TruthSite, calendar: Calendar, dice: Dice) {
    this.#site = site;
    this.#calendar = calendar;
    this.#dice = dice;
  }

  /** Before interruptions are drawn: these change who hangs where. */
  changeMeters(): void {
    for (const area of this.#site.areas) {
      repeatedly(this.#site, this.#dice, 12, () => this.#exchange(this.#dice.pick(area.meters)));
    }
    for (const meter of this.#site.meters) if (meter.isClosed) this.#close(meter);
  }

  happen(): void {
    this.#communication();
    for (const { n, meters } of this.#site.areas) {
      repeatedly(this.#site, this.#dice, 8, () => this.#disconnect(this.#dice.pick(meters)));
      repeatedly(this.#site, this.#dice, 15, () => this.#reclose(meters));
      repeatedly(this.#site, this.#dice, 4, () => this.#blip(this.#dice.pick(meters), 'dip'));
      repeatedly(this.#site, this.#dice, 50, () => this.#blip(this.#dice.pick(meters), 'spurious gasp'));
      repeatedly(this.#site, this.#dice, 6, () => this.#module(this.#dice.pick(meters)));
      repeatedly(this.#site, this.#dice, 20, () => this.#noise(n));
    }
    for (const { areas } of this.#site.feeders) {
      repeatedly(this.#site, this.#dice, 6, () => this.#reclose(areas.flatMap(({ meters }) => meters)));
    }
  }

  #moment(): number {
    return this.#dice.between(BEGIN + DAY, this.#site.end - 3 * DAY);
  }

  #span(leastMs: number, mostMs: number): Span {
    const from = this.#moment();
    return { from, to: from + this.#dice.skewed(leastMs, mostMs) };
  }

  #tell(cause: Cause, areas: readonly number[], { from, to }: Span): void {
    this.told.push({ cause, areas, from, to });
  }

  #communication(): void {
    const { concentrators, lines, collectors, feeders } = this.#site;
    const down = (
      way: WayDown['way'],
      n: number,
      span: Span,
      areas: readonly number[],
      why: WayDown['why'] = 'failure',
    ): true => {
      this.ways.push({ way, n, ...span, why });
      this.#tell('communication', areas, span);
      return true;
    };
    for (const [n, { area }] of concentrators.entries()) {
      repeatedly(this.#site, this.#dice, 15, () => down('concentrator', n, this.#span(MINUTE, 20 * HOUR), [area]));
    }
    for (const [n, { concentrator }] of lines.entries()) {
      const area = concentrators[concentrator]?.area ?? 0;
      repeatedly(this.#site, this.#dice, 30, () => down('line', n, this.#span(MINUTE, 10 * HOUR), [area]));
    }
    for (const n of collectors.keys()) {
      const areas = feeders.filter(({ collector }) => collector === n).flatMap((feeder) => feeder.areas);
      const those = areas.map((area) => area.n);
      repeatedly(this.#site, this.#dice, 20, () =>
        down('collector', n, this.#span(MINUTE, 4 * HOUR), those, this.#dice.chance(0.5) ? 'uplink' : 'failure'),
      );
    }
  }

  #exchange(old: SiteMeter): boolean {
    const at = Math.round(this.#moment() / MINUTE) * MINUTE;
    const from = at + this.#dice.whole(10, 40) * MINUTE;
    const isTaken = old.isSupply || old.isClosed || old.id.endsWith('x') || Number.isFinite(old.to);
    if (isTaken || !this.#calendar.take([old], at - HOUR, [from + HOUR])) return false;
    this.#site.exchange(old, at, from);
    const span = { from: at + this.#dice.between(0, 2 * MINUTE), to: this.#site.end + DAY };
    this.dark.push({ meter: old.n, lost: old.phases, ...span });
    this.#tell('exchange', [old.area], { from: at - HOUR, to: from + DAY });
    return true;
  }

  #close(meter: SiteMeter): void {
    const span = { from: this.#moment(), to: this.#site.end + DAY };
    if (!this.#calendar.take([meter], span.from, [span.from + HOUR])) return;
    this.dark.push({ meter: meter.n, lost: meter.phases, ...span });
    this.#tell('closed', [meter.area], span);
  }

  /** Mostly by the relay in the meter, which is then as lit as before; now and then by a pulled fuse. */
  #disconnect(meter: SiteMeter): boolean {
    const span = this.#span(4 * HOUR, 10 * DAY);
    if (meter.isSupply || meter.isClosed || meter.from > span.from || meter.to < span.to) return false;
    const isCut = this.#dice.chance(0.3);
    if (isCut && !this.#calendar.take([meter], span.from, [Math.min(span.to, this.#site.end - 3 * DAY)])) return false;
    const order = { from: span.from - this.#dice.between(0, HOUR), to: span.to + this.#dice.between(0, HOUR) };
    this.disconnections.push({ meter: meter.n, ...span, order });
    if (isCut) this.dark.push({ meter: meter.n, lost: meter.phases, ...span });
    this.#tell('arrears', [meter.area], span);
    return true;
  }

  #reclose(meters: readonly SiteMeter[]): boolean {
    const from = this.#moment();
    const to = from + this.#dice.skewed(300, 50_000);
    if (!this.#calendar.take(meters, from, [to])) return false;
    for (const { n, phases } of meters) this.dark.push({ meter: n, lost: phases, from, to });
    this.#tell('reclosure', [...new Set(meters.map(({ area }) => area))], { from, to });
    return true;
  }

  #blip({ n, area, from, to }: SiteMeter, cause: Blip['cause']): boolean {
    const at = this.#moment();
    if (at < from || at > to) return false;
    this.blips.push({ meter: n, at, cause });
    this.#tell(cause, [area], { from: at, to: at });
    return true;
  }

  #module({ n, area }: SiteMeter): boolean {
    const span = this.#span(2 * HOUR, 15 * DAY);
    this.modules.push({ meter: n, ...span });
    this.#tell('module', [area], span);
    return true;
  }

  #noise(area: number): boolean {
    const span = this.#span(30 * MINUTE, 10 * HOUR);
    this.noises.push({ area, ...span, share: this.#dice.pick([0.3, 0.6, 0.9, 1]) });
    this.#tell('noise', [area], span);
    return true;
  }
}
