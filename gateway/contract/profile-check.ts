import { type MeterProfile, MOST_REGISTERS, type ModbusRegister, REGISTERS_OF, spanOf } from './profile.ts';
import { isSignedCounter, quantity } from './quantities.ts';

/** Something in a profile that cannot be right, and what would be. */
export interface ProfileFault {
  /** Keys and indexes from the profile down. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

type Report = (path: ProfileFault['path'], message: string) => void;

const LAST_ADDRESS = 65_535;
const OTHER_PHASE = /_[bc](_|$)/;

/**
 * What the schema of a profile cannot say. Built-in profiles and those of a site pass the same checks. Empty: nothing
 * is wrong.
 */
export function checkModbusProfile(profile: MeterProfile): ProfileFault[] {
  const faults: ProfileFault[] = [];
  const report: Report = (path, message) => void faults.push({ path: ['modbus', ...path], message });
  const { registers } = profile.modbus;
  for (const [i, register] of registers.entries()) checkRegister(profile, register, ['registers', i], report);
  checkOverlaps(registers, report);
  checkProbe(profile, report);
  return faults;
}

function checkRegister(
  profile: MeterProfile,
  register: ModbusRegister,
  path: readonly (string | number)[],
  report: Report,
): void {
  const { quantity: name, limits, scale } = register;
  const { kind } = quantity(name);
  const { from, to } = spanOf(register);
  const most = profile.modbus.quirks?.maxRegisters ?? MOST_REGISTERS;
  if (to - 1 > LAST_ADDRESS) report([...path, 'address'], `${name} ends behind the last address, ${LAST_ADDRESS}`);
  if (to - from > most) {
    report([...path, 'exponentAt'], `${name} and its exponent need ${to - from} registers; ${most} come in one reply`);
  }
  if (scale === 0 || !Number.isFinite(scale)) report([...path, 'scale'], 'must be a number other than 0');
  if (kind === 'time') report([...path, 'quantity'], `${name} is a time, which is not read from registers`);
  if (profile.phases === 1 && OTHER_PHASE.test(name) && name !== 'temperature_c') {
    report([...path, 'quantity'], `${name} belongs to three phases, but the model has phases: 1`);
  }
  const [min, max] = limits;
  if (!(min < max)) report([...path, 'limits'], `${min} … ${max} must be the lowest and then the highest value`);
  if (kind !== 'counter') return;
  if (min < 0 && !isSignedCounter(name)) report([...path, 'limits'], `${name} cannot be below 0`);
  if (max >= profile.rolloverWh) {
    report(
      [...path, 'limits'],
      `${name} up to ${max} does not fit rolloverWh ${profile.rolloverWh}; ${profile.rolloverWh - 1} does`,
    );
  }
}

function checkOverlaps(registers: readonly ModbusRegister[], report: Report): void {
  const taken = new Map<number, string>();
  const known = new Set<string>();
  for (const [i, { quantity: name, address, type }] of registers.entries()) {
    if (known.has(name)) report(['registers', i, 'quantity'], `${name} has a register already; a quantity has one`);
    known.add(name);
    const own = Array.from({ length: REGISTERS_OF[type] }, (_, part) => address + part);
    const other = own.map((at) => taken.get(at)).find((holder) => holder !== undefined);
    if (other !== undefined) {
      const span = own.length === 1 ? `${address}` : `${address} … ${address + own.length - 1}`;
      report(['registers', i, 'address'], `${name} at ${span} lies on the registers of ${other}`);
    }
    for (const at of own) taken.set(at, name);
  }
  for (const [i, { exponentAt }] of registers.entries()) {
    const holder = exponentAt === undefined ? undefined : taken.get(exponentAt);
    if (holder !== undefined)
      report(['registers', i, 'exponentAt'], `${exponentAt} lies on the registers of ${holder}`);
  }
}

function checkProbe({ modbus: { registers, probe, quirks } }: MeterProfile, report: Report): void {
  const { address, quantities } = probe;
  if (new Set(quantities).size < 3) report(['probe', 'quantities'], 'must be at least three different sizes');
  const largest = Math.max(...quantities);
  const most = quirks?.maxRegisters ?? MOST_REGISTERS;
  if (largest > most) report(['probe', 'quantities'], `${largest} registers are more than maxRegisters, ${most}`);
  const own = new Set<number>();
  for (const register of registers) for (let { from, to } = spanOf(register); from < to; from++) own.add(from);
  for (let at = address; at < address + largest; at++) {
    if (own.has(at)) continue;
    report(['probe'], `${address} … ${address + largest - 1} must lie on registers of the table, but ${at} does not`);
    return;
  }
}
