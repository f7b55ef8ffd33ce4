import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ModbusQuirks, type ModbusRegister, REGISTER_TYPES, spanOf } from '#contract/profile.ts';
import { QUANTITY_NAMES } from '#contract/quantities.ts';
import { sdm120, sdm630 } from '../../../../collector/profiles/modbus-sdm.ts';
import { planBlocks, registersFor } from '../../../../collector/protocols/modbus/read-plan.ts';
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

it('a value and its scale factor are never parted', () => {
  const scaled = (address: number, exponentAt: number): ModbusRegister => ({ ...at(address), type: 'i16', exponentAt });
  expect(shape([scaled(3, 6), scaled(5, 6)], { oneItemPerRequest: true })).toEqual(['3+4', '5+2']);
  expect(shape([scaled(3, 6), scaled(8, 15)], { maxRegisters: 8 })).toEqual(['3+4', '8+8']);
  expect(shape([scaled(10, 2)])).toEqual(['2+9']);
});

const register: fc.Arbitrary<ModbusRegister> = fc
  .record({
    quantity: fc.constantFrom(...QUANTITY_NAMES),
    address: fc.integer({ min: 4, max: 400 }),
    type: fc.constantFrom(...REGISTER_TYPES),
    scale: fc.constant(1),
    limits: fc.constant([0, 1] as const),
    exponent: fc.option(fc.integer({ min: -4, max: 8 }), { freq: 3 }),
  })
  .map(({ exponent, ...rest }) => (exponent === null ? rest : { ...rest, exponentAt: rest.address + exponent }));
const registers = fc.array(register, { maxLength: 40 });
const limits = fc.record({ maxRegisters: fc.integer({ min: 9, max: 125 }), maxHole: fc.nat(20) });

it('every plan reads each register whole and once, within the limits, and no more requests than registers', () => {
  fc.assert(
    fc.property(registers, limits, (wanted, quirks) => {
      const blocks = planBlocks(wanted, quirks);
      expect(blocks.length).toBeLessThanOrEqual(wanted.length);
      expect(blocks.flatMap((block) => block.registers)).toHaveLength(wanted.length);
      expect(new Set(blocks.flatMap((block) => block.registers))).toEqual(new Set(wanted));
      for (const block of blocks) {
        const end = block.address + block.quantity;
        expect(block.quantity).toBeLessThanOrEqual(quirks.maxRegisters);
        let covered = block.address;
        for (const { from, to } of block.registers.map(spanOf)) {
          expect(from).toBeGreaterThanOrEqual(block.address);
          expect(to).toBeLessThanOrEqual(end);
          expect(from - covered).toBeLessThanOrEqual(quirks.maxHole);
          covered = Math.max(covered, to);
        }
        expect(covered).toBe(end);
      }
    }),
  );
});

it('no way to cut a row of registers into requests within the limits needs fewer of them', () => {
  /** Fewest runs of neighbours that keep to the limits, by trying every cut. */
  const fewest = (spans: readonly { from: number; to: number }[], { maxRegisters = 0, maxHole = 0 }: ModbusQuirks) => {
    const best = [0];
    for (let end = 1; end <= spans.length; end++) {
      best[end] = Number.POSITIVE_INFINITY;
      for (let begin = end - 1; begin >= 0; begin--) {
        const run = spans.slice(begin, end);
        const [first] = run;
        const reach = Math.max(...run.map(({ to }) => to));
        let covered = first?.to ?? 0;
        const isTight = run.every(({ from, to }) => {
          const isNear = from - covered <= maxHole;
          covered = Math.max(covered, to);
          return isNear;
        });
        if (isTight && reach - (first?.from ?? 0) <= maxRegisters) {
          best[end] = Math.min(best[end] ?? 0, (best[begin] ?? 0) + 1);
        }
      }
    }
    return best[spans.length];
  };
  fc.assert(
    fc.property(fc.array(register, { minLength: 1, maxLength: 12 }), limits, (wanted, quirks) => {
      const spans = wanted.map(spanOf).sort((a, b) => a.from - b.from);
      expect(planBlocks(wanted, quirks)).toHaveLength(fewest(spans, quirks) ?? 0);
    }),
  );
});
