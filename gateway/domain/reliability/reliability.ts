import type { Outage } from '#contract/outage.ts';
import { clip, type Span, spanOf } from './interruptions.ts';

/** Interruptions of one class, announced or not. */
export interface Interruptions {
  /** Sustained interruptions of customers that began in the period (CI). */
  readonly customerInterruptions: number;
  /** Time of customers without supply inside the period, exact, ms (CMI in minutes = this ÷ 60,000). */
  readonly customerMs: bigint;
  /** 系统平均停电时间: minutes per customer served; null when nobody is served. */
  readonly saidiMin: number | null;
  /** 系统平均停电频率: interruptions per customer served. */
  readonly saifi: number | null;
  /** Minutes per interruption; null without any. */
  readonly caidiMin: number | null;
}

export interface Reliability {
  /** Mean number of customers in place over the period. */
  readonly customersServed: number;
  readonly unplanned: Interruptions;
  readonly planned: Interruptions;
  /** Confirmed outages and lost phases that began in the period, announced ones among them. */
  readonly outages: number;
  /** Of them: those in which at least one customer's meter told so itself (停电到户). */
  readonly resolved: number;
  /** From the first fact at the centre to the incident, ms, over the outages that were not announced. */
  readonly toIncidentMs: { readonly p50: number; readonly p95: number; readonly max: number } | null;
}

/** Where meters and areas belong, and which meters are customers. */
export interface ReliabilityPlaces {
  /** The area of a customer's meter that is in place at an instant; null for all others. */
  areaOf(meter: string, at: number): string | null;
  /** Group of an area, or null when it is in none that is wanted. */
  groupOf(area: string): string | null;
  /** Number of phases of a meter. */
  phasesOf(meter: string): number;
}

export interface ReliabilityTerms {
  readonly period: Span;
  /** An interruption must last longer than this, ms. */
  readonly sustainedMs: number;
  /** Clock of the centre: what is still open lasts until now, and nothing counts beyond it. */
  readonly now: number;
}

type Counted = Pick<
  Outage,
  'id' | 'kind' | 'state' | 'areas' | 'startedAt' | 'restoredAt' | 'firstEvidenceAt' | 'detectedAt' | 'members'
>;

interface Group {
  readonly outages: Set<string>;
  readonly resolved: Set<string>;
  readonly delays: Map<string, number>;
}

/**
 * Figures of reliability by IEEE 1366-2022, from the members' own times: SAIDI = Σ customer minutes ÷ customers served,
 * SAIFI = Σ customer interruptions ÷ customers served, CAIDI = SAIDI ÷ SAIFI. Announced interruptions are apart. A lost
 * phase takes all supply from single-phase meters only. Days of major events are not taken out.
 */
export class ReliabilityTally {
  readonly #places: ReliabilityPlaces;
  readonly #terms: ReliabilityTerms;
  readonly #spans = { unplanned: new Map<string, Span[]>(), planned: new Map<string, Span[]>() };
  /** Area of each meter that was in an interruption. */
  readonly #areas = new Map<string, string>();
  readonly #groups = new Map<string, Group>();
  readonly #total: Group = newGroup();

  constructor(places: ReliabilityPlaces, terms: ReliabilityTerms) {
    this.#places = places;
    const { period, now } = terms;
    this.#terms = { ...terms, period: { from: period.from, to: Math.min(period.to, now) } };
  }

