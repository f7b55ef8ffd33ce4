import { localParts } from '../clock/local-time.ts';
import { drift, hash32, unit } from '../load/hash.ts';
import type { PhaseIndex } from './spec.ts';

/** What a meter feels on its terminals at one second, before its protocol rounds it. Three-phase arrays a, b, c. */
export interface Terminals {
  readonly voltagesV: readonly number[];
  readonly currentsA: readonly number[];
  readonly wattsW: readonly number[];
  readonly varsVar: readonly number[];
  readonly frequencyHz: number;
}

/** Constant character of one installation, drawn from its seed. */
export interface Installation {
  /** Share of the load on each phase; one entry for a single-phase meter. */
  readonly shares: readonly number[];
  readonly powerFactor: number;
  /** Q ÷ P while importing. */
  readonly tangent: number;
  /** Voltage lost between transformer and meter, V. */
  readonly dropV: number;
}

export function installation(seed: number, phases: 1 | 3): Installation {
  const powerFactor = 0.9 + 0.09 * unit(seed, 11);
  const a = 0.31 + 0.05 * unit(seed, 12);
  const b = 0.31 + 0.05 * unit(seed, 13);
  return {
    shares: phases === 1 ? [1] : [a, b, 1 - a - b],
    powerFactor,
    tangent: Math.tan(Math.acos(powerFactor)),
    dropV: 3 * unit(seed, 14),
  };
}

export interface Supply {
  readonly areaSeed: number;
  /** Phase of the net on the first terminal. */
  readonly phase: PhaseIndex;
  readonly powered: boolean;
  /** Terminal without voltage, or null. */
  readonly lostPhase: PhaseIndex | null;
  /** Terminal that feels only a part of its voltage, and that part; its current flows on. */
  readonly weak: { readonly phase: PhaseIndex; readonly left: number } | null;
}

/** `loadW` is what the load would draw with all phases there; import positive. Panels feed in at unity power factor. */
export function terminals(at: number, loadW: number, what: Installation, supply: Supply): Terminals {
  const voltagesV: number[] = [];
  const currentsA: number[] = [];
  const wattsW: number[] = [];
  const varsVar: number[] = [];
  what.shares.forEach((share, index) => {
    const alive = supply.powered && supply.lostPhase !== index;
    const voltage = alive ? netVoltage(supply.areaSeed, (supply.phase + index) % 3, at) - what.dropV : 0;
    const watts = alive ? loadW * share : 0;
    const apparent = watts > 0 ? watts / what.powerFactor : watts;
    const felt = supply.weak?.phase === index ? supply.weak.left : 1;
    voltagesV.push(voltage * felt);
    wattsW.push(watts * felt);
    currentsA.push(alive ? apparent / voltage : 0);
    varsVar.push(watts > 0 ? watts * what.tangent * felt : 0);
  });
  return { voltagesV, currentsA, wattsW, varsVar, frequencyHz: supply.powered ? frequency(at) : 0 };
}

/** 223.5 to 228.5 V at the transformer, moving slowly. */
function netVoltage(areaSeed: number, phase: number, at: number): number {
  return 223.5 + 5 * drift(hash32(areaSeed, 21), phase, at, 900);
}

/** Inside a meter cupboard, °C: the season and the hour, in tenths; below zero in winter nights. */
export function cupboardTemperature(areaSeed: number, second: number): number {
  const { month, hour } = localParts(second);
  const mean = 16 - 14 * Math.cos(((month - 1) / 6) * Math.PI);
  return (
    Math.round(10 * (mean - 4 * Math.cos(((hour - 3) / 12) * Math.PI) + 3 * drift(areaSeed, 51, second, 7_200))) / 10
  );
}

/** One grid for all: 49.97 to 50.03 Hz. */
function frequency(at: number): number {
  return 49.97 + 0.06 * drift(31, 0, at, 60);
}

/** Current in the neutral conductor: the vector sum of currents 120° apart. */
export function neutralCurrent(currents: readonly number[]): number {
  const [a = 0, b = 0, c = 0] = currents;
  return currents.length === 1 ? Math.abs(a) : Math.sqrt(Math.max(0, a * a + b * b + c * c - a * b - b * c - c * a));
}
