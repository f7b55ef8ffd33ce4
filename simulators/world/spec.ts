import type { LoadSpec } from '../load/base-load.ts';

export const MODELS = ['dlt645-1ph', 'dlt645-3ph', 'sdm120', 'sdm630'] as const;
export type Model = (typeof MODELS)[number];

interface ModelFacts {
  readonly protocol: 'dlt645' | 'modbus';
  readonly phases: 1 | 3;
  /** The import register counts to below this and starts again at 0, Wh. */
  readonly rolloverWh: number;
}

/** Energies of DL/T 645-2007 have six digits before the point; the SDM630 display has seven. */
export const MODEL_FACTS: Readonly<Record<Model, ModelFacts>> = {
  'dlt645-1ph': { protocol: 'dlt645', phases: 1, rolloverWh: 1_000_000_000 },
  'dlt645-3ph': { protocol: 'dlt645', phases: 3, rolloverWh: 1_000_000_000 },
  sdm120: { protocol: 'modbus', phases: 1, rolloverWh: 1_000_000_000 },
  sdm630: { protocol: 'modbus', phases: 3, rolloverWh: 10_000_000_000 },
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

/** How a line is reached: DL/T 645 or Modbus, over TCP or over a pseudo-terminal that stands for an RS-485 bus. */
export const LINE_KINDS = ['dlt645-tcp', 'dlt645-pty', 'modbus-tcp', 'modbus-rtu-pty'] as const;
export type LineKind = (typeof LINE_KINDS)[number];

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
}

export interface AccountSpec {
  readonly no: string;
  readonly name: string;
  readonly address: string;
  readonly category: 'resident' | 'commercial' | 'dedicated' | 'generator';
  readonly priority: 'normal' | 'large' | 'critical' | 'vulnerable';
  readonly status: 'active' | 'disconnected';
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
