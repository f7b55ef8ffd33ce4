import type { ModbusQuirks, ModbusRegister } from '#contract/profile.ts';
import type { Missing } from '../missing.ts';
import { type Block, planBlocks } from './read-plan.ts';

/** A refusal is remembered this long: settings get mended, and an exception can be a slip of the line. */
const REMEMBER_MS = 3_600_000;

/** How far the requests to one meter are narrowed, step by step: as planned, without holes, one quantity each. */
const STEPS: readonly ModbusQuirks[] = [{}, { maxHole: 0 }, { oneItemPerRequest: true }];

interface Narrowed {
  step: number;
  /** By address; why the meter refused each. */
  readonly refused: Map<number, string>;
  readonly until: number;
}

/** How a register is called among what a meter lacks: `frequency_hz 4:0046` is input register 46 hex. */
function itemName(functionCode: 3 | 4, { quantity, address }: ModbusRegister): string {
  return `${quantity} ${functionCode}:${address.toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * What single meters have refused with "illegal address" or "illegal value": a firmware that lacks a register, or that
 * does not let a hole be read along. The block is split until what can be read is read, and the rest is left out: for an
 * hour, and a register that a meter refuses alone while it gives others for as long as `missing` knows it.
 */
export class Refusals {
  readonly #missing: Missing | null;
  readonly #byMeter = new Map<string, Narrowed>();

  constructor(missing: Missing | null = null) {
    this.#missing = missing;
  }

  /** True while the requests to the meter are narrowed; false for nearly every meter. */
  has(meter: string, now: number): boolean {
    const narrowed = this.#byMeter.get(meter);
    if (narrowed !== undefined && now >= narrowed.until) this.#byMeter.delete(meter);
    return this.#byMeter.has(meter);
  }

  /** The registers of the meter are elsewhere now. */
  forget(meter: string): void {
    this.#byMeter.delete(meter);
  }

  /** True when one of the registers is known to be missing from before. */
  lacksAny(meter: string, functionCode: 3 | 4, registers: readonly ModbusRegister[]): boolean {
    const missing = this.#missing;
    return missing !== null && registers.some((register) => missing.has(meter, itemName(functionCode, register)));
  }

  /** Blocks for the registers that the meter is not known to lack. */
  plan(meter: string, functionCode: 3 | 4, registers: readonly ModbusRegister[], quirks: ModbusQuirks): Block[] {
    const narrowed = this.#byMeter.get(meter);
    const present = registers.filter(
      (register) =>
        narrowed?.refused.has(register.address) !== true &&
        this.#missing?.has(meter, itemName(functionCode, register)) !== true,
    );
    return planBlocks(present, { ...quirks, ...STEPS[narrowed?.step ?? 0] });
  }

  /** The meter refused a block. */
  refused(meter: string, { registers: [first, ...others] }: Block, why: string, now: number): void {
    let narrowed = this.#byMeter.get(meter);
    if (narrowed === undefined) {
      narrowed = { step: 0, refused: new Map(), until: now + REMEMBER_MS };
      this.#byMeter.set(meter, narrowed);
    }
    if (others.length > 0) narrowed.step = Math.min(narrowed.step + 1, STEPS.length - 1);
    else if (first) narrowed.refused.set(first.address, why);
  }

  /**
   * The meter has given some of the registers: what it refused alone is missing. A meter that refuses everything has
   * another trouble, such as a wrong model on record.
   */
  keep(meter: string, functionCode: 3 | 4, registers: readonly ModbusRegister[]): void {
    const refused = this.#byMeter.get(meter)?.refused;
    if (!this.#missing || !refused) return;
    for (const register of registers) {
      const why = refused.get(register.address);
      const item = itemName(functionCode, register);
      if (why !== undefined && !this.#missing.has(meter, item)) this.#missing.add(meter, item, why);
    }
  }
}
