import type { SimMeter } from '../world/meter.ts';
import type { PerPhase, Registers } from '../world/registers.ts';
import type { Model } from '../world/spec.ts';

/**
 * Input registers of the Eastron SDM120 and SDM630 (function 04): 32-bit floats in two registers, high word first,
 * numbered from 0. Addresses inside the ranges that a model has but no quantity uses read as 0.
 */
type Read = (now: Registers) => number;

const quad = (start: number, pick: (now: Registers) => PerPhase): readonly (readonly [number, Read])[] => [
  [start, (now) => pick(now).a],
  [start + 2, (now) => pick(now).b ?? 0],
  [start + 4, (now) => pick(now).c ?? 0],
];
const kwh = (wh: number): number => wh / 1000;
const sum = (values: readonly (number | null)[]): number =>
  values.reduce<number>((all, value) => all + (value ?? 0), 0);

const COMMON: readonly (readonly [number, Read])[] = [
  [0x0000, ({ voltagesV }) => voltagesV[0]],
  [0x0006, ({ currentsA }) => currentsA[0]],
  [0x000c, ({ powersW }) => powersW.a],
  [0x0012, ({ apparentPowersVa }) => apparentPowersVa.a],
  [0x0018, ({ reactivePowersVar }) => reactivePowersVar.a],
  [0x001e, ({ powerFactors }) => powerFactors.a],
  [0x0046, ({ frequencyHz }) => frequencyHz],
  [0x0048, ({ importWh }) => kwh(importWh)],
  [0x004a, ({ exportWh }) => kwh(exportWh)],
  [0x004c, ({ reactiveImportVarh }) => kwh(reactiveImportVarh)],
  [0x004e, ({ reactiveExportVarh }) => kwh(reactiveExportVarh)],
  [0x0156, ({ importWh, exportWh }) => kwh(importWh + exportWh)],
  [0x0158, ({ reactiveImportVarh, reactiveExportVarh }) => kwh(reactiveImportVarh + reactiveExportVarh)],
];

const THREE_PHASE: readonly (readonly [number, Read])[] = [
  [0x0002, ({ voltagesV }) => voltagesV[1] ?? 0],
  [0x0004, ({ voltagesV }) => voltagesV[2] ?? 0],
  [0x0008, ({ currentsA }) => currentsA[1] ?? 0],
  [0x000a, ({ currentsA }) => currentsA[2] ?? 0],
  ...quad(0x000c, ({ powersW }) => powersW),
  ...quad(0x0012, ({ apparentPowersVa }) => apparentPowersVa),
  ...quad(0x0018, ({ reactivePowersVar }) => reactivePowersVar),
  ...quad(0x001e, ({ powerFactors }) => powerFactors),
  [0x002a, ({ voltagesV }) => sum(voltagesV) / 3],
  [0x0030, ({ currentsA }) => sum(currentsA)],
  [0x0034, ({ powersW }) => powersW.total],
  [0x0038, ({ apparentPowersVa }) => apparentPowersVa.total],
  [0x003c, ({ reactivePowersVar }) => reactivePowersVar.total],
  [0x003e, ({ powerFactors }) => powerFactors.total],
];

interface RegisterMap {
  /** First and one past the last address of each range that may be read. */
  readonly ranges: readonly (readonly [from: number, to: number])[];
  readonly inputs: ReadonlyMap<number, Read>;
}

const MAPS: ReadonlyMap<Model, RegisterMap> = new Map([
  [
    'sdm120',
    {
      ranges: [
        [0x0000, 0x0020],
        [0x0046, 0x0060],
        [0x0156, 0x015a],
      ],
      inputs: new Map(COMMON),
    },
  ],
  [
    'sdm630',
    {
      ranges: [
        [0x0000, 0x0060],
        [0x0156, 0x0180],
      ],
      inputs: new Map([...COMMON, ...THREE_PHASE]),
    },
  ],
]);

/** Holding registers (function 03) keep settings, as floats too: parity code, unit, baud-rate code. */
const SETTINGS: ReadonlyMap<number, (meter: SimMeter) => number> = new Map<number, (meter: SimMeter) => number>([
  [0x0012, () => 0],
  [0x0014, (meter) => Number(meter.spec.address)],
  [0x001c, () => 2],
]);

/** Bytes of input registers, or undefined where the model has none. */
export function inputRegisters(meter: SimMeter, start: number, count: number, atMs: number): Buffer | undefined {
  const map = MAPS.get(meter.spec.model);
  if (!map?.ranges.some(([from, to]) => start >= from && start + count <= to)) return undefined;
  const now = meter.registers(atMs);
  return floats(start, count, (address) => map.inputs.get(address)?.(now) ?? 0);
}

/** Bytes of holding registers, or undefined outside of one setting. */
export function holdingRegisters(meter: SimMeter, start: number, count: number): Buffer | undefined {
  const setting = SETTINGS.get(start & ~1);
  if (!setting || start + count > (start & ~1) + 2) return undefined;
  return floats(start, count, () => setting(meter));
}

/** The registers [start, start + count) of floats that begin at even addresses. */
function floats(start: number, count: number, value: (address: number) => number): Buffer {
  const first = start & ~1;
  const last = (start + count + 1) & ~1;
  const bytes = Buffer.alloc((last - first) * 2);
  for (let address = first; address < last; address += 2) bytes.writeFloatBE(value(address), (address - first) * 2);
  return bytes.subarray((start - first) * 2, (start - first + count) * 2);
}
