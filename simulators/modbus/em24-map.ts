import type { Registers } from '../world/registers.ts';
import { type Field, int16, int32LowFirst, type RegisterMap } from './register-image.ts';

/**
 * Input registers of the Carlo Gavazzi EM24 on RS-485 (function 04): 32-bit numbers with the low word first, in tenths
 * of V and W, thousandths of A and tenths of kWh; power factor in thousandths, frequency in tenths of Hz.
 */
const phases = (start: number, perUnit: number, of: (now: Registers) => readonly (number | null)[]): readonly Field[] =>
  [0, 1, 2].map((i) => int32LowFirst(start + 2 * i, (now) => (of(now)[i] ?? 0) * perUnit));

export const EM24: RegisterMap = {
  input: {
    ranges: [[0x0000, 0x0060]],
    fields: [
      ...phases(0x0000, 10, ({ voltagesV }) => voltagesV),
      ...phases(0x000c, 1000, ({ currentsA }) => currentsA),
      ...phases(0x0012, 10, ({ powersW: { a, b, c } }) => [a, b, c]),
      int32LowFirst(0x0028, ({ powersW }) => powersW.total * 10),
      int16(0x0032, ({ powerFactors }) => powerFactors.a * 1000),
      int16(0x0033, ({ powerFactors }) => (powerFactors.b ?? 0) * 1000),
      int16(0x0034, ({ powerFactors }) => (powerFactors.c ?? 0) * 1000),
      int16(0x0035, ({ powerFactors }) => powerFactors.total * 1000),
      int16(0x0037, ({ frequencyHz }) => frequencyHz * 10),
      int32LowFirst(0x0042, ({ importWh }) => importWh / 100),
      int32LowFirst(0x005c, ({ exportWh }) => exportWh / 100),
    ],
  },
};
