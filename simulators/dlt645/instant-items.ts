import type { SimMeter } from '../world/meter.ts';
import type { PerPhase, Registers } from '../world/registers.ts';
import { absent, bcd, signedBcd } from './bcd.ts';
import type { Identifier } from './identifier.ts';

type Encode = (value: number) => number[];

/** Whole units of the last digit; the value is already a multiple of it. */
const units = (value: number, perUnit: number): number => Math.round(value * perUnit);

/** XXX.X V. */
export const volt: Encode = (value) => bcd(units(value, 10), 2);
/** ±XXX.XXX A. */
export const ampere: Encode = (value) => signedBcd(units(value, 1000), 3);
/** ±XX.XXXX kW, kvar, kVA. */
export const kilowatt: Encode = (value) => signedBcd(units(value, 10), 3);
/** ±X.XXX. */
export const factor: Encode = (value) => signedBcd(units(value, 1000), 2);
/** XX.XX Hz. */
export const hertz: Encode = (value) => bcd(units(value, 100), 2);

const row = (values: readonly (number | null)[], encode: Encode): number[][] => {
  const width = encode(0).length;
  return values.map((value) => (value === null ? absent(width) : encode(value)));
};
export const quad = ({ total, a, b, c }: PerPhase, encode: Encode): number[][] => row([total, a, b, c], encode);

/** Phases A, B, C have DI1 = 1..3; a block begins with A. */
const phases = (values: readonly (number | null)[], encode: Encode, di1: number): number[] | undefined =>
  di1 === 0xff ? row(values, encode).flat() : present(values[di1 - 1], encode);
const present = (value: number | null | undefined, encode: Encode): number[] | undefined =>
  value === null || value === undefined ? undefined : encode(value);

/** Total, A, B, C have DI1 = 0..3. A phase the meter does not have is absent in a block and unknown by itself. */
const quads = (values: PerPhase, encode: Encode, di1: number): number[] | undefined =>
  di1 === 0xff ? quad(values, encode).flat() : present([values.total, values.a, values.b, values.c][di1], encode);

const ITEMS: ReadonlyMap<number, (now: Registers, di1: number) => number[] | undefined> = new Map([
  [0x01, (now, di1) => phases(now.voltagesV, volt, di1)],
  [0x02, (now, di1) => phases(now.currentsA, ampere, di1)],
  [0x03, (now, di1) => quads(now.powersW, kilowatt, di1)],
  [0x04, (now, di1) => quads(now.reactivePowersVar, kilowatt, di1)],
  [0x05, (now, di1) => quads(now.apparentPowersVa, kilowatt, di1)],
  [0x06, (now, di1) => quads(now.powerFactors, factor, di1)],
]);

/** ±XXX.X °C. */
const celsius: Encode = (value) => signedBcd(units(value, 10), 2);

/** `02 80 00 xx`: neutral current, frequency, mean power of a minute, present demands, temperature. */
const SINGLE: ReadonlyMap<number, (now: Registers) => number[]> = new Map([
  [0x01, (now) => ampere(now.currentNeutralA ?? 0)],
  [0x02, (now) => hertz(now.frequencyHz)],
  [0x03, (now) => kilowatt(now.powersW.total)],
  [0x04, (now) => kilowatt(now.powersW.total)],
  [0x05, (now) => kilowatt(now.reactivePowersVar.total)],
  [0x06, (now) => kilowatt(now.apparentPowersVa.total)],
  [0x07, (now) => celsius(now.temperatureC)],
]);

/** `02 DI2 DI1 DI0`: present values. Power is even over a quarter hour, so it is its own mean and demand. */
export function instantItem(meter: SimMeter, { di2, di1, di0 }: Identifier, atMs: number): number[] | undefined {
  const now = meter.registers(atMs);
  if (di2 === 0x80 && di1 === 0) {
    return SINGLE.get(di0)?.(now);
  }
  return di0 === 0 ? ITEMS.get(di2)?.(now, di1) : undefined;
}
