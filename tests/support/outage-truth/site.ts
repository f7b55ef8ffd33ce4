import type { Account, Area, Installation, Line, Meter, Registry } from '#contract/registry.ts';
import { DEFAULT_TASKS } from '#contract/tasks.ts';
import { Dice } from './dice.ts';
import { ALL_PHASES, bitOf, PHASES } from './phases.ts';

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;
/** Local midnight in Asia/Shanghai. */
export const BEGIN = Date.UTC(2026, 2, 1) - 8 * HOUR;

/** What a registry knows of the net inside an area. */
const SHAPES = ['both', 'both', 'both', 'boxes', 'branches', 'none'] as const;
type Shape = (typeof SHAPES)[number];

/** A meter as the field has it. Numbers are places in the lists of the site. */
export interface SiteMeter {
  readonly n: number;
  readonly id: string;
  readonly area: number;
  /** Ids inside the area; null where the registry has none. */
  readonly branch: string | null;
  readonly box: string | null;
  readonly isSupply: boolean;
  /** Bits of the phases that it hangs on. */
  readonly phases: number;
  /** Answers without supply: on a battery, or with a supply of its own. */
  readonly hasAuxiliary: boolean;
  /** Seconds that its clock is ahead. */
  readonly clockS: number;
  /** Share of reads that it does not answer though all is well. */
  readonly noise: number;
  readonly readEveryMin: 15 | 60 | 1440;
  readonly line: number;
  readonly account: string | null;
  readonly isClosed: boolean;
  /** When it was put in and taken out, UTC ms. */
  readonly from: number;
  readonly to: number;
}

export interface SiteArea {
  readonly n: number;
  readonly id: string;
  readonly feeder: number;
  readonly meters: SiteMeter[];
  readonly supply: SiteMeter | null;
  readonly concentrators: number[];
  /** Shares of meters whose last gasp and whose word of being back gets through. */
  readonly gasps: number;
  readonly ups: number;
  /** Share of interruptions that meters write down and that is read. */
  readonly records: number;
  readonly readsRecordsHourly: boolean;
}

export interface SiteLine {
  readonly id: string;
  readonly concentrator: number;
}

export interface SiteConcentrator {
  readonly id: string;
  readonly area: number;
  readonly collector: number;
  /** Fed from elsewhere: it stays up while its area is dark. */
  readonly fedElsewhere: boolean;
}

export interface TruthSize {
  readonly meters: number;
  readonly days: number;
  readonly seed: number;
}

/** Feeders, areas and meters of the generated truth, in the shapes that registries come in. */
export class TruthSite {
  readonly size: TruthSize;
  readonly end: number;
  readonly meters: SiteMeter[] = [];
  readonly areas: SiteArea[] = [];
  readonly feeders: { readonly id: string; readonly collector: number; readonly areas: SiteArea[] }[] = [];
  readonly lines: SiteLine[] = [];
  readonly concentrators: SiteConcentrator[] = [];
  readonly collectors: string[] = [];
  readonly #byId = new Map<string, SiteMeter>();
  readonly #dice: Dice;

  constructor(size: TruthSize) {
    this.size = size;
    this.end = BEGIN + size.days * DAY;
    this.#dice = new Dice(size.seed, 'site');
    while (this.meters.length < size.meters) this.#feeder();
  }

  meter(id: string): SiteMeter | undefined {
    return this.#byId.get(id);
  }

  at(n: number): SiteMeter {
    const found = this.meters[n];
    if (!found) throw new Error(`no meter ${n}`);
    return found;
  }

  area(n: number): SiteArea {
    const found = this.areas[n];
    if (!found) throw new Error(`no area ${n}`);
    return found;
  }

