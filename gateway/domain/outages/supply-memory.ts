import { PHASES, type Phase } from '#contract/quantities.ts';
import type { SupplyText } from './engine-types.ts';
import { NewestMoments } from './newest-moments.ts';
import type { OffPoint, Recorded, RunSettings } from './run.ts';
import { Timeline } from './timeline.ts';
import { timelineOf, timelineText } from './timeline-text.ts';
import type { OutageTopology } from './topology.ts';

/**
 * Moments that are kept of each meter. More with supply, because they contradict outages that are told late: with fewer it
 * would matter whether the outage or the newer moments are told first.
 */
const KEPT_LIT = 8;
const KEPT = 4;

/** Of a meter that was ever dark: its supply, and its phases where one was missing. */
export interface MeterTimelines {
  readonly supply: Timeline;
  readonly phases: Map<Phase, Timeline>;
}

/**
 * What is known of the supply of all meters of a topology, by their numbers: of each the newest moments, and only of
 * those that were ever dark a timeline.
 */
export class SupplyMemory {
  readonly #settings: RunSettings;
  #lit: NewestMoments;
  #silent: NewestMoments;
  /** With all phases. */
  #whole: NewestMoments;
  /** By answers that said nothing of supply. */
  #answered: NewestMoments;
  /** 1: it was seen to answer without supply, on battery or on another feed. That it answers says nothing then. */
  readonly #answersDark: Uint8Array;
  #timelines = new Map<number, MeterTimelines>();
  /** Timelines that changed since they were last written. */
  readonly #unwritten = new Set<number>();

  constructor(meters: number, settings: RunSettings) {
    this.#settings = settings;
    this.#lit = new NewestMoments(meters, KEPT_LIT);
    this.#silent = new NewestMoments(meters, KEPT);
    this.#whole = new NewestMoments(meters, KEPT);
    this.#answered = new NewestMoments(meters, KEPT);
    this.#answersDark = new Uint8Array(meters);
  }

  get timelines(): ReadonlyMap<number, MeterTimelines> {
    return this.#timelines;
  }

