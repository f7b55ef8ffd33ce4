import type { RegisterRequest } from '../../../../collector/protocols/modbus/register-request.ts';
import type { Says } from './scripted-line.ts';

/** Registers of a SunSpec device by address; what is not there is an illegal address. */
export type Words = Map<number, number>;

/** A model as the specification lays it out: number, length, and so many words. */
export interface SimModel {
  readonly id: number;
  readonly words: readonly number[];
}

/** A device with its models one behind the other from a base address on. */
export function deviceOf(base: number, models: readonly SimModel[]): Words {
  const words = [0x5375, 0x6e53];
  for (const { id, words: body } of models) words.push(id, body.length, ...body);
  words.push(0xffff, 0);
  return new Map(words.map((word, i) => [base + i, word]));
}

export function answers(device: Words): (request: RegisterRequest) => Says {
  return ({ address, quantity }) => {
    const words: number[] = [];
    for (let i = 0; i < quantity; i++) {
      const word = device.get(address + i);
      if (word === undefined) return { exception: 2 };
      words.push(word);
    }
    return words;
  };
}

/** Model 1: maker, model, version, serial number. */
export const COMMON: SimModel = { id: 1, words: new Array<number>(66).fill(0x2020) };

const NO_INT16 = 0x8000;
const int16 = (value: number | null): number => (value === null ? NO_INT16 : value & 0xffff);
const acc32 = (value: number): number[] => [value >>> 16, value & 0xffff];

/** Values of a meter; null = not implemented. Powers and energies: total, then phases. */
export interface SimValues {
  readonly amps: readonly [number | null, ...(number | null)[]];
  readonly volts: readonly [number | null, ...(number | null)[]];
  readonly hz: number;
  readonly watts: readonly (number | null)[];
  readonly factors: readonly (number | null)[];
  readonly exportedWh: number;
  readonly importedWh: readonly number[];
  readonly varhs: readonly [number, number, number, number];
}

const four = <T>(list: readonly T[], fill: T): T[] => Array.from({ length: 4 }, (_, i) => list[i] ?? fill);

/** Models 201 … 204, written down point by point in the order of the specification. */
export function integerModel(id: number, values: SimValues): SimModel {
  const scaled = (list: readonly (number | null)[], factor: number): number[] =>
    four(list, null).map((value) => int16(value === null ? null : Math.round(value * factor)));
  const energies = (...lists: (readonly number[])[]): number[] =>
    lists.flatMap((list) => four(list, 0).flatMap((value) => acc32(value)));
  const words = [
    ...scaled(values.amps, 100), // A, AphA … C
    int16(-2), // A_SF
    ...scaled(values.volts, 10), // PhV, PhVphA … C
    ...scaled([null], 1), // PPV …
    int16(-1), // V_SF
    int16(Math.round(values.hz * 100)), // Hz
    int16(-2), // Hz_SF
    ...scaled(values.watts, 0.1), // W, WphA … C
    int16(1), // W_SF
    ...scaled([1000], 0.1), // VA …
    int16(1), // VA_SF
    ...scaled([-200], 0.1), // VAR …
    int16(1), // VAR_SF
    ...scaled(values.factors, 100), // PF in percent, two digits
    int16(-2), // PF_SF
    ...energies([values.exportedWh], values.importedWh), // TotWhExp …, TotWhImp …
    int16(0), // TotWh_SF
    ...energies([0], [0]), // TotVAhExp …, TotVAhImp …
    int16(NO_INT16), // TotVAh_SF
    ...energies(...values.varhs.map((value) => [value])), // TotVArhImpQ1, Q2, ExpQ3, Q4
    int16(1), // TotVArh_SF
    0, // Evt
    0,
  ];
  return { id, words };
}

function float(value: number | null): number[] {
  const bytes = Buffer.alloc(4);
  if (value === null) bytes.writeUInt32BE(0x7fc0_0000);
  else bytes.writeFloatBE(value);
  return [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
}

/** Models 211 … 214. */
export function floatModel(id: number, values: SimValues): SimModel {
  const floats = (list: readonly (number | null)[]): number[] => four(list, null).flatMap(float);
  const words = [
    ...floats(values.amps),
    ...floats(values.volts),
    ...floats([]), // PPV …
    ...float(values.hz),
    ...floats(values.watts),
    ...floats([1000]), // VA
    ...floats([-200]), // VAR
    ...floats(values.factors),
    ...floats([values.exportedWh]),
    ...floats(values.importedWh),
    ...floats([]), // TotVAhExp
    ...floats([]), // TotVAhImp
    ...values.varhs.flatMap((value) => floats([value * 10])),
    0, // Evt
    0,
  ];
  return { id, words };
}
