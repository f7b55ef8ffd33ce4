import type { PerPhase, Registers } from '../world/registers.ts';
import { type Field, float32, int16, type RegisterMap, text, uint16, uint32 } from './register-image.ts';

/**
 * SunSpec meters, three-phase wye, in holding registers from 40000: the word "SunS", the common model (1), the meter
 * model with whole numbers and scale factors (203) or floats (213), and the end of the chain.
 */
const BASE = 40_000;
const COMMON = BASE + 2;
const COMMON_LENGTH = 66;
const METER = COMMON + 2 + COMMON_LENGTH;
/** What stands where a model has a place but this meter no value. */
const NO_SCALE = -0x8000;
const NO_FLOAT = Number.NaN;

const HEADER: readonly Field[] = [
  uint16(BASE, () => 0x5375),
  uint16(BASE + 1, () => 0x6e53),
  uint16(COMMON, () => 1),
  uint16(COMMON + 1, () => COMMON_LENGTH),
  text(COMMON + 2, 16, () => 'Simulated'),
  text(COMMON + 18, 16, (meter) => meter.spec.model),
  text(COMMON + 42, 8, () => '1.0'),
  text(COMMON + 50, 16, (meter) => meter.spec.id),
  uint16(COMMON + 66, (_, meter) => Number(meter.spec.address)),
];

/** Model number, its length, and what ends the chain after it. */
const frame = (model: number, length: number): readonly Field[] => [
  uint16(METER, () => model),
  uint16(METER + 1, () => length),
  uint16(METER + 2 + length, () => 0xffff),
];

type Values = (now: Registers) => readonly (number | null)[];
const three: Readonly<Record<'volts' | 'amperes' | 'watts' | 'vas' | 'vars' | 'factors', Values>> = {
  volts: ({ voltagesV }) => voltagesV,
  amperes: ({ currentsA }) => currentsA,
  watts: ({ powersW }) => phasesOf(powersW),
  vas: ({ apparentPowersVa }) => phasesOf(apparentPowersVa),
  vars: ({ reactivePowersVar }) => phasesOf(reactivePowersVar),
  factors: ({ powerFactors }) => phasesOf(powerFactors),
};
function phasesOf({ a, b, c }: PerPhase): readonly (number | null)[] {
  return [a, b, c];
}
const sum = (values: readonly (number | null)[]): number => values.reduce<number>((all, one) => all + (one ?? 0), 0);

/** Total at an offset and the phases after it, in units of 10^scale, and the scale. */
function scaled(offset: number, total: (now: Registers) => number, of: Values, scale: number): readonly Field[] {
  const unit = 10 ** -scale;
  return [
    int16(METER + offset, (now) => total(now) * unit),
    ...[0, 1, 2].map((i) => int16(METER + offset + 1 + i, (now) => (of(now)[i] ?? 0) * unit)),
  ];
}
const scale = (offset: number, value: number): Field => ({
  address: METER + offset,
  words: 1,
  encode: () => {
    const bytes = Buffer.alloc(2);
    bytes.writeInt16BE(value);
    return bytes;
  },
});

const LENGTH_203 = 105;
export const SUNSPEC_203: RegisterMap = {
  holding: {
    ranges: [[BASE, METER + 2 + LENGTH_203 + 2]],
    fields: [
      ...HEADER,
      ...frame(203, LENGTH_203),
      ...scaled(2, (now) => sum(now.currentsA), three.amperes, -2),
      scale(6, -2),
      ...scaled(7, (now) => sum(now.voltagesV) / 3, three.volts, -1),
      ...[11, 12, 13, 14].map((offset) => scale(offset, NO_SCALE)),
      scale(15, -1),
      int16(METER + 16, ({ frequencyHz }) => frequencyHz * 100),
      scale(17, -2),
      ...scaled(18, ({ powersW }) => powersW.total, three.watts, 0),
      scale(22, 0),
      ...scaled(23, ({ apparentPowersVa }) => apparentPowersVa.total, three.vas, 0),
      scale(27, 0),
      ...scaled(28, ({ reactivePowersVar }) => reactivePowersVar.total, three.vars, 0),
      scale(32, 0),
      // In percent: 0.987 is 987 tenths.
      ...scaled(
        33,
        ({ powerFactors }) => powerFactors.total * 100,
        (now) => three.factors(now).map((one) => (one ?? 0) * 100),
        -1,
      ),
      scale(37, -1),
      uint32(METER + 38, ({ exportWh }) => exportWh),
      uint32(METER + 46, ({ importWh }) => importWh),
      scale(54, 0),
      scale(71, NO_SCALE),
      scale(104, NO_SCALE),
    ],
  },
};

const LENGTH_213 = 124;
/** A value and the three phases behind it. */
const floats = (offset: number, total: (now: Registers) => number, of: Values): readonly Field[] => [
  float32(METER + offset, total),
  ...[0, 1, 2].map((i) => float32(METER + offset + 2 + 2 * i, (now) => of(now)[i] ?? 0)),
];
/** Voltages between phases, energies by phase, apparent and reactive energies: this meter has none. */
const UNUSED_213 = [18, 20, 22, 24, 62, 64, 66, ...Array.from({ length: 27 }, (_, i) => 70 + 2 * i)];
export const SUNSPEC_213: RegisterMap = {
  holding: {
    ranges: [[BASE, METER + 2 + LENGTH_213 + 2]],
    fields: [
      ...HEADER,
      ...frame(213, LENGTH_213),
      ...floats(2, (now) => sum(now.currentsA), three.amperes),
      ...floats(10, (now) => sum(now.voltagesV) / 3, three.volts),
      float32(METER + 26, ({ frequencyHz }) => frequencyHz),
      ...floats(28, ({ powersW }) => powersW.total, three.watts),
      ...floats(36, ({ apparentPowersVa }) => apparentPowersVa.total, three.vas),
      ...floats(44, ({ reactivePowersVar }) => reactivePowersVar.total, three.vars),
      ...floats(52, ({ powerFactors }) => powerFactors.total, three.factors),
      float32(METER + 60, ({ exportWh }) => exportWh),
      float32(METER + 68, ({ importWh }) => importWh),
      ...UNUSED_213.map((offset) => float32(METER + offset, () => NO_FLOAT)),
    ],
  },
};