  /** The same memory under the numbers of another topology; what is no longer there is returned by id. */
  moved(from: OutageTopology, to: OutageTopology): { memory: SupplyMemory; gone: string[] } {
    const memory = new SupplyMemory(to.meters.ids.size, this.#settings);
    const gone: string[] = [];
    for (const [number, id] of from.meters.ids.texts.entries()) {
      const next = to.meters.ids.numberOf(id);
      const timelines = this.#timelines.get(number);
      if (next === undefined) {
        if (timelines) gone.push(id);
        continue;
      }
      memory.#lit.copyFrom(this.#lit, number, next);
      memory.#silent.copyFrom(this.#silent, number, next);
      memory.#whole.copyFrom(this.#whole, number, next);
      memory.#answered.copyFrom(this.#answered, number, next);
      memory.#answersDark[next] = this.#answersDark[number] ?? 0;
      if (timelines) memory.#timelines.set(next, timelines);
      if (this.#unwritten.has(number)) memory.#unwritten.add(next);
    }
    return { memory, gone };
  }

  restore(meter: number, text: string): void {
    const [line = '', ...phases] = text.split('|');
    const supply = timelineOf(line, this.#settings);
    if (supply.points.offs.some(({ by }) => isSeen(by))) this.#answersDark[meter] = 1;
    this.#timelines.set(meter, {
      supply,
      phases: new Map(phases.map((each) => [phaseOf(each), timelineOf(each.slice(1), this.#settings)])),
    });
  }

  /** The timelines that changed since this was last asked, as they are to be kept. */
  written(topology: OutageTopology): SupplyText[] {
    const texts: SupplyText[] = [];
    for (const meter of this.#unwritten) {
      const id = topology.meters.ids.texts[meter];
      const known = this.#timelines.get(meter);
      if (id === undefined || !known) continue;
      const phases = [...known.phases].map(([phase, timeline]) => `${phase}${timelineText(timeline)}`);
      texts.push({ meter: id, text: [timelineText(known.supply), ...phases].join('|') });
    }
    this.#unwritten.clear();
    return texts;
  }

  /** Supply at a moment, of all phases when `whole`. True when it changes an interruption that is remembered. */
  lit(meter: number, at: number, whole: boolean): boolean {
    this.#lit.add(meter, at);
    if (whole) this.#whole.add(meter, at);
    const known = this.#timelines.get(meter);
    if (!known) return false;
    let changed = known.supply.needsOn(at) && known.supply.addOn(at);
    if (whole) {
      for (const timeline of known.phases.values()) {
        if (timeline.needsOn(at) && timeline.addOn(at)) changed = true;
      }
    }
    if (changed) this.#unwritten.add(meter);
    return changed;
  }

  /** True when it makes an interruption that is remembered known to last longer. */
  silent(meter: number, at: number): boolean {
    this.#silent.add(meter, at);
    return this.#timelines.get(meter)?.supply.addSilent(at) ?? false;
  }

  /** Its own word that supply is back: up to then there was none. True when it changes an interruption. */
  back(meter: number, at: number): boolean {
    const lit = this.lit(meter, at, false);
    return this.silent(meter, at - 1) || lit;
  }

  /** That it answered, without a word on its supply: a sign of supply, unless it answers without. */
  answered(meter: number, at: number): boolean {
    if (this.#answersDark[meter] === 1) return false;
    this.#answered.add(meter, at);
    return this.lit(meter, at, false);
  }

  dark(meter: number, point: OffPoint): boolean {
    if (isSeen(point.by) && this.#answersDark[meter] === 0) this.#forgetAnswers(meter);
    return this.#learnt(meter, this.#timelinesOf(meter).supply.addOff(point));
  }

  recorded(meter: number, record: Recorded): boolean {
    return this.#learnt(meter, this.#timelinesOf(meter).supply.addRecord(record));
  }

  /** States of single phases while at least one is there. */
  phases(meter: number, at: number, seenAt: number, present: readonly Phase[], missing: readonly Phase[]): boolean {
    const known = missing.length > 0 ? this.#timelinesOf(meter) : this.#timelines.get(meter);
    if (!known) return false;
    let changed = false;
    for (const phase of missing) {
      if (this.#phaseOf(known, meter, phase).addOff({ at, by: 'phase_off', seenAt })) changed = true;
    }
    for (const phase of present) {
      const timeline = known.phases.get(phase);
      if (timeline?.needsOn(at) && timeline.addOn(at)) changed = true;
    }
    return this.#learnt(meter, changed);
  }

  /** The timeline of a phase that is told to be missing, with the newest moments at which none was. */
  #phaseOf({ phases }: MeterTimelines, meter: number, phase: Phase): Timeline {
    let timeline = phases.get(phase);
    if (!timeline) {
      timeline = new Timeline(this.#settings);
      phases.set(phase, timeline);
    }
    for (const at of this.#whole.of(meter)) timeline.addOn(at);
    return timeline;
  }

  /** A moment with supply in (from, to), or 0. */
  litBetween(meter: number, from: number, to: number): number {
    return this.#lit.between(meter, from, to) || (this.#timelines.get(meter)?.supply.litBetween(from, to) ?? 0);
  }

  /** Whether supply after `at` may be forgotten. */
  mayLackLit(meter: number, at: number): boolean {
    return this.#lit.mayLack(meter, at);
  }

  litAt(meter: number): number {
    return Math.max(this.#lit.newest(meter), this.#timelines.get(meter)?.supply.newestOn ?? 0);
  }

  silentAt(meter: number): number {
    return this.#silent.newest(meter);
  }

  /** The newest known moment in (from, to) at which the meter did not answer, or 0. */
  silentBetween(meter: number, from: number, to: number): number {
    const known = this.#timelines.get(meter);
    return known ? known.supply.silentBetween(from, to) : this.#silent.newestBetween(meter, from, to);
  }

  /** All known moments in (from, to) at which the meter did not answer, ascending. */
  silentsBetween(meter: number, from: number, to: number): readonly number[] {
    const known = this.#timelines.get(meter);
    if (known) return known.supply.silentsBetween(from, to);
    return this.#silent.of(meter).filter((at) => at > from && at < to);
  }

  #timelinesOf(meter: number): MeterTimelines {
    const known = this.#timelines.get(meter);
    if (known) {
      // What was not needed so far may part the interruption that is told now from the one before.
      for (const at of this.#lit.of(meter)) known.supply.addOn(at);
      return known;
    }
    const made: MeterTimelines = { supply: new Timeline(this.#settings), phases: new Map() };
    for (const at of this.#lit.of(meter)) made.supply.addOn(at);
    for (const at of this.#silent.of(meter)) made.supply.addSilent(at);
    this.#timelines.set(meter, made);
    return made;
  }

  /** What was taken for supply because it answered is taken back; what it said of its supply stays. */
  #forgetAnswers(meter: number): void {
    this.#answersDark[meter] = 1;
    const whole = this.#whole.of(meter);
    const taken = new Set(this.#answered.of(meter).filter((at) => !whole.includes(at)));
    const stays = (at: number): boolean => !taken.has(at);
    const lit = this.#lit.of(meter).filter(stays);
    this.#lit.clear(meter);
    for (const at of lit) this.#lit.add(meter, at);
    const known = this.#timelines.get(meter);
    if (!known) return;
    const { points } = known.supply;
    const supply = new Timeline(this.#settings, { ...points, ons: points.ons.filter(stays) });
    this.#timelines.set(meter, { ...known, supply });
  }

  #learnt(meter: number, changed: boolean): boolean {
    if (changed) this.#unwritten.add(meter);
    return changed;
  }
}

/** Seen by a reading, which the meter answered. */
function isSeen(by: OffPoint['by']): boolean {
  return by === 'voltage_off' || by === 'on_battery';
}

function phaseOf(line: string): Phase {
  return PHASES.find((phase) => line.startsWith(phase)) ?? 'a';
}
