import { PHASES, type Phase } from '#contract/quantities.ts';
import { type DarkRun, terminalNumber } from './dark-run.ts';
import type { Kept, MeterSupply, SupplyText } from './engine-types.ts';
import type { Evidence, MeterEvidence, TerminalEvidence } from './evidence-types.ts';
import type { PhaseRuns } from './phase-incident.ts';
import type { Run } from './run.ts';
import type { OutageSettings } from './settings.ts';
import { SupplyMemory } from './supply-memory.ts';
import type { SwitchedOff } from './switched-off.ts';
import { Timeline } from './timeline.ts';
import { timelineOf, timelineText } from './timeline-text.ts';
import { NONE, type OutageTopology } from './topology.ts';
import { feederOf, nodeAbove } from './tree.ts';

/** Before the id of a terminal in the supply that is kept: ids have no such sign. */
const TERMINAL = '@';

/** What a fact touched: the node it is about, and the times within which something was learnt, UTC ms. */
export interface Touch {
  /** `run`: an interruption is known now, or otherwise than before; `lit`, `silent`: only a moment. */
  readonly what: 'run' | 'lit' | 'silent';
  readonly node: number;
  /** Number of the meter; of a terminal below zero. */
  readonly thing: number;
  readonly from: number;
  readonly to: number;
}

type VoltageOn = Extract<MeterEvidence, { fact: 'voltage_on' }>;

interface PlacedRuns {
  readonly runs: readonly Run[];
  readonly placed: readonly DarkRun[];
}

/** Everything that is known of supply: of meters by number, of terminals by id. */
export class EngineFacts {
  readonly settings: OutageSettings;
  memory: SupplyMemory;
  #topology: OutageTopology;
  readonly #terminals = new Map<string, Timeline>();
  readonly #unwrittenTerminals = new Set<string>();
  /** Meters with timelines, and terminals below zero, by feeder. */
  readonly #byFeeder = new Map<number, Set<number>>();
  #gone: string[] = [];
  /** Runs with their places, as long as they stay the same, by the timeline they are of. */
  readonly #placed = new Map<Timeline, PlacedRuns>();

  constructor(topology: OutageTopology, settings: OutageSettings, kept: Kept['supply']) {
    this.settings = settings;
    this.#topology = topology;
    this.memory = new SupplyMemory(topology.meters.ids.size, settings);
    for (const { meter, text } of kept) this.#restore(meter, text);
    this.#list();
  }

