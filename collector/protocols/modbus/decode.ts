import type { ModbusRegister, RegisterType, WordOrder } from '#contract/profile.ts';
import { quantity } from '#contract/quantities.ts';
import { ReadError } from '../../lines/read-error.ts';

const scratch = new DataView(new ArrayBuffer(4));
const TWO_32 = 2 ** 32;
/** SunSpec sunssf: "not implemented", and the largest power of ten. */
const NO_EXPONENT = -0x8000;
const MOST_EXPONENT = 10;
/** Nothing measures a power factor beyond this; what does is percent. */
const MOST_FACTOR = 1.01;

/**
 * Value of a register in its quantity's unit, rounded to the quantity's decimals; null when the meter says that it has
 * none, ReadError `implausible` when it is out of limits. `at` is the offset of the register's first byte; its scale
 * factor, if it has one, must be in the data too.
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
  const exponent = exponentOf(register, data, at);
  if (exponent === NO_EXPONENT) return null;
  if (Math.abs(exponent) > MOST_EXPONENT) {
    return new ReadError('implausible', `${name} has the scale factor ${exponent}, not one of -10 … 10`, {
      lastBytes: data,
    });
  }
  const scaled = raw * register.scale * 10 ** exponent;
  const isPercent = register.orPercent === true && Math.abs(scaled) > MOST_FACTOR;
  const value = rounded(isPercent ? scaled / 100 : scaled, decimals);
  const [min, max] = register.limits;
  if (!(value >= min && value <= max) || (kind === 'counter' && !Number.isSafeInteger(value))) {
    return new ReadError('implausible', `${name} ${value} is not within ${min} … ${max}`, { lastBytes: data });
  }
  return value;
}

function exponentOf({ address, exponentAt }: ModbusRegister, data: Buffer, at: number): number {
  return exponentAt === undefined ? 0 : data.readInt16BE(at + 2 * (exponentAt - address));
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
