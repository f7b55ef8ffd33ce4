import type { Outage } from '#contract/outage.ts';
import type { WayEvidence } from './evidence-types.ts';
import type { Run } from './run.ts';
import type { OutageSettings } from './settings.ts';
import { Timeline } from './timeline.ts';
import { NONE, type OutageTopology, type Way } from './topology.ts';
import { AREA_KIND, nodeAbove } from './tree.ts';
import type { OutageBody } from './write-outage.ts';

/** Lowest first. */
const ORDER: readonly Way[] = ['line', 'concentrator', 'collector'];

/** A finding of collection: what is down between meters and centre, and for how long. */
export interface WayFinding {
  readonly way: Way;
  readonly id: string;
  readonly run: Run;
}

/** Areas that are without supply, or were until not long ago, UTC ms; `until`: what goes down before it is explained. */
export interface DarkAreas {
  readonly areas: readonly string[];
  readonly from: number;
  readonly until: number;
}

/** By what a way may be down without a finding; `told`: `way/id/start` of those that are findings already. */
export interface Explaining {
  readonly dark: readonly DarkAreas[];
  readonly told: ReadonlySet<string>;
}

const NONE_DARK: Explaining = { dark: [], told: new Set() };

/** Lines, concentrators and collectors, and when each was down. Of each only a bounded number of moments is kept. */
export class Ways {
  readonly #settings: OutageSettings;
  readonly #timelines = new Map<string, Timeline>();
  /** Up to when an outage explains what was down, by way and id, UTC ms. */
  readonly #explained = new Map<string, number>();
  /** Something that is down is explained by an outage. */
  #waiting = false;
  touched = false;

  constructor(settings: OutageSettings) {
    this.#settings = settings;
  }