  #restore(meter: string, text: string): void {
    if (meter.startsWith(TERMINAL)) {
      this.#terminals.set(meter.slice(TERMINAL.length), timelineOf(text, this.settings));
      return;
    }
    const number = this.#topology.meters.ids.numberOf(meter);
    if (number === undefined) this.#gone.push(meter);
    else this.memory.restore(number, text);
  }

  setTopology(topology: OutageTopology): void {
    const { memory, gone } = this.memory.moved(this.#topology, topology);
    this.memory = memory;
    this.#gone.push(...gone);
    this.#topology = topology;
    this.#list();
  }

  /** What an item touched; null when it told nothing new, or cannot be. */
  learn(item: Evidence): Touch | null {
    if ('way' in item || item.at > item.seenAt + this.settings.aheadMs) return null;
    return 'meter' in item ? this.#meter(item) : this.#terminal(item);
  }

  #meter(item: MeterEvidence): Touch | null {
    const meter = this.#topology.meters.ids.numberOf(item.meter);
    if (meter === undefined || this.#isElsewhere(meter, item)) return null;
    const touched = (from: number, until = from): Touch => {
      this.#enlist(meter);
      const to = this.memory.timelines.get(meter)?.supply.nextOn(until) ?? until;
      return { what: 'run', node: this.#topology.meters.node[meter] ?? NONE, thing: meter, from, to };
    };
    const moment = (what: 'lit' | 'silent'): Touch => {
      return { what, node: this.#topology.meters.node[meter] ?? NONE, thing: meter, from: at, to: at };
    };
    const { at, seenAt } = item;
    switch (item.fact) {
      case 'silent':
        this.memory.silent(meter, at);
        return moment('silent');
      case 'answered':
        return this.memory.answered(meter, at) ? touched(at) : moment('lit');
      case 'power_up':
        return this.memory.back(meter, at) ? touched(at) : moment('lit');
      case 'voltage_on': {
        const until = this.#voltageOn(meter, item);
        return until === null ? moment('lit') : touched(at, until);
      }
      case 'voltage_off':
      case 'on_battery':
        return this.memory.dark(meter, { at, by: item.fact, seenAt }) ? touched(at) : null;
      case 'power_down': {
        const changed = this.#powerDown(item.end, at, seenAt, {
          off: () => this.memory.dark(meter, { at, by: 'power_down', seenAt }),
          record: (end) => this.memory.recorded(meter, { start: at, end, seenAt }),
          short: (end) => this.memory.back(meter, end),
        });
        return changed ? touched(at, item.end ?? at) : null;
      }
    }
  }

  /** Up to when something was learnt, or null. Until when a phase is missing is not asked: it may be long. */
  #voltageOn(meter: number, { at, seenAt, present, missing }: VoltageOn): number | null {
    const phases = this.memory.phases(meter, at, seenAt, present, missing);
    const lit = this.memory.lit(meter, at, missing.length === 0);
    if (phases) return Number.POSITIVE_INFINITY;
    return lit ? at : null;
  }

  /** Before it was put in, or about when it was taken out. */
  #isElsewhere(meter: number, { at }: MeterEvidence): boolean {
    const { from, to } = this.#topology.meters;
    return at < (from[meter] ?? 0) || at >= (to[meter] ?? Number.NaN);
  }

  #powerDown(
    end: number | null,
    at: number,
    seenAt: number,
    add: { off(): boolean; record(end: number): boolean; short(end: number): boolean },
  ): boolean {
    if (end === null) return seenAt - at <= this.settings.maxDownMs && add.off();
    if (end < at || end > seenAt + this.settings.aheadMs) return false;
    // A reclosure is no outage, but its record ends what the last gasp began.
    return end - at < this.settings.minDownMs ? add.short(end) : add.record(end);
  }

  #terminal(item: TerminalEvidence): Touch | null {
    const { concentrator, at, seenAt } = item;
    const number = this.#topology.ways.concentrators.numberOf(concentrator);
    const node = this.#topology.ways.areaOf[number ?? NONE] ?? NONE;
    if (number === undefined || node === NONE) return null;
    let timeline = this.#terminals.get(concentrator);
    if (!timeline) {
      timeline = new Timeline(this.settings);
      this.#terminals.set(concentrator, timeline);
    }
    const known = timeline;
    const changed =
      item.fact === 'terminal_up'
        ? known.addOn(at)
        : this.#powerDown(item.end, at, seenAt, {
            off: () => known.addOff({ at, by: 'terminal_down', seenAt }),
            record: (end) => known.addRecord({ start: at, end, seenAt }),
            short: (end) => known.addOn(end),
          });
    if (!changed) return null;
    this.#unwrittenTerminals.add(concentrator);
    this.#enlistAt(nodeAbove(this.#topology.tree, node, 0), terminalNumber(number));
    return { what: 'run', node, thing: terminalNumber(number), from: at, to: timeline.nextOn(at) };
  }

  #enlist(meter: number): void {
    this.#enlistAt(feederOf(this.#topology, meter), meter);
  }

  #enlistAt(feeder: number, thing: number): void {
    const things = this.#byFeeder.get(feeder);
    if (things) things.add(thing);
    else this.#byFeeder.set(feeder, new Set([thing]));
  }

  #list(): void {
    this.#byFeeder.clear();
    this.#placed.clear();
    for (const meter of this.memory.timelines.keys()) this.#enlist(meter);
    const { ways, tree } = this.#topology;
    for (const id of this.#terminals.keys()) {
      const number = ways.concentrators.numberOf(id);
      const node = ways.areaOf[number ?? NONE] ?? NONE;
      if (number !== undefined && node !== NONE) this.#enlistAt(nodeAbove(tree, node, 0), terminalNumber(number));
    }
  }

  /** Interruptions of a feeder's meters and terminals that are no one's by order, and end after `forgotten`. */
  runsOf(feeder: number, forgotten: number, off: SwitchedOff): { dark: DarkRun[]; phases: PhaseRuns } {
    const dark: DarkRun[] = [];
    const phases: Record<Phase, DarkRun[]> = { a: [], b: [], c: [] };
    const { meters, ways } = this.#topology;
    for (const thing of this.#byFeeder.get(feeder) ?? []) {
      if (thing < 0) {
        const id = ways.concentrators.texts[terminalNumber(thing)] ?? '';
        const node = ways.areaOf[terminalNumber(thing)] ?? NONE;
        this.#add(dark, this.#terminals.get(id), { meter: thing, node, head: true }, forgotten, off);
        continue;
      }
      const known = this.memory.timelines.get(thing);
      if (!known || meters.idle[thing] === 1) continue;
      const own = { meter: thing, node: meters.node[thing] ?? NONE, head: meters.supply[thing] === 1 };
      this.#add(dark, known.supply, own, forgotten, off);
      for (const [phase, timeline] of known.phases) this.#add(phases[phase], timeline, own, forgotten, off);
    }
    return { dark, phases };
  }

  #add(
    list: DarkRun[],
    timeline: Timeline | undefined,
    own: Pick<DarkRun, 'meter' | 'node' | 'head'>,
    forgotten: number,
    off: SwitchedOff,
  ): void {
    if (!timeline) return;
    const { from, to } = this.#topology.meters;
    const since = own.meter < 0 ? 0 : (from[own.meter] ?? 0);
    const until = (own.meter < 0 ? Number.NaN : (to[own.meter] ?? Number.NaN)) - this.settings.exchangeMs;
    for (const run of this.#placedRuns(timeline, own)) {
      if (run.start < since || run.start >= until) continue;
      if (off.wasOff(run.meter, run.start, run.end)) continue;
      if (run.end === null || run.end > forgotten) list.push(run);
    }
  }

  #placedRuns(timeline: Timeline, { meter, node, head }: Pick<DarkRun, 'meter' | 'node' | 'head'>): readonly DarkRun[] {
    const known = this.#placed.get(timeline);
    const { runs } = timeline;
    if (known?.runs === runs) return known.placed;
    const placed = runs.map((run) => ({ ...run, meter, node, head }));
    this.#placed.set(timeline, { runs, placed });
    return placed;
  }

  /** Whether what a meter was dark for at an instant is still remembered. */
  remembers(id: string, at: number): boolean {
    const meter = this.#topology.meters.ids.numberOf(id);
    const timeline = meter === undefined ? undefined : this.memory.timelines.get(meter)?.supply;
    return timeline !== undefined && timeline.forgotten < at;
  }

  /** Whether an interruption of a meter, or of its phase, is known that overlaps a time, and ends at `until` if given. */
  wasDark(meter: number, from: number, to: number, phase: Phase | null, until: number | null = null): boolean {
    const known = this.memory.timelines.get(meter);
    const overlaps = ({ start, end }: Run): boolean =>
      start < to && (end ?? Number.POSITIVE_INFINITY) > from && (until === null || (start <= from && end === until));
    const lost = phase === null ? undefined : known?.phases.get(phase);
    return (known?.supply.runs.some(overlaps) ?? false) || (lost?.runs.some(overlaps) ?? false);
  }

  written(): { supply: SupplyText[]; forgotten: string[] } {
    const supply = this.memory.written(this.#topology);
    for (const id of this.#unwrittenTerminals) {
      const timeline = this.#terminals.get(id);
      if (timeline) supply.push({ meter: `${TERMINAL}${id}`, text: timelineText(timeline) });
    }
    this.#unwrittenTerminals.clear();
    const forgotten = this.#gone;
    this.#gone = [];
    return { supply, forgotten };
  }

  supplyOf(id: string): MeterSupply | null {
    const meter = this.#topology.meters.ids.numberOf(id);
    if (meter === undefined) return null;
    const known = this.memory.timelines.get(meter);
    const last = known?.supply.runs.at(-1);
    const onAt = Math.max(this.memory.litAt(meter), last?.end ?? 0);
    const silentAt = this.memory.silentAt(meter);
    const offAt = last?.until ?? 0;
    if (onAt === 0 && silentAt === 0 && offAt === 0) return null;
    const missing = PHASES.filter((phase) => known?.phases.get(phase)?.runs.at(-1)?.end === null);
    return {
      onAt: onAt || null,
      offAt: offAt || null,
      darkSince: last?.end === null ? last.start : null,
      silentAt: silentAt || null,
      missing,
    };
  }
}
