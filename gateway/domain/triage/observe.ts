import { phaseStates } from '../outages/evidence.ts';
import type { Observation, ObservationSource, TriageInput } from './triage-types.ts';

/** Values older than this say nothing about now: two rounds of the slowest instant task, and time to read again. */
export const FRESH_MS = 20 * 60_000;
/** A relay stays as it was set until somebody switches it; after a day nobody would vouch for it. */
export const RELAY_MS = 24 * 3_600_000;
/** Over-voltage begins here; above it the voltage is no normal one. */
const HIGH_SHARE = 1.2;

/** What the meter itself tells about its supply. */
export interface Supply {
  readonly at: number;
  readonly fresh: boolean;
  readonly source: ObservationSource;
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
  readonly source: ObservationSource | 'registry';
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

/** The newest of what the meter showed, whoever asked for it; of equal ones what was asked for just now. */
function newestWith(
  { probe, instant, profile }: TriageInput,
  has: (observation: Observation) => boolean,
): (Observation & { readonly source: ObservationSource }) | null {
  let newest: (Observation & { readonly source: ObservationSource }) | null = null;
  for (const [source, seen] of [
    ['probe', probe],
    ['instant', instant],
    ['profile', profile],
  ] as const) {
    if (seen && has(seen) && (newest === null || seen.at > newest.at)) newest = { ...seen, source };
  }
  return newest;
}

/** Below this a meter counts no current, A: the starting current of a class 1 meter of 5 A is 20 mA (GB/T 17215.321). */
const NO_CURRENT_A = 0.05;
const CURRENTS = ['current_a_a', 'current_b_a', 'current_c_a'] as const;

/** Whether the meter shows that nothing is drawn behind it; false when it does not show a current. */
export function drawsNothing(input: TriageInput): boolean {
  const seen = newestWith(input, ({ values }) => CURRENTS.some((name) => typeof values[name] === 'number'));
  if (!seen || input.now - seen.at > FRESH_MS) return false;
  return CURRENTS.every((name) => Math.abs(seen.values[name] ?? 0) < NO_CURRENT_A);
}
