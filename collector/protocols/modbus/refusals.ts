import type { ModbusQuirks, ModbusRegister } from '../../profiles/modbus-profile.ts';
import { type Block, planBlocks } from './read-plan.ts';

/** A refusal is remembered this long: settings get mended, and an exception can be a slip of the line. */
const REMEMBER_MS = 3_600_000;

/** How far the requests to one meter are narrowed, step by step: as planned, without holes, one quantity each. */
const STEPS: readonly ModbusQuirks[] = [{}, { maxHole: 0 }, { oneItemPerRequest: true }];

interface Narrowed {
  step: number;
  readonly missing: Set<number>;
  readonly until: number;
}

/**
 * What single meters have refused with "illegal address" or "illegal value": a firmware that lacks a register, or that
 * does not let a hole be read along. The block is split until what can be read is read, and the rest is left out.
 */
export class Refusals {
  readonly #byMeter = new Map<string, Narrowed>();

  /** False for nearly every meter. */
  has(meter: string, now: number): boolean {
    const narrowed = this.#byMeter.get(meter);
    if (narrowed !== undefined && now >= narrowed.until) this.#byMeter.delete(meter);
    return this.#byMeter.has(meter);
  }

  /** Blocks for the registers that the meter is not known to lack. */
  plan(meter: string, registers: readonly ModbusRegister[], quirks: ModbusQuirks): Block[] {
    const narrowed = this.#byMeter.get(meter);
    if (narrowed === undefined) return planBlocks(registers, quirks);
    const present = registers.filter(({ address }) => !narrowed.missing.has(address));
    return planBlocks(present, { ...quirks, ...STEPS[narrowed.step] });
  }

  refused(meter: string, block: Block, now: number): void {
    let narrowed = this.#byMeter.get(meter);
    if (narrowed === undefined) {
      narrowed = { step: 0, missing: new Set(), until: now + REMEMBER_MS };
      this.#byMeter.set(meter, narrowed);
    }
    const [first, ...others] = block.registers;
    if (others.length > 0) narrowed.step = Math.min(narrowed.step + 1, STEPS.length - 1);
    else if (first) narrowed.missing.add(first.address);
  }
}
