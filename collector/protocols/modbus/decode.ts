import { quantity } from '#contract/quantities.ts';
import { ReadError } from '../../lines/read-error.ts';
import type { ModbusRegister, RegisterType, WordOrder } from '../../profiles/modbus-profile.ts';

const scratch = new DataView(new ArrayBuffer(4));
const TWO_32 = 2 ** 32;

/**
 * Value of a register in its quantity's unit, rounded to the quantity's decimals; null when the meter says that it has
 * none, ReadError `implausible` when it is out of limits. `at` is the offset of the register's first byte.
 */
export function decodeRegister(
  register: ModbusRegister,
  order: WordOrder,
  data: Buffer,
  at: number,
): number | null | ReadError {
  const raw = rawValue(register.type, order, data, at);
  if (Number.isNaN(raw) || register.absent?.includes(raw)) return null;
  const { name, kind, decimals } = quantity(register.quantity);
  const value = rounded(raw * register.scale, decimals);
  const [min, max] = register.limits;
  if (!(value >= min && value <= max) || (kind === 'counter' && !Number.isSafeInteger(value))) {
    return new ReadError('implausible', `${name} ${value} is not within ${min} … ${max}`, { lastBytes: data });
  }
  return value;
}

/** Adding 0 turns the -0 that a small negative number is rounded to into 0. */
function rounded(value: number, decimals: number): number {
  const factor = 10 ** decimals;
  return Math.round(value * factor) / factor + 0;
}

/** A 64-bit number beyond ±2^53 comes out near its value only; no meter's register gets there. */
function rawValue(type: RegisterType, order: WordOrder, data: Buffer, at: number): number {
  switch (type) {
    case 'u16':
      return data.readUInt16BE(at);
    case 'i16':
      return data.readInt16BE(at);
    case 'u32':
      return unsigned32(order, data, at);
    case 'i32':
      return unsigned32(order, data, at) | 0;
    case 'float32':
      if (order === 'high-first') return data.readFloatBE(at);
      scratch.setUint32(0, unsigned32(order, data, at));
      return scratch.getFloat32(0);
    case 'int64': {
      const [high, low] = order === 'high-first' ? [at, at + 4] : [at + 4, at];
      return (unsigned32(order, data, high) | 0) * TWO_32 + unsigned32(order, data, low);
    }
  }
}

function unsigned32(order: WordOrder, data: Buffer, at: number): number {
  const first = data.readUInt16BE(at);
  const second = data.readUInt16BE(at + 2);
  return order === 'high-first' ? first * 0x10000 + second : second * 0x10000 + first;
}