  take({ fact, way, id, at, seenAt }: WayEvidence): void {
    const key = `${way}/${id}`;
    let timeline = this.#timelines.get(key);
    if (!timeline) {
      // A short break of the way is no finding, as a short break of supply is none.
      timeline = new Timeline({ ...this.#settings, minDownMs: this.#settings.wayMs });
      this.#timelines.set(key, timeline);
    }
    const changed = fact === 'way_down' ? timeline.addOff({ at, by: 'way_down', seenAt }) : timeline.addOn(at);
    if (changed) this.touched = true;
  }

  /** Goes on with a finding that was stored. */
  restore({ node, nodeId, startedAt, restoredAt, firstEvidenceAt }: Outage): void {
    if (node !== 'line' && node !== 'concentrator' && node !== 'collector') return;
    const seen = { way: node, id: nodeId, seenAt: firstEvidenceAt };
    this.take({ ...seen, fact: 'way_down', at: startedAt });
    if (restoredAt !== null) this.take({ ...seen, fact: 'way_up', at: restoredAt });
  }

  /** Whether the way to a line is down now, wherever between its meters and the centre. */
  isDown({ ways }: OutageTopology, line: number): boolean {
    return ORDER.some((way) => {
      const id = idAbove(ways, line, way);
      return id !== null && this.#timelines.get(`${way}/${id}`)?.runs.at(-1)?.end === null;
    });
  }

  /** Whether a concentrator is, or was, out of reach around an instant. */
  wasDown(way: Way, id: string, at: number): boolean {
    const runs = this.#timelines.get(`${way}/${id}`)?.runs ?? [];
    return runs.some(({ start, end }) => start <= at && (end ?? Number.POSITIVE_INFINITY) >= at);
  }

  /** What was down for longer than a moment, without what something higher explains. */
  findings(topology: OutageTopology, now: number, by: Explaining = NONE_DARK): WayFinding[] {
    this.#waiting = false;
    const all: WayFinding[] = [];
    for (const [key, timeline] of this.#timelines) {
      const slash = key.indexOf('/');
      const way = ORDER.find((each) => each === key.slice(0, slash)) ?? 'line';
      for (const run of timeline.runs) {
        if ((run.end ?? now) - run.start < this.#settings.wayMs) continue;
        const finding: WayFinding = { way, id: key.slice(slash + 1), run };
        if (!this.#isByOutage(topology, key, finding, by, now)) all.push(finding);
      }
    }
    return all.filter((finding) => !all.some((above) => this.#explains(topology, above, finding)));
  }

  /** Without supply below it nothing answers, and the way needs a while to come up again afterwards. */
  #isByOutage(
    topology: OutageTopology,
    key: string,
    { way, id, run }: WayFinding,
    { dark, told }: Explaining,
    now: number,
  ): boolean {
    const end = run.end ?? Number.POSITIVE_INFINITY;
    if (way === 'collector' || told.has(`${key}/${run.start}`)) return false;
    if (end <= (this.#explained.get(key) ?? 0)) return true;
    const { windowMs } = this.#settings;
    const near = dark.filter(({ from, until }) => run.start >= from - windowMs && run.start < until);
    if (near.length === 0) return false;
    const { areas } = behind(topology, way, id);
    if (areas.size === 0) return false;
    const ends = [...areas].map((area) => {
      const name = topology.tree.names[area] ?? '';
      return near.reduce((last, each) => (each.areas.includes(name) ? Math.max(last, each.until) : last), 0);
    });
    // Of a way to several areas, all must be dark.
    const until = Math.min(...ends);
    if (run.end !== null && run.end <= until) this.#explained.set(key, run.end);
    if (run.end !== null) return run.end <= until;
    this.#waiting ||= until > now;
    return until > now;
  }

  /** When something that is down now becomes a finding, UTC ms; Infinity when nothing does. */
  nextAt(now: number): number {
    // What an outage explains may be one of its own when that is over.
    let next = this.#waiting ? now + this.#settings.wayMs / 2 : Number.POSITIVE_INFINITY;
    for (const { runs } of this.#timelines.values()) {
      const last = runs.at(-1);
      if (last?.end === null && last.start + this.#settings.wayMs > now) {
        next = Math.min(next, last.start + this.#settings.wayMs);
      }
    }
    return next;
  }

  #explains({ ways }: OutageTopology, above: WayFinding, { way, id, run }: WayFinding): boolean {
    if (ORDER.indexOf(above.way) <= ORDER.indexOf(way)) return false;
    if (!linesOf(ways, way, id).some((line) => idAbove(ways, line, above.way) === above.id)) return false;
    const { windowMs } = this.#settings;
    const end = above.run.end ?? Number.POSITIVE_INFINITY;
    return run.start >= above.run.start - windowMs && run.start <= end + windowMs;
  }
}

function idAbove(ways: OutageTopology['ways'], line: number, way: Way): string | null {
  if (way === 'line') return ways.lines.texts[line] ?? null;
  const of = way === 'concentrator' ? ways.concentratorOf : ways.collectorOf;
  const texts = way === 'concentrator' ? ways.concentrators.texts : ways.collectors.texts;
  return texts[of[line] ?? NONE] ?? null;
}

/** Numbers of the lines that go through something. */
function linesOf(ways: OutageTopology['ways'], way: Way, id: string): number[] {
  if (way === 'line') return [ways.lines.numberOf(id) ?? NONE];
  const number = (way === 'concentrator' ? ways.concentrators : ways.collectors).numberOf(id);
  const of = way === 'concentrator' ? ways.concentratorOf : ways.collectorOf;
  return number === undefined ? [] : [...of.keys()].filter((line) => of[line] === number);
}

/** The finding in the words of incidents. It names no meters: nothing is known of their supply. */
export function wayBody(topology: OutageTopology, { way, id, run }: WayFinding): OutageBody {
  const { areas, customers } = behind(topology, way, id);
  const { tree, districts } = topology;
  const names = [...areas].map((area) => tree.names[area] ?? '').sort();
  const feeders = new Set([...areas].map((area) => tree.names[nodeAbove(tree, area, 0)] || null));
  const inDistricts = new Set([...feeders].map((feeder) => districts.get(feeder ?? '') ?? null));
  const fact = { source: way, id } as const;
  const down = { fact: 'way_down', ...fact, at: run.start, detail: '' };
  return {
    state: run.end === null ? 'open' : 'restored',
    node: way,
    nodeId: id,
    district: only(inDistricts),
    feeder: only(feeders),
    area: only(new Set(names)),
    areas: names,
    phase: null,
    startedAt: run.start,
    restoredAt: run.end,
    firstEvidenceAt: run.seenAt,
    confidence: 'high',
    customers,
    dark: 0,
    members: [],
    evidence: run.end === null ? [down] : [down, { fact: 'way_up', ...fact, at: run.end, detail: '' }],
  };
}

/** Areas and customers behind something, as nodes and in number. */
function behind(
  { tree, meters, ways }: OutageTopology,
  way: Way,
  id: string,
): { areas: Set<number>; customers: number } {
  const areas = new Set<number>();
  let customers = 0;
  for (const meter of linesOf(ways, way, id).flatMap((line) => [...ways.metersOfLine(line)])) {
    areas.add(nodeAbove(tree, meters.node[meter] ?? NONE, AREA_KIND));
    if (meters.idle[meter] !== 1 && meters.supply[meter] !== 1) customers++;
  }
  return { areas, customers };
}

/** The one that a set has, or null when it has none or several. */
function only<T>(values: ReadonlySet<T | null>): T | null {
  const [first = null] = values;
  return values.size === 1 ? first : null;
}
