import type { Evidence } from '#domain/outages/evidence-types.ts';
import type { Delivery } from './delivery.ts';
import { Dice } from './dice.ts';
import { BEGIN, DAY, HOUR, MINUTE, type SiteMeter } from './site.ts';
import type { Dark } from './truth.ts';
import { BOOT_MS, type World } from './world.ts';

/** Last gasps are sent when the voltage has been away for so long. */
const GASP_MS = [45_000, 75_000] as const;

/** What meters and terminals tell by themselves of times without supply, and what is read from their memory later. */
export class Reports {
  readonly #world: World;
  readonly #delivery: Delivery;
  readonly #dice: Dice;
  readonly #dark: readonly Dark[];
  #next = 0;

  constructor(world: World, delivery: Delivery) {
    this.#world = world;
    this.#delivery = delivery;
    this.#dice = new Dice(world.site.size.seed, 'reports');
    const all = [...world.truths.dark, ...world.happenings.dark];
    this.#dark = all.sort((a, b) => a.from - b.from || a.meter - b.meter);
    this.#ways();
    this.#boxed();
    for (const { meter, at, cause } of world.happenings.blips) this.#blip(world.site.at(meter), at, cause);
  }

  /** Sends what comes of everything that begins before `until`; ascending. */
  sendUntil(until: number): void {
    for (;;) {
      const dark = this.#dark[this.#next];
      if (!dark || dark.from >= until) return;
      this.#next++;
      this.#of(dark);
    }
  }

