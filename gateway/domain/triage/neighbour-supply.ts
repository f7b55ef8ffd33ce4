import type { MeterModel } from '#contract/models.ts';
import { phaseStates } from '../outages/evidence.ts';
import type { OutageSettings } from '../outages/settings.ts';
import type { Values } from '../validation/gauges.ts';
import { FRESH_MS } from './observe.ts';
import type { Neighbours } from './triage-types.ts';

/** What was last heard of a neighbour: values, or a read that ended without; UTC ms. */
export type Heard = { readonly at: number } & ({ readonly values: Values } | { readonly isSilent: boolean });

export type NeighbourState = 'lit' | 'dark' | 'silent' | 'none';

/** `none`: it says nothing about supply, as values without a voltage, or a failure of communication. */
export function neighbourState(
  model: Pick<MeterModel, 'phases' | 'ratedVoltageV'>,
  heard: Heard,
  settings: Pick<OutageSettings, 'offShare' | 'onShare'>,
): NeighbourState {
  if (!('values' in heard)) return heard.isSilent ? 'silent' : 'none';
  const { present, missing } = phaseStates(model, heard.values, settings);
  if (present.length > 0) return 'lit';
  return heard.values.on_battery === 1 || missing.length === model.phases ? 'dark' : 'none';
}

/** Counts those that were heard of within the last 20 minutes; null when they say nothing. */
export function countNeighbours(
  heard: Iterable<{ readonly state: NeighbourState; readonly at: number }>,
  now: number,
): Neighbours | null {
  const counts = { lit: 0, dark: 0, silent: 0, none: 0 };
  let newest = 0;
  for (const { state, at } of heard) {
    if (state === 'none' || now - at > FRESH_MS) continue;
    counts[state]++;
    newest = Math.max(newest, at);
  }
  return newest === 0 ? null : { lit: counts.lit, dark: counts.dark, silent: counts.silent, at: newest };
}
