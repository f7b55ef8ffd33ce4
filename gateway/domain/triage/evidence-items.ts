import { touch } from './observe.ts';
import type { EvidenceItem, Observation, TriageInput } from './triage-types.ts';

const VOLTAGES = [
  ['A', 'voltage_a_v'],
  ['B', 'voltage_b_v'],
  ['C', 'voltage_c_v'],
] as const;

/** Everything that was looked at, whichever verdict came of it: incidents, the meter's own words, then the way to it. */
export function evidenceItems(input: TriageInput): EvidenceItem[] {
  return [
    ...outageItems(input),
    ...accountItems(input),
    ...valueItems(input, input.instant, 'instant'),
    ...valueItems(input, input.profile, 'profile'),
    ...linkItems(input),
  ];
}

function item(
  { now }: TriageInput,
  source: EvidenceItem['source'],
  fact: string,
  at: number | null,
  detail = '',
): EvidenceItem {
  return { fact, at, ageS: at === null ? null : Math.max(0, Math.round((now - at) / 1000)), source, detail };
}

function outageItems(input: TriageInput): EvidenceItem[] {
  return input.outages
    .filter((outage) => touch(input, outage) !== null)
    .map((outage) => {
      const kind = outage.kind === 'outage' ? 'outage' : 'phase_lost';
      return outage.restoredAt === null
        ? item(input, 'outage', `${kind}_open`, outage.startedAt, outage.id)
        : item(input, 'outage', `${kind}_restored`, outage.restoredAt, outage.id);
    });
}

function accountItems(input: TriageInput): EvidenceItem[] {
  return input.account === null ? [] : [item(input, 'registry', `account_${input.account.status}`, null)];
}

function valueItems(input: TriageInput, seen: Observation | null, source: 'instant' | 'profile'): EvidenceItem[] {
  if (!seen) return [];
  const { at, values } = seen;
  const items: EvidenceItem[] = [];
  const voltages = VOLTAGES.flatMap(([phase, name]) => {
    const voltageV = values[name];
    return typeof voltageV === 'number' ? [`${phase} ${voltageV.toFixed(1)} V`] : [];
  });
  if (voltages.length > 0) items.push(item(input, source, 'voltage', at, voltages.join(', ')));
  const { relay_open: relayOpen, on_battery: onBattery, power_active_total_w: powerW } = values;
  if (typeof relayOpen === 'number')
    items.push(item(input, source, relayOpen === 1 ? 'relay_open' : 'relay_closed', at));
  if (onBattery === 1) items.push(item(input, source, 'on_battery', at));
  if (typeof powerW === 'number') items.push(item(input, source, 'power', at, `${Math.round(powerW)} W`));
  return items;
}

function linkItems(input: TriageInput): EvidenceItem[] {
  const { lastFailure, line, collectorOnline } = input;
  const items: EvidenceItem[] = [];
  if (lastFailure) items.push(item(input, 'read', lastFailure.reason, lastFailure.at));
  if (line) items.push(item(input, 'collector', `line_${line.state}`, line.at));
  if (collectorOnline !== null) {
    items.push(item(input, 'collector', collectorOnline ? 'collector_online' : 'collector_offline', null));
  }
  return items;
}
