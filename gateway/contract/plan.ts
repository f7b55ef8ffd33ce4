import { type Static, Type } from 'typebox';
import { Id } from './ids.ts';
import { MeterProfile } from './profile.ts';
import { TaskSpan } from './task-selection.ts';
import { Task } from './tasks.ts';

const strict = { additionalProperties: false } as const;

/** A serial bus. Baud rate 2400 and even parity are the DL/T 645-2007 default; Modbus meters are usually 9600 8N1. */
export const SerialLink = Type.Object(
  {
    path: Type.String({ minLength: 1 }),
    baudRate: Type.Integer({ minimum: 300, maximum: 921_600 }),
    parity: Type.Enum(['none', 'even', 'odd']),
    dataBits: Type.Enum([7, 8]),
    stopBits: Type.Enum([1, 2]),
  },
  strict,
);
export type SerialLink = Static<typeof SerialLink>;

export const TcpLink = Type.Object(
  { host: Type.String({ minLength: 1 }), port: Type.Integer({ minimum: 1, maximum: 65_535 }) },
  strict,
);
export type TcpLink = Static<typeof TcpLink>;

/**
 * A line waits for a concentrator or meter to dial in: the collector listens, and the terminal that logs in with this
 * address is the line. Q/GDW 376.1: four digits of region code and four hexadecimal digits of terminal address, such
 * as 02001234; DL/T 698.45: the 12 digits of the logical address.
 */
export const DialInLink = Type.Object(
  {
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    terminal: Type.String({ pattern: '^([0-9]{4}[0-9A-F]{4}|[0-9]{12})$' }),
  },
  strict,
);
export type DialInLink = Static<typeof DialInLink>;

/** The meters hang on a port of a Q/GDW 376.1 terminal: their frames travel inside AFN 10 F1, transparent forward. */
export const Forward = Type.Object(
  {
    /** Region code and terminal address, such as 02001234. */
    terminal: Type.String({ pattern: '^[0-9]{4}[0-9A-F]{4}$' }),
    /** Port of the terminal that the meters are on; 31 is the carrier module, 1 and 2 are RS-485 in most terminals. */
    port: Type.Integer({ minimum: 1, maximum: 255 }),
    baudRate: Type.Enum([300, 600, 1200, 2400, 4800, 7200, 9600, 19_200]),
    parity: Type.Enum(['none', 'even', 'odd']),
  },
  strict,
);
export type Forward = Static<typeof Forward>;

/** `dlt645` and `dlt698` lines carry meters of all three DL/T protocols; they differ in their usual settings. */
export const LINE_PROTOCOLS = ['dlt645', 'dlt698', 'modbus-rtu', 'modbus-tcp'] as const;
export type LineProtocol = (typeof LINE_PROTOCOLS)[number];

/** Waiting times on one line, ms. */
export const LineTiming = Type.Object(
  {
    /** From the end of the request to the first byte of the reply. */
    replyTimeoutMs: Type.Integer({ minimum: 20, maximum: 120_000 }),
    /** Longest silence inside a reply. */
    byteGapMs: Type.Integer({ minimum: 5, maximum: 10_000 }),
    /** Silence before a request. */
    pauseMs: Type.Integer({ minimum: 0, maximum: 10_000 }),
    /** After a time-out or a damaged reply the line must have been silent for this long. */
    quietMs: Type.Integer({ minimum: 0, maximum: 60_000 }),
  },
  strict,
);
export type LineTiming = Static<typeof LineTiming>;

export const PlanLine = Type.Object(
  {
    id: Id,
    protocol: Type.Enum([...LINE_PROTOCOLS]),
    link: Type.Union([
      Type.Object({ serial: SerialLink }, strict),
      Type.Object({ tcp: TcpLink }, strict),
      Type.Object({ dialIn: DialInLink }, strict),
    ]),
    forward: Type.Optional(Forward),
    /** Id of the concentrator behind the endpoint, or null for a line without one. */
    concentrator: Type.Union([Id, Type.Null()]),
    timing: LineTiming,
  },
  strict,
);
export type PlanLine = Static<typeof PlanLine>;

export const PlanMeter = Type.Object(
  {
    id: Id,
    line: Id,
    /** DL/T 645 and 698: up to 12 digits; Modbus: unit id 1..247 in decimal. */
    address: Type.String({ pattern: '^[0-9]{1,12}$' }),
    model: Id,
    installedAt: Type.Integer(),
    removedAt: Type.Union([Type.Integer(), Type.Null()]),
    collectedFrom: Type.Integer(),
    /** When the meter has the tasks with `for`: the collector knows no accounts. Left out by a meter with none. */
    selected: Type.Optional(Type.Array(TaskSpan, { minItems: 1 })),
  },
  strict,
);
export type PlanMeter = Static<typeof PlanMeter>;

/**
 * Everything one collector must read, retained on `down/plan`. The collector keeps the last good one on disk and runs
 * from it without the centre. `version` is a digest of the content: an unchanged plan has an unchanged version.
 */
export const Plan = Type.Object(
  {
    v: Type.Literal(1),
    version: Type.String({ minLength: 1 }),
    district: Id,
    collector: Id,
    timeZone: Type.String({ minLength: 1 }),
    tasks: Type.Array(Task),
    lines: Type.Array(PlanLine),
    meters: Type.Array(PlanMeter),
    /** Models of the meters that are not in the catalogue. */
    profiles: Type.Optional(Type.Array(Type.Unsafe<MeterProfile>(MeterProfile))),
  },
  strict,
);
export type Plan = Static<typeof Plan>;
