import { DAY_S, dateText, EPOCH_S, HOUR_S, midnightOf, QUARTER_S, wholeSecond } from '../clock/local-time.ts';
import type { Fault } from '../faults/fault.ts';
import type { FaultSet } from '../faults/fault-set.ts';
import type { DaySource } from '../load/day-source.ts';
import type { EnergyTrack } from '../load/energy-track.ts';
import { seedOf } from '../load/hash.ts';
import { type Condition, conditionOf, isPowered, LOST_PHASE, suffers } from './condition.ts';
import { Counter } from './counter.ts';
import { type Installation, installation, terminals } from './electrical.ts';
import { type Mark, MeterClock } from './meter-clock.ts';
import { dlt645Energies, type Energies, instantaneous, modbusEnergies, type Registers } from './registers.ts';
import { type MeterSpec, MODEL_FACTS } from './spec.ts';

/** Energies with the two times of a record, UTC ms: the meter's own stamp, and when it truly was written. */
export interface Frozen extends Energies {
  readonly stampMs: number;
  readonly takenMs: number;
}

export interface ProfileRecord extends Registers {
  readonly stampMs: number;
  readonly takenMs: number;
}

/** Start and end by the meter's clock, UTC ms; end is null while the power is still off. */
export interface PowerDown {
  readonly startMs: number;
  readonly endMs: number | null;
}

/** Freezes kept by a DL/T 645-2007 meter, and how often it writes one. */
export const FREEZES = { day: { stepS: DAY_S, kept: 62 }, hour: { stepS: HOUR_S, kept: 254 } } as const;
export type FreezeKind = keyof typeof FREEZES;

/** Load profile memory of a DL/T 645-2007 meter at one record every 15 minutes. */
export const PROFILE_DAYS = 40;

/** One meter as a function of time: nothing is stored, any past second can be asked for. */
export class SimMeter {
  readonly spec: MeterSpec;
  readonly installation: Installation;
  readonly seed: number;
  readonly #areaSeed: number;
  readonly #faults: FaultSet;
  readonly #counter: Counter;
  #condition: Condition;
  #clock: MeterClock;
  #last: { readonly second: number; readonly registers: Registers } | undefined;

  constructor(spec: MeterSpec, worldSeed: number, source: DaySource, faults: FaultSet) {
    const { rolloverWh, phases } = MODEL_FACTS[spec.model];
    this.spec = spec;
    this.seed = seedOf(spec.id, worldSeed);
    this.installation = installation(this.seed, phases);
    this.#areaSeed = seedOf(spec.area, worldSeed);
    this.#faults = faults;
    this.#counter = new Counter({ seed: this.seed, rolloverWh, tangent: this.installation.tangent, source });
    this.#condition = conditionOf([], this.installation.shares);
    this.#clock = new MeterClock(spec.clockOffsetS, []);
  }

  get protocol(): 'dlt645' | 'modbus' {
    return MODEL_FACTS[this.spec.model].protocol;
  }

  get phases(): 1 | 3 {
    return MODEL_FACTS[this.spec.model].phases;
  }

  get faults(): readonly Fault[] {
    return this.#faults.of(this.spec);
  }

  /** What passes the service of this customer, for the supply meter of the area. */
  get flow(): EnergyTrack {
    return this.#counter.flow;
  }

  /** The faults that strike this meter, or what is behind it, changed from `fromS` on. */
  faultsChanged(fromS: number): void {
    this.#last = undefined;
    this.#condition = conditionOf(this.faults, this.installation.shares);
    this.#clock = new MeterClock(this.spec.clockOffsetS, this.faults);
    this.#counter.change(this.#condition, fromS);
  }

  /** Without power only the supply meter answers, from its battery, and only if it is a DL/T 645 meter. */
  canAnswer(atMs: number): boolean {
    return this.isPowered(atMs) || (this.spec.role === 'supply' && this.protocol === 'dlt645');
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
    const counted = this.#counter.at(second);
    return this.protocol === 'dlt645' ? dlt645Energies(counted) : modbusEnergies(counted);
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

  /** The load profile record with this stamp, UTC ms, if the meter wrote one. */
  loadProfile(slotMs: number): ProfileRecord | undefined {
    const stampS = wholeSecond(slotMs);
    const takenS = this.#clock.takenAt(stampS);
    if (this.protocol !== 'dlt645' || takenS === undefined || takenS < EPOCH_S) return undefined;
    if ((stampS - EPOCH_S) % QUARTER_S !== 0 || !isPowered(this.#condition.powerOff, takenS)) return undefined;
    return { ...this.#registers(takenS), stampMs: stampS * 1000, takenMs: takenS * 1000 };
  }

  /** Interruptions that began up to this moment, latest first. */
  powerDowns(beforeMs: number): PowerDown[] {
    const now = wholeSecond(beforeMs);
    return this.#condition.powerOff
      .filter(({ fromS }) => fromS <= now && fromS > EPOCH_S)
      .map(({ fromS, untilS }) => ({
        startMs: this.#clock.shows(fromS) * 1000,
        endMs: untilS <= now ? this.#clock.shows(untilS) * 1000 : null,
      }))
      .reverse();
  }

  #frozen({ stampS, takenS }: Mark): Frozen {
    return { ...this.energies(takenS), stampMs: stampS * 1000, takenMs: takenS * 1000 };
  }

  #hasFreeze(kind: FreezeKind, { stampS, takenS }: Mark): boolean {
    if (this.protocol !== 'dlt645' || takenS < EPOCH_S || !isPowered(this.#condition.powerOff, takenS)) return false;
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
    const lostPhase = suffers(this.faults, 'phase-lost', second) ? LOST_PHASE : null;
    const supply = { areaSeed: this.#areaSeed, phase: this.spec.phase ?? 0, powered, lostPhase };
    return {
      ...this.energies(second),
      ...instantaneous(this.protocol, terminals(second, loadW, this.installation, supply)),
      relayOpen: suffers(this.faults, 'relay-open', second),
      onBattery: !powered,
      clockOffsetS: this.#clock.offsetAt(second),
    };
  }
}
