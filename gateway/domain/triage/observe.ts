import type { Outage } from '#contract/outage.ts';
import { phaseStates } from '../outages/evidence.ts';
import type { Observation, TriageInput } from './triage-types.ts';

/** Values older than this say nothing about now: two rounds of the slowest instant task, and time to read again. */
const FRESH_MS = 20 * 60_000;
/** A relay stays as it was set until somebody switches it; after a day nobody would vouch for it. */
export const RELAY_MS = 24 * 3_600_000;
/** Over-voltage begins here; above it the voltage is no normal one. */
const HIGH_SHARE = 1.2;

/** What the meter itself tells about its supply. */
export interface Supply {
  readonly at: number;
  readonly fresh: boolean;
  readonly source: 'instant' | 'profile';
  /** `normal`: every phase present; `partial`: one is missing while another is there; `odd`: none of these. */
  readonly state: 'normal' | 'off' | 'partial' | 'odd';
}

const VOLTAGES = ['voltage_a_v', 'voltage_b_v', 'voltage_c_v'] as const;

/** The newest observation with a voltage or on battery, or null. */
export function supplyOf(input: TriageInput): Supply | null {
  const found = newestWith(input, ({ values }) => {
    return values.on_battery === 1 || VOLTAGES.some((name) => typeof values[name] === 'number');
  });
  if (!found) return null;
  const { at, source, values } = found;
  return { at, source, fresh: input.now - at <= FRESH_MS, state: stateOf(input, values) };
}

function stateOf({ model, settings }: TriageInput, values: Observation['values']): Supply['state'] {
  const { present, missing } = phaseStates(model, values, settings);
  if (present.length > 0 && missing.length > 0) return 'partial';
  if (present.length === 0) return values.on_battery === 1 || missing.length === model.phases ? 'off' : 'odd';
  const high = VOLTAGES.some((name) => (values[name] ?? 0) > model.ratedVoltageV * HIGH_SHARE);
  return present.length === model.phases && !high ? 'normal' : 'odd';
}

/** `none`: the model has no relay, as the Modbus instruments of the catalogue. */
export interface Relay {
  readonly state: 'open' | 'closed' | 'none' | 'unknown';
  readonly at: number | null;
  readonly fresh: boolean;
  readonly source: 'instant' | 'profile' | 'registry';
}

export function relayOf(input: TriageInput): Relay {
  const found = newestWith(input, ({ values }) => typeof values.relay_open === 'number');
  if (found && input.now - found.at <= RELAY_MS) {
    const { at, source, values } = found;
    return { state: values.relay_open === 1 ? 'open' : 'closed', at, fresh: input.now - at <= FRESH_MS, source };
  }
  const state = input.model.protocol === 'modbus' ? 'none' : 'unknown';
  return { state, at: null, fresh: false, source: 'registry' };
}

function newestWith(
  { instant, profile }: TriageInput,
  has: (observation: Observation) => boolean,
): (Observation & { readonly source: 'instant' | 'profile' }) | null {
  const first = instant && has(instant) ? ({ ...instant, source: 'instant' } as const) : null;
  const second = profile && has(profile) ? ({ ...profile, source: 'profile' } as const) : null;
  if (!first || !second) return first ?? second;
  return first.at >= second.at ? first : second;
}

/**
 * How an incident touches the meter: `surely` when the meter is named in it, or cannot escape it; `likely` when it is
 * upstream, but the meter itself was not heard of; null when it does not.
 */
export function touch(
  input: Pick<TriageInput, 'meter' | 'feeder' | 'model'>,
  outage: Outage,
): 'surely' | 'likely' | null {
  const { meter, feeder, model } = input;
  if (outage.node === 'meter') return outage.nodeId === meter.id ? 'surely' : null;
  if (outage.nodeId !== (outage.node === 'area' ? meter.area : feeder)) return null;
  if (outage.meters.includes(meter.id)) return 'surely';
  if (outage.kind === 'outage') return 'likely';
  if (model.phases === 3) return 'surely';
  if (meter.phase === null) return 'likely';
  return meter.phase === outage.phase ? 'surely' : null;
}
