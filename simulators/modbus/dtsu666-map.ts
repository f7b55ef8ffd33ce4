import type { PerPhase, Registers } from '../world/registers.ts';
import { type Field, float32, type RegisterMap } from './register-image.ts';

/**
 * Holding registers of the Chint DTSU666 (function 03): floats, high word first, that hold whole numbers of the last
 * digit: 0.1 V, 0.001 A, 0.1 W, 0.1 var, 0.001, 0.01 Hz; energies in kWh.
 */
const phases = (start: number, perUnit: number, of: (now: Registers) => readonly (number | null)[]): readonly Field[] =>
  [0, 1, 2].map((i) => float32(start + 2 * i, (now) => Math.round((of(now)[i] ?? 0) * perUnit)));
const quad = (start: number, perUnit: number, of: (now: Registers) => PerPhase): readonly Field[] => [
  float32(start, (now) => Math.round(of(now).total * perUnit)),
  ...phases(start + 2, perUnit, (now) => [of(now).a, of(now).b, of(now).c]),
];

export const DTSU666: RegisterMap = {
  holding: {
    ranges: [
      [0x101e, 0x1032],
      [0x2000, 0x2052],
    ],
    fields: [
      ...phases(0x2006, 10, ({ voltagesV }) => voltagesV),
      ...phases(0x200c, 1000, ({ currentsA }) => currentsA),
      ...quad(0x2012, 10, ({ powersW }) => powersW),
      ...quad(0x201a, 10, ({ reactivePowersVar }) => reactivePowersVar),
      ...quad(0x202a, 1000, ({ powerFactors }) => powerFactors),
      float32(0x2044, ({ frequencyHz }) => Math.round(frequencyHz * 100)),
      float32(0x101e, ({ importWh }) => importWh / 1000),
      float32(0x1028, ({ exportWh }) => exportWh / 1000),
    ],
  },
};
