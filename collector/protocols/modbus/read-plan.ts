import { MOST_REGISTERS, type ModbusQuirks, type ModbusRegister, spanOf } from '#contract/profile.ts';
import type { ModbusProfile } from '../../profiles/modbus-profile.ts';

const MOST_HOLE = 16;

/** One request: `quantity` registers from `address` on, and what stands in them. */
export interface Block {
  readonly address: number;
  readonly quantity: number;
  readonly registers: readonly ModbusRegister[];
}

/**
 * Blocks that bring the given registers in few requests, ascending by address. Neighbours share a block when no more
 * than `maxHole` unwanted registers lie between them and the block stays within `maxRegisters`. A value is never split,
 * nor parted from its scale factor.
 */
export function planBlocks(registers: readonly ModbusRegister[], quirks: ModbusQuirks = {}): Block[] {
  const { maxRegisters = MOST_REGISTERS, maxHole = MOST_HOLE, oneItemPerRequest = false } = quirks;
  const blocks: { address: number; end: number; registers: ModbusRegister[] }[] = [];
  const spans = registers.map((register) => ({ register, ...spanOf(register) }));
  for (const { register, from: address, to: end } of spans.sort((a, b) => a.from - b.from)) {
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
