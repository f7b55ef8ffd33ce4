import { backAt } from './ladder.ts';
import { planAround } from './plans.ts';
import { touch } from './touch.ts';
import type { EvidenceItem, Incident, Observation, ObservationSource, TriageInput } from './triage-types.ts';

const VOLTAGES = [
  ['A', 'voltage_a_v'],
  ['B', 'voltage_b_v'],
  ['C', 'voltage_c_v'],
] as const;
const CURRENTS = ['current_a_a', 'current_b_a', 'current_c_a'] as const;

/** Everything that was looked at, whichever verdict came of it: incidents, the meter's own words, then the way to it. */
export function evidenceItems(input: TriageInput): EvidenceItem[] {
  return [
    ...outageItems(input),
    ...planItems(input),
    ...accountItems(input),
    ...valueItems(input, input.probe, 'probe'),
    ...valueItems(input, input.instant, 'instant'),
    ...valueItems(input, input.profile, 'profile'),
    ...neighbourItems(input),
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

const NAMES: Readonly<Record<Incident['kind'], string>> = {
  outage: 'outage',
  'phase-lost': 'phase_lost',
  planned: 'planned_outage',
  collection: 'collection_failure',
};

function outageItems(input: TriageInput): EvidenceItem[] {
  return input.incidents
    .filter((incident) => incident.state !== 'dismissed' && touch(input, incident) !== null)
    .map((incident) => {
      const { id, kind, startedAt } = incident;
      const back = backAt(incident);
      if (incident.state === 'unconfirmed') return item(input, 'outage', `${NAMES[kind]}_unconfirmed`, startedAt, id);
      return back === null
        ? item(input, 'outage', `${NAMES[kind]}_open`, startedAt, id)
        : item(input, 'outage', `${NAMES[kind]}_restored`, back, id);
    });
}

function planItems(input: TriageInput): EvidenceItem[] {
  const plan = planAround(input);
  if (!plan) return [];
  const { from, to, externalId } = plan;
  const when = from > input.now ? 'ahead' : to > input.now ? 'now' : 'over';
  return [item(input, 'plan', `planned_${when}`, plan.updatedAt, externalId)];
}

function accountItems(input: TriageInput): EvidenceItem[] {
  const orders = input.orders.map((order) =>
    item(input, 'order', `arrears_${order.state}`, order.updatedAt, order.externalId),
  );
  return input.account === null
    ? orders
    : [item(input, 'registry', `account_${input.account.status}`, null), ...orders];
}

function valueItems(input: TriageInput, seen: Observation | null, source: ObservationSource): EvidenceItem[] {
  if (!seen) return [];
  const { at, values } = seen;
  const items: EvidenceItem[] = [];
  const voltages = VOLTAGES.flatMap(([phase, name]) => {
    const voltageV = values[name];
    return typeof voltageV === 'number' ? [`${phase} ${voltageV.toFixed(1)} V`] : [];
  });
  if (voltages.length > 0) items.push(item(input, source, 'voltage', at, voltages.join(', ')));
  const currents = CURRENTS.flatMap((name) => {
    const currentA = values[name];
    return typeof currentA === 'number' ? [`${currentA.toFixed(2)} A`] : [];
  });
  if (currents.length > 0) items.push(item(input, source, 'current', at, currents.join(', ')));
  const { relay_open: relayOpen, on_battery: onBattery, power_active_total_w: powerW } = values;
  if (typeof relayOpen === 'number') {
    items.push(item(input, source, relayOpen === 1 ? 'relay_open' : 'relay_closed', at));
  }
  if (onBattery === 1) items.push(item(input, source, 'on_battery', at));
  if (typeof powerW === 'number') items.push(item(input, source, 'power', at, `${Math.round(powerW)} W`));
  return items;
}

function neighbourItems(input: TriageInput): EvidenceItem[] {
  if (!input.neighbours) return [];
  const { lit, dark, silent, at } = input.neighbours;
  const of = lit + dark + silent;
  const told = [
    ['neighbours_lit', lit],
    ['neighbours_dark', dark],
    ['neighbours_silent', silent],
  ] as const;
  return told.flatMap(([fact, count]) => (count > 0 ? [item(input, 'neighbours', fact, at, `${count}/${of}`)] : []));
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
