import { neutralCurrent, type Terminals } from './electrical.ts';

/** Energy registers as the meter's protocol gives them: 645 in steps of 10 Wh, Modbus as float32 kWh. */
export interface Energies {
  readonly importWh: number;
  /** Rates 1 尖, 2 峰, 3 平, 4 谷; null for a meter without rates. */
  readonly t1Wh: number | null;
  readonly t2Wh: number | null;
  readonly t3Wh: number | null;
  readonly t4Wh: number | null;
  readonly exportWh: number;
  /** By rate; null for a meter without rates. */
  readonly exportRatesWh: readonly number[] | null;
  /** Combined reactive 1 and its rates (null for a meter without rates); quadrants other than the first stay at 0. */
  readonly reactiveImportVarh: number;
  readonly reactiveRatesVarh: readonly number[] | null;
  readonly reactiveExportVarh: number;
}

/** Phases a meter does not have are null. */
export interface PerPhase {
  readonly total: number;
  readonly a: number;
  readonly b: number | null;
  readonly c: number | null;
}

export interface Instantaneous {
  readonly voltagesV: readonly [a: number, b: number | null, c: number | null];
  readonly currentsA: readonly [a: number, b: number | null, c: number | null];
  readonly currentNeutralA: number | null;
  readonly powersW: PerPhase;
  readonly reactivePowersVar: PerPhase;
  readonly apparentPowersVa: PerPhase;
  readonly powerFactors: PerPhase;
  readonly frequencyHz: number;
}

/** Everything a correct collector can learn from one meter at one second. */
export interface Registers extends Energies, Instantaneous {
  readonly relayOpen: boolean;
  readonly onBattery: boolean;
  /** Meter clock minus true time. */
  readonly clockOffsetS: number;
}

/** Counted energies before the protocol rounds them: integer mWh (mvarh), already rolled over. */
export interface CountedEnergies {
  readonly importMwh: number;
  readonly ratesMwh: readonly number[];
  readonly exportMwh: number;
  readonly exportRatesMwh: readonly number[];
  readonly reactiveMvarh: number;
  readonly reactiveRatesMvarh: readonly number[];
}

export function dlt645Energies(counted: CountedEnergies): Energies {
  const step = (mwh: number): number => Math.floor(mwh / 10_000) * 10;
  const [t1 = 0, t2 = 0, t3 = 0, t4 = 0] = counted.ratesMwh;
  return {
    importWh: step(counted.importMwh),
    t1Wh: step(t1),
    t2Wh: step(t2),
    t3Wh: step(t3),
    t4Wh: step(t4),
    exportWh: step(counted.exportMwh),
    exportRatesWh: counted.exportRatesMwh.map(step),
    reactiveImportVarh: step(counted.reactiveMvarh),
    reactiveRatesVarh: counted.reactiveRatesMvarh.map(step),
    reactiveExportVarh: 0,
  };
}

/** kWh as the float32 on the wire. */
export function kwhFloat(mwh: number): number {
  return Math.fround(Math.floor(mwh / 1000) / 1000);
}

export function modbusEnergies(counted: CountedEnergies): Energies {
  const wh = (mwh: number): number => Math.round(kwhFloat(mwh) * 1000);
  return {
    importWh: wh(counted.importMwh),
    t1Wh: null,
    t2Wh: null,
    t3Wh: null,
    t4Wh: null,
    exportWh: wh(counted.exportMwh),
    exportRatesWh: null,
    reactiveImportVarh: wh(counted.reactiveMvarh),
    reactiveRatesVarh: null,
    reactiveExportVarh: 0,
  };
}

type Round = (value: number) => number;

/** Formats XXX.X V, XXX.XXX A, XX.XXXX kW, X.XXX, XX.XX Hz; 24-bit powers hold 79.9999 kW beside the sign. */
const decimals =
  (digits: number, most = Number.POSITIVE_INFINITY): Round =>
  (value) => {
    const scale = 10 ** digits;
    const whole = Math.min(Math.round(Math.abs(value) * scale), Math.round(most * scale));
    return whole === 0 ? 0 : (Math.sign(value) * whole) / scale;
  };

const DLT645 = {
  volt: decimals(1),
  ampere: decimals(3, 799.999),
  watt: decimals(1, 79_999.9),
  ratio: decimals(3),
  hertz: decimals(2),
};
const MODBUS = {
  volt: Math.fround,
  ampere: (value: number): number => Math.fround(Math.abs(value)),
  watt: Math.fround,
  ratio: Math.fround,
  hertz: Math.fround,
};

export function instantaneous(protocol: 'dlt645' | 'modbus', felt: Terminals): Instantaneous {
  const round = protocol === 'dlt645' ? DLT645 : MODBUS;
  const phases = (values: readonly number[], to: Round): readonly [number, number | null, number | null] => {
    const [a = 0, b, c] = values;
    return [to(a), b === undefined ? null : to(b), c === undefined ? null : to(c)];
  };
  const perPhase = (values: readonly number[], total: number, to: Round): PerPhase => {
    const [a, b, c] = phases(values, to);
    return { total: to(total), a, b, c };
  };
  const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
  const apparent = felt.wattsW.map((watts, i) => Math.hypot(watts, felt.varsVar[i] ?? 0));
  const factors = felt.wattsW.map((watts, i) => powerFactor(watts, apparent[i] ?? 0));
  return {
    voltagesV: phases(felt.voltagesV, round.volt),
    currentsA: phases(felt.currentsA, round.ampere),
    currentNeutralA: protocol === 'dlt645' ? round.ampere(neutralCurrent(felt.currentsA)) : null,
    powersW: perPhase(felt.wattsW, sum(felt.wattsW), round.watt),
    reactivePowersVar: perPhase(felt.varsVar, sum(felt.varsVar), round.watt),
    apparentPowersVa: perPhase(apparent, sum(apparent), round.watt),
    powerFactors: perPhase(factors, powerFactor(sum(felt.wattsW), sum(apparent)), round.ratio),
    frequencyHz: round.hertz(felt.frequencyHz),
  };
}

/** A meter without load shows 1. */
function powerFactor(watts: number, apparent: number): number {
  return apparent === 0 ? 1 : watts / apparent;
}
