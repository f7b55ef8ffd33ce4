import type { PerPhase, Registers } from '../world/registers.ts';
import { type Field, float32, type RegisterMap } from './register-image.ts';

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

const fields = (table: readonly (readonly [number, Read])[]): readonly Field[] =>
  table.map(([address, read]) => float32(address, read));

/** Holding registers (function 03) keep settings, as floats too: parity code, unit, baud-rate code. */
const SETTINGS: readonly Field[] = [
  float32(0x0012, () => 0),
  float32(0x0014, (_, meter) => Number(meter.spec.address)),
  float32(0x001c, () => 2),
];
const HOLDING = {
  ranges: [
    [0x0012, 0x0014],
    [0x0014, 0x0016],
    [0x001c, 0x001e],
  ],
  fields: SETTINGS,
} as const;

/** Of a three-phase meter the later entry of an address counts. */
export const SDM120: RegisterMap = {
  input: {
    ranges: [
      [0x0000, 0x0020],
      [0x0046, 0x0060],
      [0x0156, 0x015a],
    ],
    fields: fields(COMMON),
  },
  holding: HOLDING,
};
export const SDM630: RegisterMap = {
  input: {
    ranges: [
      [0x0000, 0x0060],
      [0x0156, 0x0180],
    ],
    fields: fields([...COMMON, ...THREE_PHASE]),
  },
  holding: HOLDING,
};