  /** Each incident once, in any order; what was not confirmed, or is no interruption, is passed over. */
  add(outage: Counted): void {
    const { kind, state } = outage;
    if (kind === 'collection' || (state !== 'open' && state !== 'restored')) return;
    const spans = kind === 'planned' ? this.#spans.planned : this.#spans.unplanned;
    let isResolved = false;
    let isWanted = outage.areas.some((area) => this.#places.groupOf(area) !== null);
    for (const member of outage.members) {
      const area = this.#places.areaOf(member.meter, member.from);
      if (area === null || this.#places.groupOf(area) === null) continue;
      isWanted = true;
      isResolved ||= member.told === 'itself';
      if (kind === 'phase-lost' && this.#places.phasesOf(member.meter) > 1) continue;
      this.#areas.set(member.meter, area);
      const known = spans.get(member.meter) ?? [];
      known.push(spanOf(member, outage, this.#terms.now));
      spans.set(member.meter, known);
    }
    if (isWanted) this.#count(outage, isResolved);
  }

  /**
   * Figures by group and of all. `servedMs`: by area, the time that its customers were in place inside the period, ms;
   * a group without customers served has none.
   */
  figures(servedMs: ReadonlyMap<string, bigint>): { total: Reliability; groups: Map<string, Reliability> } {
    const served = new Sums();
    for (const [area, ms] of servedMs) served.add(this.#places.groupOf(area), ms);
    const unplanned = this.#sums(this.#spans.unplanned);
    const planned = this.#sums(this.#spans.planned);
    const of = (group: string | null): Reliability => {
      const customersServed = perPeriod(served.of(group), this.#terms.period);
      const { outages, resolved, delays } = (group === null ? this.#total : this.#groups.get(group)) ?? newGroup();
      return {
        customersServed,
        unplanned: interruptions(unplanned.begun.of(group), unplanned.ms.of(group), customersServed),
        planned: interruptions(planned.begun.of(group), planned.ms.of(group), customersServed),
        outages: outages.size,
        resolved: resolved.size,
        toIncidentMs: quantiles([...delays.values()]),
      };
    };
    const names = new Set([...served.groups(), ...this.#groups.keys()]);
    return { total: of(null), groups: new Map([...names].sort().map((group) => [group, of(group)])) };
  }

  #count({ id, kind, areas, startedAt, firstEvidenceAt, detectedAt }: Counted, isResolved: boolean): void {
    const { period } = this.#terms;
    if (startedAt < period.from || startedAt >= period.to) return;
    const names = new Set(areas.flatMap((area) => this.#places.groupOf(area) ?? []));
    for (const group of [this.#total, ...[...names].map((name) => this.#group(name))]) {
      group.outages.add(id);
      if (isResolved) group.resolved.add(id);
      if (kind !== 'planned') group.delays.set(id, Math.max(0, detectedAt - firstEvidenceAt));
    }
  }

  #group(name: string): Group {
    const known = this.#groups.get(name) ?? newGroup();
    this.#groups.set(name, known);
    return known;
  }

  #sums(spans: ReadonlyMap<string, readonly Span[]>): { ms: Sums; begun: Sums } {
    const { period, sustainedMs } = this.#terms;
    const [ms, begun] = [new Sums(), new Sums()];
    for (const [meter, own] of spans) {
      const group = this.#places.groupOf(this.#areas.get(meter) ?? '');
      const clipped = clip(own, period, sustainedMs);
      ms.add(group, BigInt(clipped.ms));
      begun.add(group, BigInt(clipped.begun));
    }
    return { ms, begun };
  }
}

/** Exact sums by group, and of all. */
class Sums {
  readonly #sums = new Map<string, bigint>();
  #total = 0n;

  add(group: string | null, amount: bigint): void {
    if (group === null) return;
    this.#sums.set(group, (this.#sums.get(group) ?? 0n) + amount);
    this.#total += amount;
  }

  /** Of all when the group is null. */
  of(group: string | null): bigint {
    return group === null ? this.#total : (this.#sums.get(group) ?? 0n);
  }

  groups(): Iterable<string> {
    return this.#sums.keys();
  }
}

function newGroup(): Group {
  return { outages: new Set(), resolved: new Set(), delays: new Map() };
}

function perPeriod(servedMs: bigint, { from, to }: Span): number {
  return to > from ? Number(servedMs) / (to - from) : 0;
}

function interruptions(begun: bigint, customerMs: bigint, served: number): Interruptions {
  const customerInterruptions = Number(begun);
  const minutes = Number(customerMs) / 60_000;
  return {
    customerInterruptions,
    customerMs,
    saidiMin: served > 0 ? minutes / served : null,
    saifi: served > 0 ? customerInterruptions / served : null,
    caidiMin: customerInterruptions > 0 ? minutes / customerInterruptions : null,
  };
}

/** Nearest rank: the least value that the share does not exceed. */
function quantiles(values: readonly number[]): Reliability['toIncidentMs'] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return sorted.length === 0 ? null : { p50: at(0.5), p95: at(0.95), max: at(1) };
}
