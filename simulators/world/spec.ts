import type { LoadSpec } from '../load/base-load.ts';
import type { ResolutionName } from './resolution.ts';

export const MODELS = [
  'dlt645-1ph',
  'dlt645-3ph',
  'dlt645-1997-1ph',
  'dlt645-1997-3ph',
  'dlt698-1ph',
  'dlt698-3ph',
  'sdm120',
  'sdm630',
  'dtsu666',
  'iem3155',
  'em24',
  'sunspec-3ph',
] as const;
export type Model = (typeof MODELS)[number];

/** The language of a meter; the three DL/T ones share a bus. */
export type Protocol = 'dlt645' | 'dlt645-1997' | 'dlt698' | 'modbus';

interface ModelFacts {
  readonly protocol: Protocol;
  readonly phases: 1 | 3;
  /** The import register counts to below this and starts again at 0, Wh. */
  readonly rolloverWh: number;
  /** How finely the meter gives its values (see world/resolution.ts). */
  readonly resolution: ResolutionName;
}

/** Energies of DL/T meters have six digits before the point; Modbus meters with a seven-digit display go further. */
export const MODEL_FACTS: Readonly<Record<Model, ModelFacts>> = {
  'dlt645-1ph': { protocol: 'dlt645', phases: 1, rolloverWh: 1_000_000_000, resolution: 'dlt645' },
  'dlt645-3ph': { protocol: 'dlt645', phases: 3, rolloverWh: 1_000_000_000, resolution: 'dlt645' },
  'dlt645-1997-1ph': { protocol: 'dlt645-1997', phases: 1, rolloverWh: 1_000_000_000, resolution: 'dlt645-1997' },
  'dlt645-1997-3ph': { protocol: 'dlt645-1997', phases: 3, rolloverWh: 1_000_000_000, resolution: 'dlt645-1997' },
  'dlt698-1ph': { protocol: 'dlt698', phases: 1, rolloverWh: 1_000_000_000, resolution: 'dlt645' },
  'dlt698-3ph': { protocol: 'dlt698', phases: 3, rolloverWh: 1_000_000_000, resolution: 'dlt645' },
  sdm120: { protocol: 'modbus', phases: 1, rolloverWh: 1_000_000_000, resolution: 'float' },
  sdm630: { protocol: 'modbus', phases: 3, rolloverWh: 10_000_000_000, resolution: 'float' },
  dtsu666: { protocol: 'modbus', phases: 3, rolloverWh: 1_000_000_000, resolution: 'dtsu666' },
  iem3155: { protocol: 'modbus', phases: 3, rolloverWh: 1_000_000_000_000, resolution: 'iem3155' },
  em24: { protocol: 'modbus', phases: 3, rolloverWh: 100_000_000_000, resolution: 'em24' },
  'sunspec-3ph': { protocol: 'modbus', phases: 3, rolloverWh: 4_294_967_296, resolution: 'sunspec-203' },
};

export interface FeederSpec {
  readonly id: string;
  readonly name: string;
}

export interface AreaSpec {
  readonly id: string;
  readonly name: string;
  readonly feeder: string;
  readonly kva: number;
  /** Technical loss ÷ energy supplied. */
  readonly loss: number;
}

/**
 * How a line is reached. `…-tcp`: the collector dials; `…-pty`: a pseudo-terminal stands for an RS-485 bus; `…-dial-in`:
 * the terminal dials the collector and logs in. A line of a DL/T kind carries meters of all three DL/T protocols: the
 * kind says which ones it has unless the plan names others. `gdw376` lines sit behind a concentrator that forwards.
 */
export const LINE_KINDS = [
  'dlt645-tcp',
  'dlt645-pty',
  'modbus-tcp',
  'modbus-rtu-pty',
  'dlt698-tcp',
  'dlt698-pty',
  'dlt698-dial-in',
  'gdw376-tcp',
  'gdw376-dial-in',
] as const;
export type LineKind = (typeof LINE_KINDS)[number];

