import { describe, expect, it } from 'vitest';
import { modelsWith } from '#contract/models.ts';
import type { MeterProfile, ModbusRegister } from '#contract/profile.ts';
import { checkModbusProfile } from '#contract/profile-check.ts';
import { siteProfile } from '../../support/site-profile.ts';

function faults(profile: MeterProfile): string[] {
  return checkModbusProfile(profile).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const sound = siteProfile();

/** The sound profile with one register changed, or with one more. */
function withRegister(change: Partial<ModbusRegister>, i = 3): MeterProfile {
  const registers = [...sound.modbus.registers];
  registers[i] = { ...(registers[i] ?? registers[3]), ...change } as ModbusRegister;
  return siteProfile({}, { registers });
}

describe('a meter profile', () => {
  it('without a fault has none', () => {
    expect(faults(sound)).toEqual([]);
  });

  it.each<[string, MeterProfile, string]>([
    [
      'with two values in one register',
      withRegister({ quantity: 'frequency_hz', address: 21, type: 'u16', limits: [0, 70], exponentAt: 25 }, 4),
      'modbus.registers.4.address: frequency_hz at 21 lies on the registers of energy_import_wh',
    ],
    [
      'with a value over several others',
      withRegister({ address: 11 }),
      'modbus.registers.3.address: energy_import_wh at 11 … 12 lies on the registers of voltage_b_v',
    ],
    [
      'with a scale factor on a value',
      withRegister({ exponentAt: 12 }),
      'modbus.registers.3.exponentAt: 12 lies on the registers of voltage_c_v',
    ],
    [
      'with a quantity twice',
      withRegister({ quantity: 'voltage_a_v', limits: [0, 400] }),
      'modbus.registers.3.quantity: voltage_a_v has a register already; a quantity has one',
    ],
    [
      'with limits the wrong way round',
      withRegister({ limits: [400, 0] }, 0),
      'modbus.registers.0.limits: 400 … 0 must be the lowest and then the highest value',
    ],
    ['with a scale of 0', withRegister({ scale: 0 }), 'modbus.registers.3.scale: must be a number other than 0'],
    [
      'whose register never comes round as it says',
      withRegister({ limits: [0, 1_000_000_000] }),
      'modbus.registers.3.limits: energy_import_wh up to 1000000000 does not fit rolloverWh 1000000000; 999999999 does',
    ],
    [
      'whose register may be below 0',
      withRegister({ limits: [-1, 999] }),
      'modbus.registers.3.limits: energy_import_wh cannot be below 0',
    ],
    [
      'that reads a time',
      withRegister({ quantity: 'demand_import_max_at' }),
      'modbus.registers.3.quantity: demand_import_max_at is a time, which is not read from registers',
    ],
    [
      'of one phase with another',
      siteProfile({ phases: 1 }),
      'modbus.registers.1.quantity: voltage_b_v belongs to three phases, but the model has phases: 1',
    ],
    [
      'that ends behind the last address',
      withRegister({ address: 65_535, exponentAt: 65_530 }),
      'modbus.registers.3.address: energy_import_wh ends behind the last address, 65535',
    ],
    [
      'with a scale factor too far away',
      withRegister({ exponentAt: 60 }),
      'modbus.registers.3.exponentAt: energy_import_wh and its exponent need 41 registers; 20 come in one reply',
    ],
    [
      'with too few sizes of probe',
      siteProfile({}, { probe: { address: 10, quantities: [1, 2, 2] } }),
      'modbus.probe.quantities: must be at least three different sizes',
    ],
    [
      'with a probe that no reply holds',
      siteProfile({}, { probe: { address: 10, quantities: [1, 2, 21] } }),
      'modbus.probe.quantities: 21 registers are more than maxRegisters, 20',
    ],
    [
      'with a probe beside its registers',
      siteProfile({}, { probe: { address: 10, quantities: [1, 2, 4] } }),
      'modbus.probe: 10 … 13 must lie on registers of the table, but 13 does not',
    ],
  ])('%s says where and what would be right', (_what, profile, fault) => {
    expect(faults(profile)).toContain(fault);
  });

  it('may have a temperature and one phase', () => {
    const registers = sound.modbus.registers.filter(({ quantity }) => quantity !== 'voltage_b_v').slice(0, 1);
    const more: ModbusRegister[] = [
      { quantity: 'temperature_c', address: 11, type: 'i16', scale: 0.1, limits: [-50, 120] },
      { quantity: 'frequency_hz', address: 12, type: 'u16', scale: 0.01, limits: [0, 70] },
    ];
    expect(faults(siteProfile({ phases: 1 }, { registers: [...registers, ...more] }))).toEqual([]);
  });
});

it('models are looked up in the catalogue first, then among those of the site', () => {
  const modelOf = modelsWith([sound, siteProfile({ id: 'sdm120' })]);
  expect(modelOf('my-meter')).toEqual({
    id: 'my-meter',
    zh: '我的表',
    en: 'My meter',
    protocol: 'modbus',
    phases: 3,
    ratedVoltageV: 230,
    maxCurrentA: 80,
    rolloverWh: 1_000_000_000,
    keepsDays: {},
  });
  expect(modelOf('sdm120')?.en).toContain('Eastron');
  expect(modelOf('dlt645-3ph')?.protocol).toBe('dlt645');
  expect(modelOf('nothing')).toBeUndefined();
  expect(modelsWith()('my-meter')).toBeUndefined();
});
