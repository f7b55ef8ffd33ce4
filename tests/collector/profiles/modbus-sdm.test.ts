import { describe, expect, it } from 'vitest';
import { METER_MODELS, meterModel } from '#contract/models.ts';
import { type QuantityName, quantity } from '#contract/quantities.ts';
import { MODBUS_PROFILES, modbusProfile } from '../../../collector/profiles/modbus-catalogue.ts';
import { sdm120, sdm630 } from '../../../collector/profiles/modbus-sdm.ts';
import { decodeRegister } from '../../../collector/protocols/modbus/decode.ts';
import { REGISTERS_OF } from '../../../collector/protocols/modbus/read-plan.ts';
import { requestOf } from '../../../collector/protocols/modbus/register-request.ts';
import { vector } from '../protocols/modbus/rtu-wire.ts';

it('every Modbus model of the contract has a profile, and no other', () => {
  const models = METER_MODELS.filter(({ protocol }) => protocol === 'modbus').map(({ id }) => id);
  expect(MODBUS_PROFILES.map(({ id }) => id).toSorted()).toEqual(models.toSorted());
  for (const id of models) expect(modbusProfile(id)?.id).toBe(id);
  expect(modbusProfile('dlt645-1ph')).toBeUndefined();
});

describe.each(MODBUS_PROFILES)('the profile $id', (profile) => {
  const model = meterModel(profile.id);
  const names = profile.registers.map((register) => register.quantity);

  it('has the phases of its model and keeps nothing, because Modbus meters keep nothing', () => {
    expect(profile.phases).toBe(model?.phases);
    expect(model?.keepsDays).toEqual({});
  });

  it('names each quantity once and each register at one place', () => {
    expect(new Set(names).size).toBe(names.length);
    const taken = new Set<number>();
    for (const { address, type } of profile.registers) {
      for (let i = 0; i < REGISTERS_OF[type]; i++) {
        expect(taken.has(address + i)).toBe(false);
        taken.add(address + i);
      }
    }
  });

  it('has what the default tasks need of a meter with its phases', () => {
    const phases = profile.phases === 3 ? ['a', 'b', 'c'] : ['a'];
    const needed = ['energy_import_wh', 'energy_export_wh', 'power_active_total_w'];
    expect(names).toEqual(expect.arrayContaining([...needed, ...phases.map((phase) => `voltage_${phase}_v`)]));
    expect(names).toEqual(expect.arrayContaining(phases.map((phase) => `current_${phase}_a`)));
    if (profile.phases === 1) expect(names.filter((name) => /_[bc]_(v|a|w|var)$/.test(name))).toEqual([]);
  });

  const { ratedVoltageV = 0, maxCurrentA = 0, rolloverWh = 0 } = model ?? {};
  const phaseW = ratedVoltageV * maxCurrentA;
  /** What the model can measure, by unit; a fifth more must still be believed. */
  const highest: Readonly<Record<string, number>> = { V: ratedVoltageV, A: maxCurrentA, W: phaseW, Hz: 50 };
  const measurable = (name: QuantityName): number =>
    (highest[quantity(name).unit] ?? 0) * (name.includes('total') ? profile.phases : 1);

  it.each(profile.registers)('believes every $quantity that the model can have', ({ quantity: name, limits }) => {
    const [min, max] = limits;
    expect(min).toBeLessThan(max);
    expect(max).toBeGreaterThanOrEqual(1.2 * measurable(name));
    if (quantity(name).unit === 'W') expect(min).toBe(-max);
  });

  const counters = profile.registers.filter((register) => quantity(register.quantity).kind === 'counter');
  it.each(counters)('believes $quantity up to its rollover and no further', ({ limits }) => {
    expect(limits).toEqual([0, rolloverWh - 1]);
  });

  it('can be probed in at least three sizes that lie on its own registers', () => {
    const { address, quantities } = profile.probe;
    expect(new Set(quantities).size).toBeGreaterThanOrEqual(3);
    const own = profile.registers.flatMap((r) => Array.from({ length: REGISTERS_OF[r.type] }, (_, i) => r.address + i));
    for (let i = 0; i < Math.max(...quantities); i++) expect(own).toContain(address + i);
  });

  it('says where it comes from', () => {
    expect(profile.source.length).toBeGreaterThan(20);
  });
});

it.each([sdm120, sdm630])('the vector of the family is read through profile $id', (profile) => {
  const { request, response, decoded } = vector('SDM120/630');
  const asked = requestOf(request);
  const register = profile.registers.find(({ quantity: name }) => name === 'voltage_a_v');
  if (asked === null || register === undefined) throw new Error('no such request or register');
  expect(asked).toMatchObject({ functionCode: profile.functionCode, address: register.address, quantity: 2 });
  const data = Buffer.from(response.subarray(3, -2));
  expect(decodeRegister(register, profile.wordOrder, data, 0)).toBe(decoded.value);
});