/** What a concentrator does with a forwarded frame that no meter answered in time. */
type OnSilence = 'deny' | 'empty' | 'silent';

/** The terminal at the head of a `gdw376` or `dial-in` line. */
export interface TerminalSpec {
  /** Q/GDW 376.1: region (four digits) and terminal address (four hexadecimal digits); DL/T 698.45: 12 digits. */
  readonly address: string;
  /** Port that the meters hang on; 31 is the carrier module. */
  readonly port: number;
  readonly heartbeatS: number;
  /** How long it waits for the confirmation of a login or heartbeat before it hangs up. */
  readonly confirmMs: number;
  /** First and longest pause before it dials again. */
  readonly backOffMs: readonly [first: number, most: number];
  /** AFN 00 F2, an answer without content, or nothing. */
  readonly onSilence: OnSilence;
  /** How long its capacitor lasts without power, 5 s if left out; 0: it is gone before it could say so. */
  readonly holdMs?: number;
  /** From power to dialling or being called again, 3 s if left out. */
  readonly bootMs?: number;
  /** Event counters EC1 and EC2 that come along with every answer while events wait (ACD); null = none wait. */
  readonly eventCounters: readonly [important: number, general: number] | null;
}

export interface LineTiming {
  /** Bits per second, 11 bits a byte; null where bytes take no time. */
  readonly baudRate: number | null;
  /** Range of the time a meter thinks before it answers. */
  readonly replyDelayMs: readonly [least: number, most: number];
}

export interface LineSpec {
  readonly id: string;
  readonly kind: LineKind;
  readonly concentrator: string | null;
  readonly timing: LineTiming;
  /** Lines of the kinds `gdw376` and `dial-in` only. */
  readonly terminal?: TerminalSpec;
}

/** `no…`: what a meter of its model would have but this one has not; it refuses to be asked for it. */
export interface MeterOptions {
  readonly noLoadProfile?: boolean;
  /** No data identifiers with FF: items one by one only. */
  readonly noBlocks?: boolean;
  readonly noFreezes?: boolean;
  /** SunSpec: model 213 (floats) in the place of 203 (whole numbers with scale factors). */
  readonly sunspecFloats?: boolean;
}

export type PhaseIndex = 0 | 1 | 2;

export interface MeterSpec {
  /** Also the number on the plate. */
  readonly id: string;
  readonly model: Model;
  readonly line: string;
  /** 12 digits, or a Modbus unit in decimal. */
  readonly address: string;
  readonly area: string;
  /** 分支 and 表箱, unique in the area only. */
  readonly branch?: string;
  readonly box?: string;
  readonly role: 'customer' | 'supply';
  readonly account: string | null;
  /** Phase of the net that a single-phase meter hangs on. */
  readonly phase: PhaseIndex | null;
  /** CT ratio: what the meter shows is the primary quantity ÷ ct. */
  readonly ct: number;
  /** Null for a supply meter: its load is its area. */
  readonly load: LoadSpec | null;
  /** Meter clock minus true time, s, when nothing is wrong with it. */
  readonly clockOffsetS: number;
  readonly options?: MeterOptions;
}

export interface AccountSpec {
  readonly no: string;
  readonly name: string;
  readonly address: string;
  readonly category: 'resident' | 'commercial' | 'dedicated' | 'generator';
  readonly priority: 'normal' | 'large' | 'critical' | 'vulnerable';
  readonly status: 'active' | 'disconnected';
  /** Contract capacity, kW, of those that have one on record. */
  readonly contractKw?: number;
}

/** Everything that exists in a simulated district. */
export interface DistrictSpec {
  readonly seed: number;
  readonly feeders: readonly FeederSpec[];
  readonly areas: readonly AreaSpec[];
  readonly lines: readonly LineSpec[];
  readonly meters: readonly MeterSpec[];
  readonly accounts: readonly AccountSpec[];
}
