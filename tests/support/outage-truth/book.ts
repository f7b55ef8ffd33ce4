import type { Evidence, MeterEvidence } from '#domain/outages/evidence-types.ts';
import { isEnough, type ToldBy } from './enough.ts';
import { bitOf } from './phases.ts';
import { DAY, HOUR, MINUTE, type SiteMeter } from './site.ts';
import type { Dark, Truth } from './truth.ts';
import type { World } from './world.ts';

/** What a meter says of an edge is about it when it is no further away. */
const EDGE_MS = 90_000;
const WINDOW_MS = 5 * MINUTE;

/** What reached the centre of one truth. Instants in UTC ms. */
export class Entry {
  readonly told = new Map<number, ToldBy>();
  readonly heads = new Set<number>();
  hasWitness = false;
  /** The first word of it. */
  firstAt: number | null = null;
  /** When it could be known for what it is; null when it never could. */
  enoughAt: number | null = null;
}

/** Keeps book of the evidence that is delivered, truth by truth: nobody can be asked for what was never told. */
export class Book {
  readonly #world: World;
  readonly #entries: Entry[];
  readonly #ofMeter = new Map<number, { truth: Truth; member: Dark }[]>();
  readonly #ofArea = new Map<number, Truth[]>();
  readonly #phasesOfArea = new Map<number, Truth[]>();
  /** When each meter said, rightly or not, that it was dark. */
  readonly #positive = new Map<string, number[]>();

  constructor(world: World) {
    this.#world = world;
    this.#entries = world.truths.all.map(() => new Entry());
    for (const truth of world.truths.all) this.#file(truth);
  }

  entry({ n }: Truth): Entry {
    const found = this.#entries[n];
    if (!found) throw new Error(`no truth ${n}`);
    return found;
  }

  /** Whether a meter said within the day before a time, or about then, that it was dark. */
  saidSo(meter: string, near: number): boolean {
    return this.#positive.get(meter)?.some((at) => near - DAY < at && at < near + HOUR) ?? false;
  }

  note(evidence: Evidence, at: number): void {
    if (evidence.fact === 'terminal_down') this.#terminal(evidence.concentrator, evidence.at, at);
    else if ('meter' in evidence) this.#meter(evidence, at);
  }

  /** Supply at a meter: a witness where another phase is missing. */
  lit({ n, area, isSupply }: SiteMeter, at: number): void {
    for (const truth of this.#phasesOfArea.get(area) ?? []) {
      if (truth.from > at || truth.to < at || isSupply) continue;
      const entry = this.entry(truth);
      if (entry.hasWitness || truth.members.some(({ meter }) => meter === n) || !this.#isInside(truth, n)) continue;
      entry.hasWitness = true;
      this.#judge(truth, entry, at);
    }
  }

  #meter(evidence: MeterEvidence, deliveredAt: number): void {
    const meter = this.#world.site.meter(evidence.meter);
    if (!meter) return;
    const says = toldBy(evidence);
    if (says === null) {
      if (evidence.fact === 'voltage_on' || evidence.fact === 'answered') this.lit(meter, evidence.at);
      return;
    }
    const said = this.#positive.get(meter.id) ?? [];
    this.#positive.set(meter.id, said);
    said.push(evidence.at);
    if (evidence.fact === 'power_down' && evidence.end !== null) said.push(evidence.end);
    for (const { truth, member } of this.#ofMeter.get(meter.n) ?? []) {
      if (isAbout(evidence, member, truth)) this.#told(truth, meter, says, evidence, deliveredAt);
    }
  }

  #told(truth: Truth, meter: SiteMeter, by: ToldBy, { at, fact }: MeterEvidence, deliveredAt: number): void {
    const entry = this.entry(truth);
    entry.firstAt ??= deliveredAt;
    if (meter.isSupply && truth.phase === null) entry.heads.add(meter.area);
    if (truth.phase !== null && fact === 'voltage_on' && !meter.isSupply) entry.hasWitness = true;
    // A reading in the middle of it does not say when it began.
    const isTimely = by !== 'reading' || truth.node === 'meter' || at < truth.from + WINDOW_MS;
    if (isTimely && entry.told.get(meter.n) !== 'record') entry.told.set(meter.n, by);
    this.#judge(truth, entry, deliveredAt);
  }

  #terminal(concentrator: string, at: number, deliveredAt: number): void {
    const area = this.#world.site.concentrators.find(({ id }) => id === concentrator)?.area ?? 0;
    for (const truth of this.#ofArea.get(area) ?? []) {
      if (Math.abs(truth.from - at) > EDGE_MS) continue;
      const entry = this.entry(truth);
      entry.firstAt ??= deliveredAt;
      entry.heads.add(area);
      this.#judge(truth, entry, deliveredAt);
    }
  }

  #judge(truth: Truth, entry: Entry, deliveredAt: number): void {
    if (entry.enoughAt !== null || !isEnough(truth, entry, this.#world)) return;
    const parent = truth.parent === null ? null : (this.#world.truths.all[truth.parent] ?? null);
    // Before a minute is over, anything may be a reclosure; before its parent is restored, nothing is nested.
    entry.enoughAt = Math.max(deliveredAt, truth.from + MINUTE, parent?.to ?? 0);
  }

  #isInside({ node, nodeId }: Truth, n: number): boolean {
    if (node !== 'branch') return true;
    return nodeId.endsWith(`/${this.#world.site.at(n).branch}`);
  }

  #file(truth: Truth): void {
    const areas = new Set<number>();
    for (const member of truth.members) {
      const list = this.#ofMeter.get(member.meter) ?? [];
      this.#ofMeter.set(member.meter, list);
      list.push({ truth, member });
      areas.add(this.#world.site.at(member.meter).area);
    }
    const isWhole = truth.phase === null && (truth.node === 'area' || truth.node === 'feeder');
    if (!isWhole && truth.phase === null) return;
    const files = isWhole ? this.#ofArea : this.#phasesOfArea;
    for (const area of areas) files.set(area, [...(files.get(area) ?? []), truth]);
  }
}

function toldBy(evidence: MeterEvidence): ToldBy | null {
  if (evidence.fact === 'power_down') return evidence.end === null ? 'gasp' : 'record';
  if (evidence.fact === 'voltage_off' || evidence.fact === 'on_battery') return 'reading';
  return evidence.fact === 'voltage_on' && evidence.missing.length > 0 ? 'reading' : null;
}

function isAbout(evidence: MeterEvidence, { from, to, lost }: Dark, { phase }: Truth): boolean {
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= EDGE_MS;
  if (evidence.fact === 'power_down') {
    return near(evidence.at, from) && (evidence.end === null || near(evidence.end, to));
  }
  const isDuring = from <= evidence.at && evidence.at <= to;
  if (evidence.fact !== 'voltage_on') return isDuring;
  return isDuring && phase !== null && evidence.missing.some((each) => (bitOf(each) & lost) !== 0);
}