  /** A meter that takes the place of another at `from`; the other is taken out at `to`. */
  exchange(old: SiteMeter, to: number, from: number): SiteMeter {
    const n = this.meters.length;
    const taken = { ...old, to };
    const put = { ...old, n, id: `${old.id}x`, from, clockS: 0 };
    const { meters } = this.area(old.area);
    meters[meters.indexOf(old)] = taken;
    meters.push(put);
    this.meters[old.n] = taken;
    this.meters.push(put);
    this.#byId.set(taken.id, taken);
    this.#byId.set(put.id, put);
    return put;
  }

  #feeder(): void {
    const dice = this.#dice;
    const n = this.feeders.length;
    if (n % 2 === 0) this.collectors.push(`c${this.collectors.length}`);
    const feeder = { id: `f${n}`, collector: this.collectors.length - 1, areas: [] as SiteArea[] };
    this.feeders.push(feeder);
    for (let left = dice.whole(3, 7); left > 0; left--) feeder.areas.push(this.#area(n, feeder.collector));
  }

  #area(feeder: number, collector: number): SiteArea {
    const dice = this.#dice;
    const n = this.areas.length;
    const lines = this.#linesOf(n, collector);
    const shape = dice.pick(SHAPES);
    const customers = dice.whole(100, Math.max(100, Math.min(300, this.size.meters / 3)));
    const meters: SiteMeter[] = [];
    const hasSupply = dice.chance(0.8);
    if (hasSupply) meters.push(this.#meter(n, lines[0] ?? 0, null, null, true));
    meters.push(...this.#customers(n, shape, customers, lines));
    const area: SiteArea = {
      ...{ n, id: `a${n}`, feeder, meters, supply: (hasSupply && meters[0]) || null },
      concentrators: [...new Set(lines.map((line) => this.lines[line]?.concentrator ?? 0))],
      // Old meters say nothing by themselves, and some write nothing down.
      ...(dice.chance(0.15) ? { gasps: 0, ups: 0 } : { gasps: dice.between(0.3, 0.9), ups: dice.between(0.5, 0.9) }),
      records: dice.chance(0.2) ? 0.02 : 0.85,
      readsRecordsHourly: dice.chance(0.4),
    };
    this.areas.push(area);
    return area;
  }

  #customers(area: number, shape: Shape, customers: number, lines: readonly number[]): SiteMeter[] {
    const meters: SiteMeter[] = [];
    const branches = shape === 'both' || shape === 'branches' ? this.#dice.whole(3, 6) : 1;
    const isBoxed = shape === 'both' || shape === 'boxes';
    for (let b = 1; b <= branches; b++) {
      const branch = branches > 1 ? `B${b}` : null;
      for (const box of this.#boxes(Math.ceil(customers / branches), isBoxed ? `X${b}-` : null)) {
        meters.push(this.#meter(area, this.#dice.pick(lines), branch, box, false));
      }
    }
    return meters;
  }

  /** The box of each meter of a branch; a rest too small for a box is in the last. */
  #boxes(meters: number, prefix: string | null): (string | null)[] {
    const perBox = Math.min(this.#dice.whole(6, 14), Math.floor(meters / 2));
    const last = Math.floor(meters / perBox) - 1;
    return Array.from({ length: meters }, (_, i) => prefix && `${prefix}${Math.min(Math.floor(i / perBox), last)}`);
  }

  #linesOf(area: number, collector: number): number[] {
    const dice = this.#dice;
    const first = this.lines.length;
    const several = dice.pick(['one', 'one', 'one', 'one', 'lines', 'concentrators'] as const);
    const concentrator = (): number =>
      this.concentrators.push({
        ...{ id: `j${this.concentrators.length}`, area, collector },
        fedElsewhere: dice.chance(0.1),
      }) - 1;
    const own = concentrator();
    this.lines.push({ id: `l${first}`, concentrator: own });
    if (several === 'one') return [first];
    this.lines.push({ id: `l${first + 1}`, concentrator: several === 'lines' ? own : concentrator() });
    return [first, first + 1];
  }

