import type { QuantityName } from '#contract/quantities.ts';

/** Registers of a billing row with the quantities that they come from: import in total and by rate, export. Wh. */
export const REGISTERS = [
  ['energyImportWh', 'energy_import_wh'],
  ['energyImportT1Wh', 'energy_import_t1_wh'],
  ['energyImportT2Wh', 'energy_import_t2_wh'],
  ['energyImportT3Wh', 'energy_import_t3_wh'],
  ['energyImportT4Wh', 'energy_import_t4_wh'],
  ['energyExportWh', 'energy_export_wh'],
] as const satisfies readonly (readonly [string, QuantityName])[];

export type RegisterName = (typeof REGISTERS)[number][0];

/** Wh; null = not known. */
export type Registers = Readonly<Record<RegisterName, number | null>>;

type Values = Readonly<Partial<Record<QuantityName, number>>>;

/** Registers of a reading, always in the same order. */
export function registersOf(values: Values | null): Registers {
  return {
    energyImportWh: values?.energy_import_wh ?? null,
    energyImportT1Wh: values?.energy_import_t1_wh ?? null,
    energyImportT2Wh: values?.energy_import_t2_wh ?? null,
    energyImportT3Wh: values?.energy_import_t3_wh ?? null,
    energyImportT4Wh: values?.energy_import_t4_wh ?? null,
    energyExportWh: values?.energy_export_wh ?? null,
  };
}

export const NO_REGISTERS: Registers = registersOf(null);

/** What the import register alone tells, as it is written down when a meter is put in or taken out. */
export function importOnly(importWh: number | null): Registers {
  return { ...NO_REGISTERS, energyImportWh: importWh };
}
