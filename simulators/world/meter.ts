import {
  DAY_S,
  dateText,
  EPOCH_S,
  HOUR_S,
  midnightOf,
  monthStartBefore,
  QUARTER_S,
  wholeSecond,
} from '../clock/local-time.ts';
import { type Fault, isActive, spanOf, type Target } from '../faults/fault.ts';
import { type FaultSet, type Place, strikes } from '../faults/fault-set.ts';
import type { DaySource } from '../load/day-source.ts';
import type { EnergyTrack } from '../load/energy-track.ts';
import { seedOf } from '../load/hash.ts';
import {
  type Condition,
  conditionOf,
  isPowered,
  LOST_PHASE,
  type Struck,
  struckTerminal,
  suffers,
  VOLTAGE_LEFT,
} from './condition.ts';
import { Counter } from './counter.ts';
import { cupboardTemperature, type Installation, installation, terminals } from './electrical.ts';
import { isLacking, type Lack } from './lacks.ts';
import { type Mark, MeterClock } from './meter-clock.ts';
import { type Occurrence, occurrences, type PowerDown } from './occurrence.ts';
import type { CountedEnergies, Energies, Registers } from './registers.ts';
import { type ResolutionName, shownEnergies, shownInstants } from './resolution.ts';
import { type MeterSpec, MODEL_FACTS, type PhaseIndex, type Protocol } from './spec.ts';

/** Energies with the two times of a record, UTC ms: the meter's own stamp, and when it truly was written. */
export interface Frozen extends Energies {
  readonly stampMs: number;
  readonly takenMs: number;
}

export interface ProfileRecord extends Registers {
  readonly stampMs: number;
  readonly takenMs: number;
}

/** Freezes kept by a DL/T 645-2007 meter, and how often it writes one. */
export const FREEZES = { day: { stepS: DAY_S, kept: 62 }, hour: { stepS: HOUR_S, kept: 254 } } as const;
export type FreezeKind = keyof typeof FREEZES;

/** Month freezes kept. */
const MONTHS_KEPT = 12;

/** What a meter says too much while it lies. */
const LIE_MWH = 5_000_000;

/** Load profile memory of a DL/T 645-2007 meter at one record every 15 minutes. */
export const PROFILE_DAYS = 40;

/** One meter as a function of time: nothing is stored, any past second can be asked for. */
export class SimMeter {
  readonly spec: MeterSpec;
  readonly installation: Installation;
  readonly seed: number;
  readonly #areaSeed: number;
  readonly #place: Place;
  readonly #faults: FaultSet;
  readonly #counter: Counter;
  #condition: Condition;
  #clock: MeterClock;
  #lying = false;
  #last: { readonly second: number; readonly registers: Registers } | undefined;

  constructor(spec: MeterSpec, worldSeed: number, source: DaySource, where: { faults: FaultSet; feeder: string }) {
    const { rolloverWh, phases } = MODEL_FACTS[spec.model];
    const { faults, feeder } = where;
    this.spec = spec;
    this.#place = { ...spec, feeder };
    this.seed = seedOf(spec.id, worldSeed);
    this.installation = installation(this.seed, phases);
    this.#areaSeed = seedOf(spec.area, worldSeed);
    this.#faults = faults;
    this.#counter = new Counter({ seed: this.seed, rolloverWh, tangent: this.installation.tangent, source });
    this.#condition = conditionOf([], this.#struck);
    this.#clock = new MeterClock(spec.clockOffsetS, []);
  }

  get protocol(): Protocol {
    return MODEL_FACTS[this.spec.model].protocol;
  }

  get phases(): 1 | 3 {
    return MODEL_FACTS[this.spec.model].phases;
  }

  get faults(): readonly Fault[] {
    return this.#faults.of(this.#place);
  }

