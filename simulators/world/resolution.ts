import { neutralCurrent, type Terminals } from './electrical.ts';
import type { CountedEnergies, Energies, Instantaneous, PerPhase } from './registers.ts';

type Round = (value: number) => number;

/** What a model makes of what it feels and counts before it gives it out. */
interface Resolution {
  readonly volt: Round;
  readonly ampere: Round;
  readonly watt: Round;
  readonly ratio: Round;
  readonly hertz: Round;
  /** mWh to Wh. */
  readonly energy: Round;
  /** With registers by rate. */
  readonly rates: boolean;
  readonly neutral: boolean;
}

const decimals =
  (digits: number, most = Number.POSITIVE_INFINITY): Round =>
  (value) => {
    const scale = 10 ** digits;
    const whole = Math.min(Math.round(Math.abs(value) * scale), Math.round(most * scale));
    return whole === 0 ? 0 : (Math.sign(value) * whole) / scale;
  };
/** A current without the sign that DL/T meters give it. */
const magnitude =
  (round: Round): Round =>
  (value) =>
    round(Math.abs(value));
const steps =
  (wh: number): Round =>
  (mwh) =>
    Math.floor(mwh / (wh * 1000)) * wh;

/** kWh as the float32 on the wire. */
function kwhFloat(mwh: number): number {
  return Math.fround(Math.floor(mwh / 1000) / 1000);
}
const floatKwh: Round = (mwh) => Math.round(kwhFloat(mwh) * 1000);

/** Formats XXX.X V, XXX.XXX A, XX.XXXX kW, X.XXX, XX.XX Hz; 24-bit powers hold 79.9999 kW beside the sign. */
const DLT645: Resolution = {
  volt: decimals(1),
  ampere: decimals(3, 799.999),
  watt: decimals(1, 79_999.9),
  ratio: decimals(3),
  hertz: decimals(2),
  energy: steps(10),
  rates: true,
  neutral: true,
};
const FLOAT: Resolution = {
  volt: Math.fround,
  ampere: magnitude(Math.fround),
  watt: Math.fround,
  ratio: Math.fround,
  hertz: Math.fround,
  energy: floatKwh,
  rates: false,
  neutral: false,
};

export type ResolutionName =
  | 'dlt645'
  | 'dlt645-1997'
  | 'float'
  | 'dtsu666'
  | 'iem3155'
  | 'em24'
  | 'sunspec-203'
  | 'sunspec-213';

const RESOLUTIONS: Readonly<Record<ResolutionName, Resolution>> = {
  dlt645: DLT645,
  // Whole volts, hundredths of an ampere, and powers without a sign.
  'dlt645-1997': {
    ...DLT645,
    volt: decimals(0),
    ampere: magnitude(decimals(2, 99.99)),
    watt: magnitude(decimals(1, 999_999.9)),
    neutral: false,
  },
  float: FLOAT,
  // Floats that hold whole numbers of the last digit.
  dtsu666: {
    ...FLOAT,
    volt: decimals(1),
    ampere: magnitude(decimals(3)),
    watt: decimals(1),
    ratio: decimals(3),
    hertz: decimals(2),
  },
  // Power in kW as float32, energy in whole Wh.
  iem3155: { ...FLOAT, watt: (value) => Math.fround(value / 1000) * 1000, energy: steps(1) },
  em24: {
    ...FLOAT,
    volt: decimals(1),
    ampere: magnitude(decimals(3)),
    watt: decimals(1),
    ratio: decimals(3),
    hertz: decimals(1),
    energy: steps(100),
  },
  // The scale factors of simulators/modbus/sunspec-map.ts; a signed 16-bit number ends at 32767.
  'sunspec-203': {
    ...FLOAT,
    volt: decimals(1),
    ampere: magnitude(decimals(2, 327.67)),
    watt: decimals(0, 32_767),
    ratio: decimals(3),
    hertz: decimals(2),
    energy: steps(1),
  },
  'sunspec-213': { ...FLOAT, energy: (mwh) => Math.fround(Math.floor(mwh / 1000)) },
};

/** Energy registers as a model gives them. */
export function shownEnergies(name: ResolutionName, counted: CountedEnergies): Energies {
  const { energy, rates } = RESOLUTIONS[name];
  const by = (values: readonly number[]): readonly number[] | null => (rates ? values.map(energy) : null);
  const [t1 = null, t2 = null, t3 = null, t4 = null] = by(counted.ratesMwh) ?? [];
  return {
    importWh: energy(counted.importMwh),
    t1Wh: t1,
    t2Wh: t2,
    t3Wh: t3,
    t4Wh: t4,
    exportWh: energy(counted.exportMwh),
    exportRatesWh: by(counted.exportRatesMwh),
    reactiveImportVarh: energy(counted.reactiveMvarh),
    reactiveRatesVarh: by(counted.reactiveRatesMvarh),
    reactiveExportVarh: 0,
  };
}

/** What a model shows of what is on its terminals. */
export function shownInstants(name: ResolutionName, felt: Terminals): Instantaneous {
  const round = RESOLUTIONS[name];
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
    currentNeutralA: round.neutral ? round.ampere(neutralCurrent(felt.currentsA)) : null,
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
