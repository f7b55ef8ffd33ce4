import type { QuantityName } from '#contract/quantities.ts';

export const REGISTER_TYPES = ['u16', 'i16', 'u32', 'i32', 'float32', 'int64'] as const;
export type RegisterType = (typeof REGISTER_TYPES)[number];

/** `high-first`: the register with the lower address holds the more significant half. Bytes in a register are always high first. */
export type WordOrder = 'high-first' | 'low-first';

/** Where a meter keeps one quantity. */
export interface ModbusRegister {
  readonly quantity: QuantityName;
  /** Protocol address, counted from 0 (document numbers such as 30001 are one higher than their last digits). */
  readonly address: number;
  readonly type: RegisterType;
  /** The raw number times this is the value in the quantity's unit; negative where the meter counts export positive. */
  readonly scale: number;
  /** Lowest and highest believable value, in the quantity's unit. */
  readonly limits: readonly [min: number, max: number];
  /** Raw numbers by which the meter says that it has no value; NaN always says so. */
  readonly absent?: readonly number[];
}

/** What a model needs that others do not. */
export interface ModbusQuirks {
  /** Silence between two requests to the same meter, beyond that of the line, ms. */
  readonly pauseMs?: number;
  /** Most registers in one request; 125 unless named. */
  readonly maxRegisters?: number;
  /** Most registers between two wanted ones that are read along in one request; 16 unless named. */
  readonly maxHole?: number;
  /** Every quantity needs a request of its own. */
  readonly oneItemPerRequest?: boolean;
}

/** A Modbus meter model as data. */
export interface ModbusProfile {
  /** Id of the model in the contract. */
  readonly id: string;
  readonly phases: 1 | 3;
  /** 3 = holding registers, 4 = input registers. */
  readonly functionCode: 3 | 4;
  readonly wordOrder: WordOrder;
  readonly registers: readonly ModbusRegister[];
  /**
   * A block that every meter of the model answers in any of these sizes. At least three sizes: they bring a line back
   * in step after lost replies, see protocols/modbus/unit-sync.ts.
   */
  readonly probe: { readonly address: number; readonly quantities: readonly number[] };
  readonly quirks: ModbusQuirks;
  /** Where the table comes from and how sure it is. */
  readonly source: string;
  /** What a person who installs or reads the meter should know. */
  readonly caveats: readonly string[];
}
