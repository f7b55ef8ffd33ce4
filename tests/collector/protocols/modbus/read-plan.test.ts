import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QUANTITY_NAMES } from '#contract/quantities.ts';
import {
  type ModbusQuirks,
  type ModbusRegister,
  REGISTER_TYPES,
} from '../../../../collector/profiles/modbus-profile.ts';
import { sdm120, sdm630 } from '../../../../collector/profiles/modbus-sdm.ts';
import { planBlocks, REGISTERS_OF, registersFor } from '../../../../collector/protocols/modbus/read-plan.ts';
import { task } from '../../../support/plan.ts';

const at = (address: number): ModbusRegister => ({
  quantity: 'voltage_a_v',
  address,
  type: 'float32',
  scale: 1,
  limits: [0, 1],
});
const shape = (registers: readonly ModbusRegister[], quirks?: ModbusQuirks): string[] =>
  planBlocks(registers, quirks).map(({ address, quantity }) => `${address}+${quantity}`);

describe('registers', () => {
  it('that follow one another share a request', () => {
    expect(shape([at(4), at(0), at(2)])).toEqual(['0+6']);
  });

  it('share one over a hole of 16 registers but not of 17', () => {
    expect(shape([at(0), at(18)])).toEqual(['0+20']);
    expect(shape([at(0), at(19)])).toEqual(['0+2', '19+2']);
    expect(shape([at(0), at(6)], { maxHole: 3 })).toEqual(['0+2', '6+2']);
  });

  it('share one up to 125 registers', () => {
    const many = Array.from({ length: 63 }, (_, i) => at(2 * i));
    expect(shape(many)).toEqual(['0+124', '124+2']);
    expect(shape(many, { maxRegisters: 50 })).toEqual(['0+50', '50+50', '100+26']);
  });

  it('are asked for one by one where the meter wants that', () => {
    expect(shape([at(0), at(2)], { oneItemPerRequest: true })).toEqual(['0+2', '2+2']);
  });

  it('that overlap are read once', () => {
    expect(shape([at(0), at(1), at(0)])).toEqual(['0+3']);
  });
});

it.each([
  [sdm120, 'profile', ['0x0+14', '0x48+4']],
  [sdm630, 'profile', ['0x0+12', '0x34+2', '0x48+4']],
  [sdm630, 'instant', ['0x0+12', '0x34+2']],
  [sdm630, 'freeze-day', ['0x48+4']],
] as const)('%o is asked for task %s in few requests, neighbours of different length', (profile, id, blocks) => {
  const planned = planBlocks(registersFor(profile, task(id).items), profile.quirks);
  expect(planned.map(({ address, quantity }) => `0x${address.toString(16)}+${quantity}`)).toEqual(blocks);
});

it('items that the profile lacks are left out', () => {
  expect(registersFor(sdm120, ['relay_open', 'voltage_b_v', 'voltage_a_v']).map((r) => r.quantity)).toEqual([
    'voltage_a_v',
  ]);
});

const register: fc.Arbitrary<ModbusRegister> = fc.record({
  quantity: fc.constantFrom(...QUANTITY_NAMES),
  address: fc.nat(400),
  type: fc.constantFrom(...REGISTER_TYPES),
  scale: fc.constant(1),
  limits: fc.constant([0, 1] as const),
});

it('every plan reads each register whole and once, within the limits, and no more requests than registers', () => {
  const quirks = fc.record({ maxRegisters: fc.integer({ min: 4, max: 125 }), maxHole: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(register, { maxLength: 40 }), quirks, (registers, limits) => {
      const blocks = planBlocks(registers, limits);
      expect(blocks.flatMap((block) => block.registers)).toHaveLength(registers.length);
      expect(new Set(blocks.flatMap((block) => block.registers))).toEqual(new Set(registers));
      for (const block of blocks) {
        const end = block.address + block.quantity;
        expect(block.quantity).toBeLessThanOrEqual(limits.maxRegisters);
        let covered = block.address;
        for (const { address, type } of block.registers) {
          expect(address).toBeGreaterThanOrEqual(block.address);
          expect(address + REGISTERS_OF[type]).toBeLessThanOrEqual(end);
          expect(address - covered).toBeLessThanOrEqual(limits.maxHole);
          covered = Math.max(covered, address + REGISTERS_OF[type]);
        }
        expect(covered).toBe(end);
      }
    }),
  );
});
