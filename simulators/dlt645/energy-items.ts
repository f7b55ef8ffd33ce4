import { EPOCH_S, monthStartBefore, wholeSecond } from '../clock/local-time.ts';
import type { SimMeter } from '../world/meter.ts';
import type { Energies } from '../world/registers.ts';
import { bcd, signedBcd } from './bcd.ts';
import type { Identifier } from './identifier.ts';

/** Settlement records kept by the meter. */
const SETTLEMENTS = 12;

/** XXXXXX.XX kWh. */
const energy = (wh: number): number[] => bcd(wh / 10, 4);
const signedEnergy = (wh: number): number[] => signedBcd((wh / 10) % 80_000_000, 4);

const IMPORT = (of: Energies): number[] => [of.importWh, of.t1Wh ?? 0, of.t2Wh ?? 0, of.t3Wh ?? 0, of.t4Wh ?? 0];
const EXPORT = (of: Energies): number[] => [of.exportWh, ...(of.exportRatesWh ?? [])];

/** Total and four rates, by DI2. Loads are inductive and panels feed in at unity: only the first quadrant is used. */
const BLOCKS: ReadonlyMap<number, (of: Energies) => number[][]> = new Map<number, (of: Energies) => number[][]>([
  [0x00, (of) => IMPORT(of).map((wh, i) => signedEnergy(wh + (EXPORT(of)[i] ?? 0)))],
  [0x01, (of) => IMPORT(of).map(energy)],
  [0x02, (of) => EXPORT(of).map(energy)],
  [0x03, (of) => [of.reactiveImportVarh, ...(of.reactiveRatesVarh ?? [])].map(signedEnergy)],
  [0x04, (of) => [of.reactiveExportVarh, 0, 0, 0, 0].map(signedEnergy)],
  [0x05, (of) => [of.reactiveImportVarh, ...(of.reactiveRatesVarh ?? [])].map(energy)],
  [0x06, () => [0, 0, 0, 0, 0].map(energy)],
  [0x07, () => [0, 0, 0, 0, 0].map(energy)],
  [0x08, () => [0, 0, 0, 0, 0].map(energy)],
]);

/** `00 DI2 DI1 DI0`: energies now (DI0 = 0) and at the last twelve settlements, the first of each month at 00:00. */
export function energyItem(meter: SimMeter, { di2, di1, di0 }: Identifier, atMs: number): number[] | undefined {
  const block = BLOCKS.get(di2);
  if (!block || di0 > SETTLEMENTS) return undefined;
  const energies = di0 === 0 ? meter.registers(atMs) : settled(meter, di0, atMs);
  return energies && pick(block(energies), di1);
}

/** One value of a block by DI1, or all of it for FF. */
export function pick(values: readonly number[][], index: number): number[] | undefined {
  return index === 0xff ? values.flat() : values[index];
}

/** Block of a freeze record by DI1. */
export function frozenBlock(energies: Energies, di1: number): number[][] | undefined {
  return BLOCKS.get(di1)?.(energies);
}

function settled(meter: SimMeter, n: number, atMs: number): Energies | undefined {
  const clock = wholeSecond(meter.clockMs(atMs));
  const stamp = monthStartBefore(clock, n);
  const taken = stamp - (clock - wholeSecond(atMs));
  return taken < EPOCH_S ? undefined : meter.energies(taken);
}