  #of(dark: Dark): void {
    const meter = this.#world.site.at(dark.meter);
    // A meter that was without supply already has nothing to tell; one that misses one of its phases goes on working.
    if (dark.lost !== meter.phases || this.#world.lostAt(dark.meter, dark.from - 1) !== 0) return;
    this.#gasp(meter, dark);
    if (!this.#world.isInstalled(meter, dark.to) || dark.to > this.#world.site.end) return;
    this.#up(meter, dark);
    if (this.#dice.chance(this.#world.site.area(meter.area).records)) this.#record(meter, dark);
  }

  #gasp(meter: SiteMeter, { from, to }: Dark): void {
    const seenAt = from + this.#dice.between(...GASP_MS);
    if (seenAt > to || !this.#dice.chance(this.#world.site.area(meter.area).gasps)) return;
    const at = Math.round(from + this.#dice.between(-2000, 2000));
    this.#spontaneous(meter, { fact: 'power_down', meter: meter.id, at, seenAt: Math.round(seenAt), end: null }, from);
  }

  #up(meter: SiteMeter, { from, to }: Dark): void {
    if (to - from < 3000 || !this.#dice.chance(this.#world.site.area(meter.area).ups)) return;
    // The terminal must be on the net again before its meters can tell anything.
    const ready = this.#world.wayDownAt(meter, to)?.to ?? to;
    if (ready > to + HOUR) return;
    const seenAt = Math.round(ready + this.#dice.between(5000, 120_000));
    const at = Math.round(to + this.#dice.between(-2000, 2000));
    this.#spontaneous(meter, { fact: 'power_up', meter: meter.id, at, seenAt }, to);
  }

  /** Lost where nothing passes it on. A terminal that lost its own supply works a little longer, most of the time. */
  #spontaneous(meter: SiteMeter, evidence: Evidence, since: number): void {
    const { seenAt } = evidence;
    if (this.#world.isModuleDown(meter.n, seenAt)) return;
    const down = this.#world.wayDownAt(meter, seenAt);
    if (down?.why === 'failure' || (down?.why === 'no supply' && !this.#lasts(down.n, since))) return;
    this.#delivery.send(evidence, down?.why === 'uplink' ? down.to : seenAt);
  }

  #lasts(concentrator: number, from: number): boolean {
    return new Dice(this.#world.site.size.seed, `charge ${concentrator} ${Math.round(from / 1000)}`).chance(0.8);
  }

  /** Read hourly or once a night, again and again until it is there, and once more now and then. */
  #record(meter: SiteMeter, { from, to }: Dark): void {
    const { readsRecordsHourly } = this.#world.site.area(meter.area);
    const every = readsRecordsHourly ? HOUR : DAY;
    const begin = BEGIN + Math.ceil((to - BEGIN) / every) * every;
    const offset = this.#dice.between(0, readsRecordsHourly ? 50 * MINUTE : 4 * HOUR);
    const told = this.#toldBy(meter, from, to);
    for (let tries = 0, seenAt = begin + offset; tries < 5; tries++, seenAt += every) {
      if (!this.#hears(meter, seenAt)) continue;
      const evidence = { fact: 'power_down', meter: meter.id, ...told, seenAt: Math.round(seenAt) } as const;
      this.#delivery.send(evidence, seenAt);
      if (this.#dice.chance(0.3))
        this.#delivery.send({ ...evidence, seenAt: Math.round(seenAt + every) }, seenAt + every);
      return;
    }
  }

  #hears(meter: SiteMeter, at: number): boolean {
    const { n, area, phases } = meter;
    return (
      this.#world.wayDownAt(meter, at) === null &&
      !this.#world.isModuleDown(n, at) &&
      this.#world.lostAt(n, at) !== phases &&
      !this.#dice.chance(Math.max(meter.noise, this.#world.noiseAt(area, at)))
    );
  }

  /** As the meter's own clock has it; now and then what was read is nonsense. */
  #toldBy({ clockS }: SiteMeter, from: number, to: number): { at: number; end: number } {
    const [at, end] = [Math.round(from + clockS * 1000), Math.round(to + clockS * 1000)];
    if (!this.#dice.chance(0.01)) return { at, end };
    return this.#dice.pick([
      { at: end, end: at },
      { at, end: at + 400 * DAY },
      { at: Date.UTC(2000, 0, 1), end },
      { at: at + 365 * DAY, end: end + 365 * DAY },
      { at: at - 300 * DAY, end: end - 300 * DAY },
    ]);
  }

  /** A new meter remembers the time in its carton. */
  #boxed(): void {
    for (const { id, from } of this.#world.site.meters) {
      if (from < BEGIN) continue;
      const seenAt = Math.round(from + this.#dice.between(HOUR, DAY));
      const at = from - this.#dice.whole(20, 90) * DAY;
      this.#delivery.send(
        { fact: 'power_down', meter: id, at, end: from - this.#dice.whole(0, 60) * MINUTE, seenAt },
        seenAt,
      );
      this.#delivery.send({ fact: 'power_down', meter: id, at: at - DAY, end: at - HOUR, seenAt }, seenAt);
    }
  }

  #blip(meter: SiteMeter, at: number, cause: 'dip' | 'spurious gasp'): void {
    const seen = { meter: meter.id, at: Math.round(at), seenAt: Math.round(at + 2000) };
    if (this.#world.wayDownAt(meter, at) || this.#world.lostAt(meter.n, at) !== 0) return;
    if (cause === 'dip') this.#delivery.send({ fact: 'voltage_off', ...seen }, seen.seenAt);
    else this.#delivery.send({ fact: 'power_down', ...seen, end: null }, seen.seenAt);
  }

  /** What the centre learns of the ways, and terminals of their own supply. */
  #ways(): void {
    const { site, happenings, unpowered } = this.#world;
    const name = { line: 'l', concentrator: 'j', collector: 'c' } as const;
    for (const { way, n, from, to } of [...happenings.ways, ...unpowered]) {
      const isCollector = way === 'collector';
      const down = Math.round(from + this.#dice.between(5000, isCollector ? 30_000 : 5 * MINUTE));
      const up = Math.round(to + this.#dice.between(1000, 30_000));
      if (down >= to || this.#isDown(way, n, down, from)) continue;
      const id = `${name[way]}${n}`;
      this.#delivery.tell({ fact: 'way_down', way, id, at: down, seenAt: down }, down);
      if (up < site.end) this.#delivery.tell({ fact: 'way_up', way, id, at: up, seenAt: up }, up);
    }
    for (const { n, from, to } of unpowered) this.#terminal(n, Math.round(from), Math.round(to));
  }

  /** It is down for another reason already, which is all that anybody can see. */
  #isDown(way: string, n: number, at: number, from: number): boolean {
    if (way !== 'concentrator') return false;
    const down = this.#world.concentratorDownAt(n, at);
    return down !== null && down.from < from;
  }

  /** `to`: when it is on the net again, some time after its supply. What lasts no minute, a terminal does not tell. */
  #terminal(n: number, from: number, to: number): void {
    const end = to - BOOT_MS;
    if (end - from < MINUTE) return;
    const concentrator = this.#world.site.concentrators[n]?.id ?? '';
    const before = this.#world.concentratorDownAt(n, from - 1);
    const backAt = Math.round(to + this.#dice.between(1000, 60_000));
    const seenAt = Math.round(from + this.#dice.between(5000, 60_000));
    if (!before && this.#lasts(n, from)) {
      this.#delivery.send({ fact: 'terminal_down', concentrator, at: from, seenAt, end: null }, seenAt);
    }
    if (this.#world.concentratorDownAt(n, backAt)) return;
    const at = end + this.#dice.whole(0, 10_000);
    this.#delivery.send({ fact: 'terminal_up', concentrator, at, seenAt: backAt }, backAt);
    if (!this.#dice.chance(0.5)) return;
    const readAt = backAt + this.#dice.whole(10, 180) * MINUTE;
    this.#delivery.send({ fact: 'terminal_down', concentrator, at: from, seenAt: readAt, end }, readAt);
  }
}
