import { bcd, timeBytes } from '../dlt645/bcd.ts';
import type { SimMeter } from '../world/meter.ts';
import type { PerPhase, Registers } from '../world/registers.ts';

type Encode = (value: number) => number[];

/** XXXXXX.XX kWh. */
const energy: Encode = (wh) => bcd(Math.floor(wh / 10), 4);
/** XXX V. */
const volt: Encode = (value) => bcd(Math.round(value), 2);
/** XX.XX A. */
const ampere: Encode = (value) => bcd(Math.round(value * 100), 2);
/** XX.XXXX kW. */
const kilowatt: Encode = (value) => bcd(Math.min(Math.round(value * 10), 999_999), 3);

/** What closes a data block. */
const BLOCK_END = 0xaa;
const BLOCK = 0xf;

/** Item `index` of a group, or for FH all of it and the end of a block. */
function grouped(values: readonly (number | null)[], encode: Encode, index: number): number[] | undefined {
  if (index === BLOCK) return [...values.flatMap((value) => encode(value ?? 0)), BLOCK_END];
  const value = values[index];
  return value === undefined || value === null ? undefined : encode(value);
}
const three = (values: readonly (number | null)[], encode: Encode, index: number): number[] | undefined =>
  index === BLOCK ? grouped(values, encode, index) : grouped([null, ...values], encode, index);

const IMPORT = (now: Registers): number[] => [now.importWh, now.t1Wh ?? 0, now.t2Wh ?? 0, now.t3Wh ?? 0, now.t4Wh ?? 0];
const EXPORT = (now: Registers): number[] => [now.exportWh, ...(now.exportRatesWh ?? [])];
const quad = ({ total, a, b, c }: PerPhase): (number | null)[] => [total, a, b, c];

/**
 * Items of DL/T 645-1997 by the upper three digits of DI1 DI0; the last digit is the place in the group and F the whole
 * of it: 901x import, 902x export (total and rates), B61x voltages, B62x currents, B63x powers (total and phases).
 */
const GROUPS: ReadonlyMap<number, (now: Registers, index: number) => number[] | undefined> = new Map([
  [0x901, (now, index) => grouped(IMPORT(now), energy, index)],
  [0x902, (now, index) => grouped(EXPORT(now), energy, index)],
  [0xb61, (now, index) => three(now.voltagesV, volt, index)],
  [0xb62, (now, index) => three(now.currentsA, ampere, index)],
  [0xb63, (now, index) => grouped(quad(now.powersW), kilowatt, index)],
]);

/** Meter state (C020): bit 2 battery low, bit 4 direction of active energy (1 = reverse). */
function stateWord(now: Registers): number[] {
  const clockLost = Math.abs(now.clockOffsetS) > 3_600;
  const reverse = now.powerFactors.total < 0;
  return [(clockLost ? 1 << 2 : 0) | (reverse ? 1 << 4 : 0)];
}

/** Data of an identifier, low byte first, or undefined where the meter has none. */
export function item1997(meter: SimMeter, identifier: number, atMs: number): number[] | undefined {
  if ((identifier & 0xf) === BLOCK && meter.lacks('blocks', atMs)) return undefined;
  if (identifier === 0xc010) return timeBytes(meter.clockMs(atMs), 'WDMY');
  if (identifier === 0xc011) return timeBytes(meter.clockMs(atMs), 'smh');
  const now = meter.registers(atMs);
  if (identifier === 0xc020) return stateWord(now);
  return GROUPS.get(identifier >> 4)?.(now, identifier & 0xf);
}
