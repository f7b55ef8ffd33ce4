import { type Static, type TSchema, Type } from 'typebox';
import { Id } from './ids.ts';
import { QUANTITY_NAMES } from './quantities.ts';

const strict = { additionalProperties: false } as const;

/** A value that nobody changes, however deep. */
type Fixed<T> = T extends object ? { readonly [K in keyof T]: Fixed<T[K]> } : T;
type Of<S extends TSchema> = Fixed<Static<S>>;

export const REGISTER_TYPES = ['u16', 'i16', 'u32', 'i32', 'float32', 'int64'] as const;
export type RegisterType = (typeof REGISTER_TYPES)[number];

/** Registers of 16 bits that a value of the type takes. */
export const REGISTERS_OF: Readonly<Record<RegisterType, number>> = {
  u16: 1,
  i16: 1,
  u32: 2,
  i32: 2,
  float32: 2,
  int64: 4,
};

/** Most registers in one reply: Modbus application protocol V1.1b3, 6.3 and 6.4. */
export const MOST_REGISTERS = 125;

/** `high-first`: the register with the lower address holds the more significant half. Bytes in a register are always high first. */
export const WORD_ORDERS = ['high-first', 'low-first'] as const;
export type WordOrder = (typeof WORD_ORDERS)[number];

const Address = Type.Integer({ minimum: 0, maximum: 65_535 });

/** Where a meter keeps one quantity. */
export const ModbusRegister = Type.Object(
  {
    quantity: Type.Enum([...QUANTITY_NAMES]),
    /** Protocol address, counted from 0 (document numbers such as 30001 are one higher than their last digits). */
    address: Address,
    type: Type.Enum([...REGISTER_TYPES]),
    /** The raw number times this is the value in the quantity's unit; negative where the meter counts export positive. */
    scale: Type.Number(),
    /** A register with a power of ten, -10 … 10, by which the value is multiplied besides; 8000 hex there: no value. */
    exponentAt: Type.Optional(Address),
    /** Values beyond ±1.01 are percent: meters differ in how they give a power factor. */
    orPercent: Type.Optional(Type.Boolean()),
    /** Lowest and highest believable value, in the quantity's unit. */
    limits: Type.Tuple([Type.Number(), Type.Number()]),
    /** Raw numbers by which the meter says that it has no value; NaN always says so. */
    absent: Type.Optional(Type.Array(Type.Number())),
  },
  strict,
);
export type ModbusRegister = Of<typeof ModbusRegister>;

/** What a model needs that others do not. */
export const ModbusQuirks = Type.Object(
  {
    /** Silence between two requests to the same meter, beyond that of the line, ms. */
    pauseMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000 })),
    /** Most registers in one request; 125 unless named. */
    maxRegisters: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_REGISTERS })),
    /** Most registers between two wanted ones that are read along in one request; 16 unless named. */
    maxHole: Type.Optional(Type.Integer({ minimum: 0, maximum: MOST_REGISTERS })),
    /** Every quantity needs a request of its own. */
    oneItemPerRequest: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type ModbusQuirks = Of<typeof ModbusQuirks>;

/** How a Modbus meter is read. */
export const ModbusMap = Type.Object(
  {
    /** 3 = holding registers, 4 = input registers. */
    functionCode: Type.Enum([3, 4]),
    wordOrder: Type.Enum([...WORD_ORDERS]),
    registers: Type.Array(ModbusRegister, { minItems: 1 }),
    /**
     * A block that every meter of the model answers in any of these sizes. At least three sizes: they bring an RTU
     * line back in step after lost replies.
     */
    probe: Type.Object(
      {
        address: Address,
        quantities: Type.Array(Type.Integer({ minimum: 1, maximum: MOST_REGISTERS }), { minItems: 3 }),
      },
      strict,
    ),
    quirks: Type.Optional(ModbusQuirks),
    /** Where the table comes from and how sure it is. */
    source: Type.String({ minLength: 1 }),
    /** What a person who installs or reads the meter should know. */
    caveats: Type.Array(Type.String({ minLength: 1 })),
  },
  strict,
);
export type ModbusMap = Of<typeof ModbusMap>;

/** A Modbus meter model that a site brings itself: what the centre must know of it, and how it is read. */
export const MeterProfile = Type.Object(
  {
    id: Id,
    zh: Type.String({ minLength: 1, maxLength: 200 }),
    en: Type.String({ minLength: 1, maxLength: 200 }),
    phases: Type.Enum([1, 3]),
    /** Nominal phase voltage, V. */
    ratedVoltageV: Type.Number({ minimum: 57, maximum: 1000 }),
    /** Largest current the meter is made for, A. */
    maxCurrentA: Type.Number({ exclusiveMinimum: 0, maximum: 100_000 }),
    /** The import register counts from 0 to below this and starts again at 0, Wh. */
    rolloverWh: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    modbus: ModbusMap,
  },
  strict,
);
export type MeterProfile = Of<typeof MeterProfile>;

/** Registers from `from` up to, not including, `to`, that one value needs: a scale factor must come with it. */
export function spanOf({ address, type, exponentAt = address }: ModbusRegister): { from: number; to: number } {
  const end = address + REGISTERS_OF[type];
  return { from: Math.min(address, exponentAt), to: Math.max(end, exponentAt + 1) };
}
