import type { MeterProfile, ModbusMap } from '#contract/profile.ts';

/** A sound profile of a site's own three-phase meter, with the given changes. */
export function siteProfile(changes: Partial<MeterProfile> = {}, modbus: Partial<ModbusMap> = {}): MeterProfile {
  return {
    id: 'my-meter',
    zh: '我的表',
    en: 'My meter',
    phases: 3,
    ratedVoltageV: 230,
    maxCurrentA: 80,
    rolloverWh: 1_000_000_000,
    modbus: {
      functionCode: 3,
      wordOrder: 'low-first',
      registers: [
        { quantity: 'voltage_a_v', address: 10, type: 'u16', scale: 0.1, limits: [0, 400] },
        { quantity: 'voltage_b_v', address: 11, type: 'u16', scale: 0.1, limits: [0, 400], absent: [0xffff] },
        { quantity: 'voltage_c_v', address: 12, type: 'u16', scale: 0.1, limits: [0, 400] },
        { quantity: 'energy_import_wh', address: 20, type: 'u32', scale: 1, exponentAt: 22, limits: [0, 999_999_999] },
      ],
      probe: { address: 10, quantities: [1, 2, 3] },
      quirks: { maxRegisters: 20 },
      source: 'none',
      caveats: [],
      ...modbus,
    },
    ...changes,
  };
}
