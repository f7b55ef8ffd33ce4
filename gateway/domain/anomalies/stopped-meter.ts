import type { Anomaly } from '#contract/anomaly.ts';
import { incidentId } from '../incident-id.ts';

/** One point of a meter's load profile. `slot` UTC ms; null = the meter gave no such value. */
export interface ProfilePoint {
  readonly slot: number;
  readonly importWh: number | null;
  /** Active power, import positive, W. */
  readonly powerW: number | null;
}

/** What is remembered of one meter; plain data, to be kept or stored as it is. Instants in UTC ms. */
export interface StoppedState {
  /** The newest point: its slot, and its power while that is known. */
  readonly slot: number;
  readonly powerW: number | null;
  /** The register and the first slot at which it stood so. */
  readonly importWh: number;
  readonly since: number;
  /** ∫P dt since then, Wh, over gaps between points that are short enough to be known. */
  readonly flowedWh: number;
  readonly open: Anomaly | null;
}

export interface StoppedSettings {
  /** A register that stands still while this much energy flowed has stopped, Wh. */
  readonly minWh: number;
  /** Between points further apart than this nothing is known of the power, ms. */
  readonly maxGapMs: number;
}

/** 停走: 0.4 kWh without movement of the register, as concentrators judge it; points at most two quarter hours apart. */
export const DEFAULT_STOPPED_SETTINGS: StoppedSettings = { minWh: 400, maxGapMs: 1_800_000 };

export interface StoppedStep {
  readonly state: StoppedState | null;
  /** The anomaly that this point opened or closed, as it is to be stored, or null. */
  readonly changed: Anomaly | null;
}

const HOUR_MS = 3_600_000;

/**
 * 停走 (stopped meter) over one more profile point: opened when the register stood still while ∫P dt, by trapezoids
 * over import power, reached `minWh`; closed by the first point at which the register is higher.
 *
 * Points are taken in rising order of slots. A point that is not newer than the newest one is passed over, so repeated
 * and back-filled points change nothing; and a gap longer than `maxGapMs` adds no energy, so a hole in the data can delay
 * a finding but never make one. To judge a day again after its gaps are filled, fold its stored points in rising order
 * from the state before it. Suspect readings are not to be fed. A point without register leaves the state as it is. A lower register (exchange, reset,
 * wrong value) begins a new count and neither opens nor closes anything.
 */
export function stoppedMeter(
  state: StoppedState | null,
  meter: string,
  point: ProfilePoint,
  settings: StoppedSettings = DEFAULT_STOPPED_SETTINGS,
): StoppedStep {
  const { slot, importWh, powerW } = point;
  if (importWh === null || (state !== null && slot <= state.slot)) return { state, changed: null };
  const open = state?.open ?? null;
  if (state === null || importWh !== state.importWh) {
    const closed = open && state && importWh > state.importWh ? close(open, state, slot) : null;
    const next = { slot, powerW, importWh, since: slot, flowedWh: 0, open: closed ? null : open };
    return { state: next, changed: closed };
  }
  const flowedWh = state.flowedWh + between(state, point, settings.maxGapMs);
  const next = { ...state, slot, powerW, flowedWh };
  if (open || flowedWh < settings.minWh) return { state: next, changed: null };
  const opened = begin(meter, next, settings);
  return { state: { ...next, open: opened }, changed: opened };
}

/** State of a process that starts, from the open anomaly that is stored. */
export function restoreStopped(open: Anomaly): StoppedState {
  const { registerWh, flowedWh } = open.facts;
  return {
    slot: open.to,
    powerW: null,
    importWh: Number(registerWh),
    since: open.from,
    flowedWh: Number(flowedWh),
    open,
  };
}

/** Energy imported between two successive points, Wh; 0 when that is not known. */
function between(state: StoppedState, { slot, powerW }: ProfilePoint, maxGapMs: number): number {
  const ms = slot - state.slot;
  if (ms > maxGapMs || powerW === null || state.powerW === null) return 0;
  return ((Math.max(0, state.powerW) + Math.max(0, powerW)) / 2) * (ms / HOUR_MS);
}

function begin(meter: string, { since, slot, importWh, flowedWh }: StoppedState, settings: StoppedSettings): Anomaly {
  return {
    id: incidentId('stopped', meter, since),
    rule: 'stopped_meter',
    meter,
    openedAt: slot,
    closedAt: null,
    from: since,
    to: slot,
    facts: { registerWh: importWh, flowedWh: Math.round(flowedWh), minWh: settings.minWh },
  };
}

/** The anomaly with the span and energy that it came to. */
function close(open: Anomaly, { slot: to, flowedWh }: StoppedState, closedAt: number): Anomaly {
  return { ...open, closedAt, to, facts: { ...open.facts, flowedWh: Math.round(flowedWh) } };
}
