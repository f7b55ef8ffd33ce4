import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModbusRegister, RegisterType, WordOrder } from '#contract/profile.ts';
import type { QuantityName } from '#contract/quantities.ts';
import { ReadError } from '../../../../collector/lines/read-error.ts';
import { decodeRegister } from '../../../../collector/protocols/modbus/decode.ts';
import { vector } from './rtu-wire.ts';

const WIDE = [-1e15, 1e15] as const;

function register(type: RegisterType, rest: Partial<ModbusRegister> = {}): ModbusRegister {
  return { quantity: 'power_active_total_w', address: 0, type, scale: 1, limits: WIDE, ...rest };
}

function decode(hex: string, wanted: ModbusRegister, order: WordOrder = 'high-first'): number | null | ReadError {
  return decodeRegister(wanted, order, Buffer.from(hex.replaceAll(' ', ''), 'hex'), 0);
}

describe('a raw number', () => {
  it.each([
    ['u16', 'FFFE', 'high-first', 65_534],
    ['i16', 'FFFE', 'high-first', -2],
    ['u32', 'FFFFFFFE', 'high-first', 4_294_967_294],
    ['u32', 'FFFE 0001', 'low-first', 0x1fffe],
    ['i32', 'FFFFFFFE', 'high-first', -2],
    ['i32', 'FFFE FFFF', 'low-first', -2],
    ['float32', '43668000', 'high-first', 230.5],
    ['float32', '8000 4366', 'low-first', 230.5],
    ['int64', '000000000012D687', 'high-first', 1_234_567],
    ['int64', 'D687 0012 0000 0000', 'low-first', 1_234_567],
    ['int64', 'FFFFFFFFFFFFFFFE', 'high-first', -2],
  ] as const)('of type %s in %s (%s) is %d', (type, hex, order, value) => {
    expect(decode(hex, register(type), order)).toBe(value);
  });
});

describe('the values of the vectors', () => {
  const kilo = 1000;
  it.each([
    ['SDM120', 'voltage_a_v', 'float32', 1, 'high-first', 230.5],
    ['DTSU666', 'voltage_a_v', 'float32', 0.1, 'high-first', 230.5],
    ['Acrel', 'energy_import_wh', 'u32', 0.01 * kilo, 'high-first', 1_234_560],
    ['iEM3155', 'energy_import_wh', 'int64', 1, 'high-first', 1_234_567],
    ['EM24', 'power_active_total_w', 'i32', 0.1, 'low-first', 1234.5],
  ] as const)('%s: %s', (name, quantity, type, scale, order, value) => {
    const { response, decoded } = vector(name);
    const data = Buffer.from(response.subarray(3, -2));
    expect(decodeRegister(register(type, { quantity, scale }), order, data, 0)).toBe(value);
    expect([value, value / kilo]).toContain(decoded.value);
  });
});

describe('a value', () => {
  const float = (
    value: number,
    quantity: QuantityName,
    rest: Partial<ModbusRegister> = {},
  ): number | null | ReadError => {
    const data = Buffer.alloc(4);
    data.writeFloatBE(value);
    return decodeRegister(register('float32', { quantity, ...rest }), 'high-first', data, 0);
  };

  it('is rounded to the decimals of its quantity', () => {
    expect(float(229.98765, 'voltage_a_v')).toBe(229.99);
    expect(float(1.23456, 'current_a_a')).toBe(1.235);
    expect(float(0.98765, 'power_factor_total')).toBe(0.988);
  });

  it('in kWh becomes a whole number of Wh', () => {
    expect(float(1234.56, 'energy_import_wh', { scale: 1000 })).toBe(1_234_560);
    expect(float(0.0004, 'energy_import_wh', { scale: 1000 })).toBe(0);
  });

  it('is never minus zero', () => {
    expect(Object.is(float(-0.004, 'voltage_a_v'), 0)).toBe(true);
  });

  it('may be turned by a negative scale', () => {
    expect(float(100, 'power_active_total_w', { scale: -1 })).toBe(-100);
  });

  it('that is not there is null: NaN, or a marker of the model', () => {
    expect(float(Number.NaN, 'voltage_a_v')).toBeNull();
    expect(decode('8000', register('i16', { absent: [-32_768] }))).toBeNull();
    expect(decode('FFFFFFFF', register('u32', { absent: [0xffffffff] }))).toBeNull();
    expect(decode('8000', register('i16'))).toBe(-32_768);
  });

  it.each([401, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'out of limits is implausible: %d',
    (value) => {
      expect(float(value, 'voltage_a_v', { limits: [0, 400] })).toMatchObject({
        reason: 'implausible',
        detail: expect.stringContaining('voltage_a_v'),
      });
    },
  );

  it('of a counter beyond whole numbers is implausible', () => {
    const counter = register('int64', { quantity: 'energy_import_wh', limits: [0, Number.MAX_VALUE] });
    expect(decode('7FFFFFFFFFFFFFFF', counter)).toMatchObject({ reason: 'implausible' });
  });
});

it('every 32-bit pattern decodes the same in both word orders, to null, a rounded value or implausible', () => {
  const types = fc.constantFrom<RegisterType>('u32', 'i32', 'float32');
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), types, (bytes, type) => {
      const limits = [-1e9, 1e9] as const;
      const outcome = (order: WordOrder, data: readonly (number | undefined)[]): number | string | null => {
        const value = decodeRegister(register(type, { limits }), order, Buffer.from(data as number[]), 0);
        return value instanceof ReadError ? value.reason : value;
      };
      const [a, b, c, d] = bytes;
      const high = outcome('high-first', [a, b, c, d]);
      expect(outcome('low-first', [c, d, a, b])).toBe(high);
      if (typeof high === 'number') expect(Math.abs(high * 10 - Math.round(high * 10))).toBeLessThan(1e-5);
      else expect([null, 'implausible']).toContain(high);
    }),
  );
});
