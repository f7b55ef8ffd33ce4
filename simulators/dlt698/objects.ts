import { wholeSecond } from '../clock/local-time.ts';
import { plateAddress } from '../dlt645/address-book.ts';
import { statusWords } from '../dlt645/parameter-items.ts';
import type { SimMeter } from '../world/meter.ts';
import type { CountedEnergies, Energies, Instantaneous, PerPhase } from '../world/registers.ts';
import { array, bits16, dateTimeS, int16, int32, int64, octets, uint16, uint32, uint64, visible } from './data.ts';

type Data = readonly number[];
/** A value that stands alone, or the elements of an array. */
type Value = Data | { readonly elements: readonly Data[] };

const IMPORT = (of: Energies): number[] => [of.importWh, of.t1Wh ?? 0, of.t2Wh ?? 0, of.t3Wh ?? 0, of.t4Wh ?? 0];
const EXPORT = (of: Energies): number[] => [of.exportWh, ...(of.exportRatesWh ?? [])];
const REACTIVE = (of: Energies): number[] => [of.reactiveImportVarh, ...(of.reactiveRatesVarh ?? [])];
const zeros = [0, 0, 0, 0, 0];

/** Hundredths of a kWh; total and four rates. */
const unsigned = (values: readonly number[]): Value => ({ elements: values.map((wh) => uint32(wh / 10)) });
const signed = (values: readonly number[]): Value => ({ elements: values.map((wh) => int32(wh / 10)) });

/** Energies by object, attribute 2. Loads are inductive and panels feed in at unity: only the first quadrant is used. */
const ENERGIES: ReadonlyMap<string, (of: Energies) => Value> = new Map<string, (of: Energies) => Value>([
  ['0000', (of) => signed(IMPORT(of).map((wh, i) => wh + (EXPORT(of)[i] ?? 0)))],
  ['0010', (of) => unsigned(IMPORT(of))],
  ['0020', (of) => unsigned(EXPORT(of))],
  ['0030', (of) => signed(REACTIVE(of))],
  ['0040', () => signed(zeros)],
  ['0050', (of) => unsigned(REACTIVE(of))],
  ['0060', () => unsigned(zeros)],
  ['0070', () => unsigned(zeros)],
  ['0080', () => unsigned(zeros)],
]);

const there = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);
const quad = ({ total, a, b, c }: PerPhase): number[] => there([total, a, b, c]);

/** Present values by object, attribute 2; a single-phase meter has as many elements as it has phases. */
const INSTANTS: ReadonlyMap<string, (of: Instantaneous) => Value> = new Map<string, (of: Instantaneous) => Value>([
  ['2000', (of) => ({ elements: there(of.voltagesV).map((volts) => uint16(volts * 10)) })],
  ['2001', (of) => ({ elements: there(of.currentsA).map((amperes) => int32(amperes * 1000)) })],
  ['2004', (of) => ({ elements: quad(of.powersW).map((watts) => int32(watts * 10)) })],
  ['2005', (of) => ({ elements: quad(of.reactivePowersVar).map((vars) => int32(vars * 10)) })],
  ['2006', (of) => ({ elements: quad(of.apparentPowersVa).map((va) => int32(va * 10)) })],
  ['200A', (of) => ({ elements: quad(of.powerFactors).map((factor) => int16(factor * 1000)) })],
  ['200F', (of) => uint16(of.frequencyHz * 100)],
]);

/** Energies with four decimals, attribute 4, in 64 bits. */
const FINE: ReadonlyMap<string, (of: CountedEnergies) => Value> = new Map<string, (of: CountedEnergies) => Value>([
  [
    '0000',
    (of) => fine([of.importMwh + of.exportMwh, ...of.ratesMwh.map((wh, i) => wh + (of.exportRatesMwh[i] ?? 0))], int64),
  ],
  ['0010', (of) => fine([of.importMwh, ...of.ratesMwh], uint64)],
  ['0020', (of) => fine([of.exportMwh, ...of.exportRatesMwh], uint64)],
]);

function fine(mwh: readonly number[], encode: (value: number) => Data): Value {
  return { elements: mwh.map((value) => encode(Math.floor(value / 100))) };
}

/** What only stands for now: clock, address, rated voltage, status words. */
const OTHERS: ReadonlyMap<string, (meter: SimMeter, atMs: number) => Value> = new Map<
  string,
  (meter: SimMeter, atMs: number) => Value
>([
  ['4000', (meter, atMs) => dateTimeS(meter.clockMs(atMs))],
  ['4001', (meter) => octets([...Buffer.from(plateAddress(meter), 'hex')])],
  ['4104', () => visible('220V')],
  ['2014', (meter, atMs) => ({ elements: statusWords(meter, meter.registers(atMs)).map(bits16) })],
]);

interface Oad {
  readonly object: string;
  readonly attribute: number;
  readonly index: number;
}

/** `oad`: eight hexadecimal digits. The upper three bits of the attribute choose a feature and are not the attribute. */
function parts(oad: string): Oad {
  const attribute = Number.parseInt(oad.slice(4, 6), 16) & 0x1f;
  return { object: oad.slice(0, 4), attribute, index: Number.parseInt(oad.slice(6, 8), 16) };
}

/** Index 0 is all of it, 1 the first element. */
function indexed(value: Value | undefined, index: number): Data | undefined {
  if (!value) return undefined;
  if (!('elements' in value)) return index === 0 ? value : undefined;
  return index === 0 ? array(value.elements) : value.elements[index - 1];
}

/** Data of an attribute now, or undefined where the meter has no such object. */
export function presentData(meter: SimMeter, oad: string, atMs: number): Data | undefined {
  const { object, attribute, index } = parts(oad);
  if (index === 0 && meter.lacks('blocks', atMs) && isArray(object)) return undefined;
  if (attribute === 4) return indexed(FINE.get(object)?.(meter.counted(wholeSecond(atMs))), index);
  if (attribute !== 2) return undefined;
  const now = meter.registers(atMs);
  return energyData(oad, now) ?? instantData(oad, now) ?? indexed(OTHERS.get(object)?.(meter, atMs), index);
}

const isArray = (object: string): boolean => ENERGIES.has(object) || (INSTANTS.has(object) && object !== '200F');

/** Data of an energy attribute out of a record. */
export function energyData(oad: string, of: Energies): Data | undefined {
  const { object, attribute, index } = parts(oad);
  return attribute === 2 ? indexed(ENERGIES.get(object)?.(of), index) : undefined;
}

/** Data of a present value out of a record. */
export function instantData(oad: string, of: Instantaneous): Data | undefined {
  const { object, attribute, index } = parts(oad);
  return attribute === 2 ? indexed(INSTANTS.get(object)?.(of), index) : undefined;
}
