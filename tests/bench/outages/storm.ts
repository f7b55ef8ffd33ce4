import type { Account, Area, Installation, Line, Meter, Registry } from '#contract/registry.ts';
import { DEFAULT_TASKS } from '#contract/tasks.ts';
import type { Evidence } from '#domain/outages/evidence-types.ts';
import { randomFrom } from '../../support/random.ts';

const PER_AREA = 250;
const AREAS_A_FEEDER = 10;
const METERS_A_BOX = 10;
const BOXES_A_BRANCH = 5;
/** All feeders go dark within this time. */
export const DARK_MS = 60_000;
/** A last gasp is sent when the voltage has been away for so long. */
const GASP_MS = [45_000, 75_000] as const;
/** Share of meters that send one. */
const GASPING = 0.8;
/** Of what was sent: lost, doubled, late. */
const FAULTY = 0.2;
const LATE_MS = 60_000;

/** What arrives `dueMs` after the first feeder went dark. */
export interface StormItem {
  readonly dueMs: number;
  readonly evidence: Evidence & { readonly fact: 'power_down' };
  readonly feeder: number;
  readonly area: number;
}

export interface Storm {
  readonly items: readonly StormItem[];
  /** When each feeder went dark, ms after `from`. */
  readonly darkMs: readonly number[];
}

export const feederId = (n: number): string => `f${n}`;
export const meterId = (n: number): string => String(100_000_000_000 + n);
export const accountNo = (n: number): string => `33${meterId(n)}`;

/** Areas of 250 customers on branches and in boxes, ten areas to a feeder, with a supply meter each. */
export function stormRegistry(customers: number, since: number): Registry {
  const areas = [...Array(Math.ceil(customers / PER_AREA)).keys()];
  const feeders = [...Array(Math.ceil(areas.length / AREAS_A_FEEDER)).keys()];
  const timing = { replyTimeoutMs: 500, byteGapMs: 100, pauseMs: 50, quietMs: 200 };
  const meters = [...Array(customers).keys()].map((n) => customerOf(n, since));
  const heads = areas.map((area): Meter => {
    const id = `s${area}`;
    return { ...customerOf(area * PER_AREA, since), id, no: id, model: 'dlt645-3ph', role: 'supply', phase: null };
  });
  const all = [...meters, ...heads.map(({ branch: _, box: __, ...head }): Meter => head)];
  return {
    name: 'storm',
    timeZone: 'Asia/Shanghai',
    districts: [{ id: 'd', name: '市' }],
    feeders: feeders.map((n) => ({ id: feederId(n), name: feederId(n), district: 'd' })),
    areas: areas.map((n): Area => ({ id: `a${n}`, name: `a${n}`, feeder: feederOf(n), kva: 400 })),
    collectors: [{ id: 'c', district: 'd' }],
    lines: areas.map(
      (n): Line => ({
        ...{ id: `l${n}`, collector: 'c', protocol: 'dlt645', concentrator: `j${n}`, timing },
        link: { tcp: { host: '127.0.0.1', port: 1 + (n % 60_000) } },
      }),
    ),
    accounts: meters.map((_, n) => accountOf(n)),
    meters: all,
    installations: all.map(({ id }, n): Installation => {
      const account = n < customers ? accountNo(n) : null;
      return { meter: id, account, from: since, to: null, startWh: null, endWh: null };
    }),
    tasks: DEFAULT_TASKS,
  };
}

function feederOf(area: number): string {
  return feederId(Math.floor(area / AREAS_A_FEEDER));
}

function customerOf(n: number, since: number): Meter {
  const area = Math.floor(n / PER_AREA);
  const box = Math.floor((n % PER_AREA) / METERS_A_BOX);
  return {
    ...{ id: meterId(n), no: meterId(n), model: 'dlt645-1ph', line: `l${area}`, address: meterId(n), area: `a${area}` },
    ...{ branch: `B${Math.floor(box / BOXES_A_BRANCH)}`, box: `X${box}`, role: 'customer' },
    phase: (['a', 'b', 'c'] as const)[n % 3] ?? 'a',
    ...{ ct: 1, pt: 1, collectedFrom: since },
  };
}

function accountOf(n: number): Account {
  const [no, address] = [accountNo(n), `人民路 ${n} 号`];
  return { no, name: `用户${n}`, address, category: 'resident', priority: 'normal', status: 'active' };
}

/** Every feeder goes dark within a minute of `from` (UTC ms); reports are lost, doubled and late. */
export function stormOf(customers: number, from: number, seed: number): Storm {
  const random = randomFrom(seed);
  const feeders = Math.ceil(customers / PER_AREA / AREAS_A_FEEDER);
  const darkMs = Array.from({ length: feeders }, () => Math.round(random() * DARK_MS));
  const items: StormItem[] = [];
  for (let n = 0; n < customers; n++) {
    if (random() > GASPING || random() < FAULTY) continue;
    const area = Math.floor(n / PER_AREA);
    const feeder = Math.floor(area / AREAS_A_FEEDER);
    const begun = darkMs[feeder] ?? 0;
    const seenMs = begun + GASP_MS[0] + Math.round(random() * (GASP_MS[1] - GASP_MS[0]));
    const at = from + begun + Math.round((random() - 0.5) * 4000);
    const evidence = { fact: 'power_down', meter: meterId(n), at, seenAt: from + seenMs, end: null } as const;
    const send = (): void => {
      const lateMs = random() < FAULTY ? random() * LATE_MS : random() * 2000;
      items.push({ dueMs: seenMs + lateMs, evidence, feeder, area });
    };
    send();
    if (random() < FAULTY) send();
  }
  return { items: items.sort((a, b) => a.dueMs - b.dueMs), darkMs };
}

/** Keeps book of what was handed over: when two areas of a feeder had three meters each, and a minute was over. */
export class StormBook {
  readonly #told = new Map<number, Set<string>>();
  readonly #areas = new Map<number, Set<number>>();
  readonly #enough = new Map<string, number>();
  readonly #storm: Storm;

  constructor(storm: Storm) {
    this.#storm = storm;
  }

  /** `atMs` after the beginning. */
  handed({ evidence, feeder, area }: StormItem, atMs: number): void {
    if (this.#enough.has(feederId(feeder))) return;
    const told = this.#told.get(area) ?? new Set();
    this.#told.set(area, told.add(evidence.meter));
    if (told.size < 3) return;
    const areas = this.#areas.get(feeder) ?? new Set();
    this.#areas.set(feeder, areas.add(area));
    if (areas.size < 2) return;
    this.#enough.set(feederId(feeder), Math.max(atMs, (this.#storm.darkMs[feeder] ?? 0) + 60_000));
  }

  /** ms from enough evidence to `openMs`, by feeder; null where there was no incident. */
  delays(openMs: ReadonlyMap<string, number>): (number | null)[] {
    return [...this.#enough].map(([feeder, enoughMs]) => {
      const opened = openMs.get(feeder);
      return opened === undefined ? null : Math.max(0, opened - enoughMs);
    });
  }
}

/** What a storm came to. */
export interface StormFound {
  readonly items: number;
  /** ms from enough evidence to the open incident, one for every feeder; null where there was none. */
  readonly delaysMs: readonly (number | null)[];
  /** Incidents that are open at the end and are not at a feeder. */
  readonly others: number;
  /** Times that something was told. */
  readonly told: number;
}
