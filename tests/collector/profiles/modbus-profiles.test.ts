import { expect, it } from 'vitest';
import type { QuantityName } from '#contract/quantities.ts';
import { modbusProfile } from '../../../collector/profiles/modbus-catalogue.ts';
import { decodeRegister } from '../../../collector/protocols/modbus/decode.ts';
import { requestOf } from '../../../collector/protocols/modbus/register-request.ts';
import { vector } from '../protocols/modbus/rtu-wire.ts';

/** A test frame, the model it is of, and what it must come out as. */
const CASES: readonly (readonly [name: string, model: string, quantity: QuantityName, value: number])[] = [
  ['SDM120/630', 'sdm120', 'voltage_a_v', 230.5],
  ['SDM120/630', 'sdm630', 'voltage_a_v', 230.5],
  ['DTSU666', 'dtsu666', 'voltage_a_v', 230.5],
  ['Acrel ADL400', 'adl400', 'energy_combined_wh', 1_234_560],
  ['Acrel ADL400', 'dtsd1352', 'energy_combined_wh', 1_234_560],
  ['iEM3155', 'iem3155', 'energy_import_wh', 1_234_567],
  ['EM24', 'em24', 'power_active_total_w', 1234.5],
  ['EM24', 'em24-e1', 'power_active_total_w', 1234.5],
];

it.each(CASES)('the vector %s is read through profile %s as %s %d', (name, model, quantity, value) => {
  const { request, response } = vector(name);
  const profile = modbusProfile(model);
  const asked = requestOf(request);
  const register = profile?.registers.find((known) => known.quantity === quantity);
  if (!asked || !profile || !register) throw new Error('no such request, profile or register');
  expect(asked).toMatchObject({ functionCode: profile.functionCode, address: register.address });
  expect(decodeRegister(register, profile.wordOrder, Buffer.from(response.subarray(3, -2)), 0)).toBe(value);
});

/** Places and raw numbers as the manuals have them, written down apart from the tables. */
const MAPS: readonly (readonly [model: string, quantity: QuantityName, address: number, hex: string, value: number])[] =
  [
    ['dtsu666', 'energy_import_wh', 0x101e, '449A522B', 1_234_568],
    ['dtsu666', 'energy_export_wh', 0x1028, '3F800000', 1000],
    ['dtsu666', 'current_c_a', 0x2010, '449A4000', 1.234],
    ['dtsu666', 'power_active_total_w', 0x2012, 'C61C4000', -1000],
    ['dtsu666', 'power_factor_total', 0x202a, '447A0000', 1],
    ['dtsu666', 'frequency_hz', 0x2044, '459C4000', 50],
    ['ddsu666', 'power_active_total_w', 0x2004, '3F9D70A4', 1230],
    ['ddsu666', 'energy_export_wh', 0x400a, '41200000', 10_000],
    ['adl400', 'energy_import_wh', 0x000a, '0000007B', 1230],
    ['adl400', 'energy_reactive_export_varh', 0x0032, '0000007B', 1230],
    ['adl400', 'voltage_b_v', 0x0062, '08FE', 230.2],
    ['adl400', 'current_c_a', 0x0066, '04D2', 12.34],
    ['adl400', 'frequency_hz', 0x0077, '1388', 50],
    ['adl400', 'power_active_total_w', 0x016a, 'FFFFFF38', -200],
    ['adl400', 'power_apparent_total_va', 0x017a, '000004D2', 1234],
    ['adl400', 'power_factor_total', 0x017f, 'FC19', -0.999],
    ['ddsy1352', 'power_active_total_w', 0x000d, '04D2', 1234],
    ['ddsy1352', 'energy_import_wh', 0x0000, '0001E240', 1_234_560],
    ['iem3155', 'power_active_total_w', 0x0bf3, '3F9D70A4', 1230],
    ['iem3155', 'energy_export_wh', 0x0c87, '0000000000000007', 7],
    ['iem3155', 'energy_import_c_wh', 0x0dc5, '0000000000000007', 7],
    ['em24', 'energy_import_wh', 0x42, '007B0000', 12_300],
    ['em24', 'power_factor_total', 0x35, 'FC18', -1],
    ['em24', 'frequency_hz', 0x37, '01F4', 50],
    ['em24-e1', 'energy_import_wh', 0x34, '007B0000', 12_300],
    ['em24-e1', 'energy_import_c_wh', 0x44, '00010001', 6_553_700],
    ['em24-e1', 'energy_export_wh', 0x4e, '007B0000', 12_300],
    ['em24-e1', 'frequency_hz', 0x33, '01F4', 50],
  ];

it.each(MAPS)('%s keeps %s at %i: %s is %d', (model, quantity, address, hex, value) => {
  const profile = modbusProfile(model);
  const register = profile?.registers.find((known) => known.quantity === quantity);
  if (!profile || !register) throw new Error('no such profile or register');
  expect(register.address).toBe(address);
  expect(decodeRegister(register, profile.wordOrder, Buffer.from(hex, 'hex'), 0)).toBe(value);
});

it('an iEM3155 without a value says so with the lowest number there is', () => {
  const profile = modbusProfile('iem3155');
  const register = profile?.registers.find(({ quantity }) => quantity === 'energy_import_wh');
  if (!register) throw new Error('no such register');
  expect(decodeRegister(register, 'high-first', Buffer.from('8000000000000000', 'hex'), 0)).toBeNull();
});