  isStruckBy(target: Target): boolean {
    return strikes(target, this.#place);
  }

  /** What passes the service of this customer, for the supply meter of the area. */
  get flow(): EnergyTrack {
    return this.#counter.flow;
  }

  /** The faults that strike this meter, or what is behind it, changed from `fromS` on. */
  faultsChanged(fromS: number): void {
    this.#last = undefined;
    this.#condition = conditionOf(this.faults, this.#struck);
    this.#clock = new MeterClock(this.spec.clockOffsetS, this.faults);
    this.#counter.change(this.#condition, fromS);
  }

  /** Without power only the supply meter answers, from its battery, and only if it is a DL/T meter. */
  canAnswer(atMs: number): boolean {
    return this.isPowered(atMs) || (this.spec.role === 'supply' && this.protocol !== 'modbus');
  }

  /** Says nothing, whoever asks. */
  isSilent(atMs: number): boolean {
    return !this.canAnswer(atMs) || suffers(this.faults, 'dead', wholeSecond(atMs));
  }

  /** Most bytes in one frame, where a fault makes it fewer than usual. */
  frameLimit(atMs: number): number | undefined {
    return this.faults.findLast((fault) => fault.kind === 'follow-frames' && isActive(fault, atMs))?.params.most;
  }

  isPowered(atMs: number): boolean {
    return isPowered(this.#condition.powerOff, wholeSecond(atMs));
  }

  registers(atMs: number): Registers {
    const second = wholeSecond(atMs);
    if (this.#last?.second !== second) this.#last = { second, registers: this.#registers(second) };
    return this.#last.registers;
  }

  energies(second: number): Energies {
    return shownEnergies(this.#resolution, this.counted(second));
  }

  /** The same before the model rounds it. */
  counted(second: number): CountedEnergies {
    const counted = this.#counter.at(second);
    if (!this.#lying) return counted;
    const [first = 0, ...rates] = counted.ratesMwh;
    return { ...counted, importMwh: counted.importMwh + LIE_MWH, ratesMwh: [first + LIE_MWH, ...rates] };
  }

  /** What is said while `say` runs has an import register that is 5 kWh too high. */
  lying<T>(say: () => T): T {
    this.#lying = true;
    this.#last = undefined;
    try {
      return say();
    } finally {
      this.#lying = false;
      this.#last = undefined;
    }
  }

  /** True when the meter has no such thing, or a fault took it away. */
  lacks(what: Lack, atMs: number): boolean {
    return isLacking(this.spec.options, this.faults, what, atMs);
  }

  /** What the meter's clock shows, UTC ms in whole seconds. */
  clockMs(atMs: number): number {
    return this.#clock.shows(wholeSecond(atMs)) * 1000;
  }

  /** The day freeze with the stamp of this local date (or of this midnight, UTC ms), if the meter wrote one. */
  dayFreeze(day: string | number): Frozen | undefined {
    const stampS = typeof day === 'string' ? midnightOf(day) : wholeSecond(day);
    const takenS = stampS === undefined ? undefined : this.#clock.takenAt(stampS);
    if (stampS === undefined || takenS === undefined || (stampS - EPOCH_S) % DAY_S !== 0) return undefined;
    const mark = { stampS, takenS };
    return this.#hasFreeze('day', mark) ? this.#frozen(mark) : undefined;
  }

  /** The freezes that the meter holds, latest first. */
  *freezes(kind: FreezeKind, atMs: number): Generator<Frozen> {
    let kept = 0;
    for (const mark of this.#clock.marks(FREEZES[kind].stepS, wholeSecond(atMs))) {
      if (!this.#hasFreeze(kind, mark)) continue;
      yield this.#frozen(mark);
      kept += 1;
      if (kept === FREEZES[kind].kept) return;
    }
  }

  /** Records of the first of each month at 00:00, latest first. */
  *monthFreezes(atMs: number): Generator<Frozen> {
    const shown = this.#clock.shows(wholeSecond(atMs));
    for (let n = 1; n <= MONTHS_KEPT; n++) {
      const stampS = monthStartBefore(shown, n);
      const takenS = this.#clock.takenAt(stampS);
      if (takenS !== undefined && this.#hasFreeze('hour', { stampS, takenS })) yield this.#frozen({ stampS, takenS });
    }
  }

  /** The load profile record with this stamp, UTC ms, if the meter wrote one. */
  loadProfile(slotMs: number): ProfileRecord | undefined {
    const stampS = wholeSecond(slotMs);
    const takenS = this.#clock.takenAt(stampS);
    if (!this.#keepsRecords || this.spec.options?.noLoadProfile || takenS === undefined || takenS < EPOCH_S) {
      return undefined;
    }
    if ((stampS - EPOCH_S) % QUARTER_S !== 0 || !isPowered(this.#condition.powerOff, takenS)) return undefined;
    return { ...this.#registers(takenS), stampMs: stampS * 1000, takenMs: takenS * 1000 };
  }

  /** Interruptions that began up to this moment, latest first. */
  powerDowns(beforeMs: number): PowerDown[] {
    return occurrences(this.#condition.powerOff, this.#clock, beforeMs).map(({ startMs, endMs }) => ({
      startMs,
      endMs,
    }));
  }

  /**
   * What the meter records of a kind of fault, begun up to this moment, latest first; with a phase, what befell that
   * terminal.
   */
  events(kind: Fault['kind'], beforeMs: number, phase?: PhaseIndex): Occurrence[] {
    const spans = this.faults
      .filter((fault) => fault.kind === kind && (phase === undefined || struckTerminal(fault, this.#struck) === phase))
      .map(spanOf);
    return occurrences(
      spans.toSorted((a, b) => a.fromS - b.fromS),
      this.#clock,
      beforeMs,
    );
  }

  get #struck(): Struck {
    const { phase, role } = this.spec;
    return { shares: this.installation.shares, phase: phase ?? 0, isSupply: role === 'supply' };
  }

  /** The terminal without voltage, or null. */
  #lostPhase(second: number): PhaseIndex | null {
    const lost = this.faults.find((fault) => fault.kind === 'phase-lost' && isActive(fault, second * 1000));
    return lost && this.phases === 3 ? struckTerminal(lost, this.#struck) : null;
  }

  get #resolution(): ResolutionName {
    const { model, options } = this.spec;
    return model === 'sunspec-3ph' && options?.sunspecFloats ? 'sunspec-213' : MODEL_FACTS[model].resolution;
  }

  get #keepsRecords(): boolean {
    return this.protocol === 'dlt645' || this.protocol === 'dlt698';
  }

  #frozen({ stampS, takenS }: Mark): Frozen {
    return { ...this.energies(takenS), stampMs: stampS * 1000, takenMs: takenS * 1000 };
  }

  #hasFreeze(kind: FreezeKind, { stampS, takenS }: Mark): boolean {
    if (!this.#keepsRecords || this.spec.options?.noFreezes) return false;
    if (takenS < EPOCH_S || !isPowered(this.#condition.powerOff, takenS)) return false;
    if (kind === 'hour') return true;
    const date = dateText(stampS);
    return !this.faults.some(
      ({ kind: fault, params, from, until }) =>
        fault === 'stale-freeze' &&
        (params.dates
          ? params.dates.includes(date)
          : (from ?? Number.NEGATIVE_INFINITY) <= takenS * 1000 && takenS * 1000 < (until ?? Number.POSITIVE_INFINITY)),
    );
  }

  #registers(second: number): Registers {
    const powered = isPowered(this.#condition.powerOff, second);
    const loadW = this.#counter.plainPowerW(second) * this.#condition.sensed.at(second);
    const lostPhase = this.#lostPhase(second);
    const weak = suffers(this.faults, 'voltage-loss', second) ? { phase: LOST_PHASE, left: VOLTAGE_LEFT } : null;
    const supply = { areaSeed: this.#areaSeed, phase: this.spec.phase ?? 0, powered, lostPhase, weak };
    return {
      ...this.energies(second),
      ...shownInstants(this.#resolution, terminals(second, loadW, this.installation, supply)),
      relayOpen: suffers(this.faults, 'relay-open', second),
      onBattery: !powered,
      clockOffsetS: this.#clock.offsetAt(second),
      temperatureC: cupboardTemperature(this.#areaSeed, second),
    };
  }
}
