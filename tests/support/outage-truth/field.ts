import type { Evidence } from '#domain/outages/evidence-types.ts';
import type { Dice } from './dice.ts';
import { phasesOf } from './phases.ts';
import { BEGIN, MINUTE, type SiteMeter } from './site.ts';
import type { World } from './world.ts';

/** What a read comes to: ordinary supply, other evidence, or null when nothing can be said of the meter. */
export type Heard = 'ordinary' | Evidence | null;

/** The field as a collector finds it: answers to reads, which it does by a timetable, and to probes. */
export class Field {
  readonly #world: World;
  readonly #dice: Dice;
  /** Meters that are read in a minute of their period. */
  readonly #rounds: { readonly every: number; readonly meters: SiteMeter[][] }[];

  constructor(world: World, dice: Dice) {
    this.#world = world;
    this.#dice = dice;
    this.#rounds = [15, 60, 1440].map((every) => ({ every, meters: Array.from({ length: every }, () => []) }));
    for (const meter of world.site.meters) {
      const round = this.#rounds.find(({ every }) => every === meter.readEveryMin);
      // A day's reads are done in its first six hours.
      const minute = dice.whole(0, Math.min(meter.readEveryMin, 360) - 1);
      round?.meters[minute]?.push(meter);
    }
  }

  *dueAt(at: number): Generator<SiteMeter> {
    const minute = Math.floor((at - BEGIN) / MINUTE);
    for (const { every, meters } of this.#rounds) yield* meters[minute % every] ?? [];
  }

  read(meter: SiteMeter, time: number): Heard {
    const world = this.#world;
    if (!world.isInstalled(meter, time)) return null;
    const down = world.wayDownAt(meter, time);
    if (down && down.why !== 'uplink') return null;
    const at = Math.round(time);
    const silent = { fact: 'silent', meter: meter.id, at, seenAt: at } as const;
    if (world.isModuleDown(meter.n, time)) return silent;
    const noise = Math.max(meter.noise, world.noiseAt(meter.area, time));
    if (noise > 0 && this.#dice.chance(noise)) return silent;
    return this.#answer(meter, world.lostAt(meter.n, time), at);
  }

  #answer({ id: meter, phases, hasAuxiliary }: SiteMeter, lost: number, at: number): Heard {
    const seen = { meter, at, seenAt: at };
    const present = phases & ~lost;
    if (lost === 0 || present === phases) {
      return this.#dice.chance(0.9) ? 'ordinary' : { fact: 'answered', ...seen };
    }
    if (present !== 0) {
      return { fact: 'voltage_on', ...seen, present: phasesOf(present), missing: phasesOf(phases & lost) };
    }
    if (!hasAuxiliary) return { fact: 'silent', ...seen };
    return { fact: this.#dice.chance(0.7) ? 'voltage_off' : 'on_battery', ...seen };
  }
}
