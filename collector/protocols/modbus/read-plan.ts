import type { ModbusProfile, ModbusQuirks, ModbusRegister, RegisterType } from '../../profiles/modbus-profile.ts';
import { MOST_REGISTERS } from './register-request.ts';

const MOST_HOLE = 16;

/** Registers that a value of the type takes. */
export const REGISTERS_OF: Readonly<Record<RegisterType, number>> = {
  u16: 1,
  i16: 1,
  u32: 2,
  i32: 2,
  float32: 2,
  int64: 4,
};

/** One request: `quantity` registers from `address` on, and what stands in them. */
export interface Block {
  readonly address: number;
  readonly quantity: number;
  readonly registers: readonly ModbusRegister[];
}

/**
 * Blocks that bring the given registers in few requests, ascending by address. Neighbours share a block when no more
 * than `maxHole` unwanted registers lie between them and the block stays within `maxRegisters`; a value is never split.
 */
export function planBlocks(registers: readonly ModbusRegister[], quirks: ModbusQuirks = {}): Block[] {
  const { maxRegisters = MOST_REGISTERS, maxHole = MOST_HOLE, oneItemPerRequest = false } = quirks;
  const blocks: { address: number; end: number; registers: ModbusRegister[] }[] = [];
  for (const register of registers.toSorted((a, b) => a.address - b.address)) {
    const { address } = register;
    const end = address + REGISTERS_OF[register.type];
    const open = oneItemPerRequest ? undefined : blocks.at(-1);
    if (open && address - open.end <= maxHole && Math.max(end, open.end) - open.address <= maxRegisters) {
      open.end = Math.max(end, open.end);
      open.registers.push(register);
    } else {
      blocks.push({ address, end, registers: [register] });
    }
  }
  return blocks.map(({ address, end, registers: inside }) => ({ address, quantity: end - address, registers: inside }));
}

/** The registers of a profile that hold one of the wanted quantities, in the profile's order. */
export function registersFor(profile: ModbusProfile, items: readonly string[]): ModbusRegister[] {
  return profile.registers.filter(({ quantity }) => items.includes(quantity));
}