  #meter(area: number, line: number, branch: string | null, box: string | null, isSupply: boolean): SiteMeter {
    const dice = this.#dice;
    const n = this.meters.length;
    const isThree = isSupply || dice.chance(0.06);
    const drift = dice.between(0, 1);
    const made: SiteMeter = {
      ...{ n, id: `m${n}`, area, branch, box, isSupply, line },
      phases: isThree ? ALL_PHASES : bitOf(dice.pick(PHASES)),
      hasAuxiliary: dice.chance(isThree ? 0.3 : 0.01),
      clockS: Math.round(dice.between(-1, 1) * (drift < 0.9 ? 5 : drift < 0.98 ? 60 : 900)),
      noise: dice.chance(0.03) ? 0.25 : 0.02,
      readEveryMin: isSupply || dice.chance(0.01) ? 15 : this.#isHourly(isThree) ? 60 : 1440,
      account: isSupply ? null : `k${n}`,
      isClosed: !isSupply && dice.chance(0.005),
      from: BEGIN - 100 * DAY,
      to: Number.POSITIVE_INFINITY,
    };
    this.meters.push(made);
    this.#byId.set(made.id, made);
    return made;
  }

  #isHourly(isThree: boolean): boolean {
    return this.#dice.chance(isThree ? 0.5 : 0.04);
  }

  /** As it stands at the end: exchanges are in it from the beginning, with their times. */
  registry(): Registry {
    const phaseDice = new Dice(this.size.seed, 'unknown phases');
    return {
      name: 'generated truth',
      timeZone: 'Asia/Shanghai',
      districts: this.collectors.map((_, n) => ({ id: `d${n}`, name: `d${n}` })),
      feeders: this.feeders.map(({ id, collector }) => ({ id, name: id, district: `d${collector}` })),
      areas: this.areas.map(({ id, feeder }): Area => ({ id, name: id, feeder: `f${feeder}`, kva: 400 })),
      collectors: this.collectors.map((id, n) => ({ id, district: `d${n}` })),
      lines: this.lines.map((line) => this.#lineOf(line)),
      accounts: this.meters.flatMap((meter) => (meter.id.endsWith('x') ? [] : accountOf(meter))),
      meters: this.meters.map((meter) => meterOf(meter, this, phaseDice.chance(0.9))),
      installations: this.meters.map(installationOf),
      tasks: DEFAULT_TASKS,
    };
  }

  #lineOf({ id, concentrator }: SiteLine): Line {
    const terminal = this.concentrators[concentrator];
    return {
      ...{ id, collector: this.collectors[terminal?.collector ?? 0] ?? '', protocol: 'dlt645' },
      link: { tcp: { host: '127.0.0.1', port: 502 } },
      concentrator: terminal?.id ?? null,
      timing: { replyTimeoutMs: 500, byteGapMs: 100, pauseMs: 50, quietMs: 200 },
    };
  }
}

function accountOf({ account, isClosed }: SiteMeter): Account[] {
  if (account === null) return [];
  const status = isClosed ? 'closed' : 'active';
  return [{ no: account, name: account, address: account, category: 'resident', priority: 'normal', status }];
}

function meterOf(meter: SiteMeter, site: TruthSite, isPhaseKnown: boolean): Meter {
  const { id, line, area, branch, box, isSupply, phases, n } = meter;
  const isThree = phases === ALL_PHASES;
  return {
    ...{ id, no: id, model: isThree ? 'dlt645-3ph' : 'dlt645-1ph', line: `l${line}`, area: site.area(area).id },
    address: String(n).padStart(12, '0'),
    ...(branch !== null && { branch }),
    ...(box !== null && { box }),
    role: isSupply ? 'supply' : 'customer',
    phase: isThree || !isPhaseKnown ? null : (PHASES.find((phase) => bitOf(phase) === phases) ?? null),
    ...{ ct: 1, pt: 1, collectedFrom: meter.from },
  };
}

function installationOf({ id, account, from, to }: SiteMeter): Installation {
  return { meter: id, account, from, to: Number.isFinite(to) ? to : null, startWh: null, endWh: null };
}
