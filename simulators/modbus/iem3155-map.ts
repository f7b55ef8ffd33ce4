import type { Registers } from '../world/registers.ts';
import { type Field, float32, int64, type RegisterMap } from './register-image.ts';

/**
 * Holding registers of the Schneider iEM3155 (function 03): present values as floats, kW, kvar, kVA; energies as 64-bit
 * numbers of Wh. The power factor at 0C0B is coded by quadrant and reads 0 here.
 */
const phases = (start: number, of: (now: Registers) => readonly (number | null)[]): readonly Field[] =>
  [0, 1, 2].map((i) => float32(start + 2 * i, (now) => of(now)[i] ?? 0));

export const IEM3155: RegisterMap = {
  holding: {
    ranges: [
      [0x0bb7, 0x0c27],
      [0x0c83, 0x0c9b],
    ],
    fields: [
      ...phases(0x0bb7, ({ currentsA }) => currentsA),
      ...phases(0x0bd3, ({ voltagesV }) => voltagesV),
      ...phases(0x0bed, ({ powersW: { a, b, c } }) => [a / 1000, (b ?? 0) / 1000, (c ?? 0) / 1000]),
      float32(0x0bf3, ({ powersW }) => powersW.total / 1000),
      float32(0x0bfb, ({ reactivePowersVar }) => reactivePowersVar.total / 1000),
      float32(0x0c03, ({ apparentPowersVa }) => apparentPowersVa.total / 1000),
      float32(0x0c25, ({ frequencyHz }) => frequencyHz),
      int64(0x0c83, ({ importWh }) => importWh),
      int64(0x0c87, ({ exportWh }) => exportWh),
      int64(0x0c93, ({ reactiveImportVarh }) => reactiveImportVarh),
      int64(0x0c97, ({ reactiveExportVarh }) => reactiveExportVarh),
    ],
  },
};
