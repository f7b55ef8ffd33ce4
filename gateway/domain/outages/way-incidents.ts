import type { Outage } from '#contract/outage.ts';
import { incidentId } from '../incident-id.ts';
import type { KnownIncidents } from './known-incidents.ts';
import { isSame } from './material.ts';
import type { OutageTopology } from './topology.ts';
import { type DarkAreas, type Ways, wayBody } from './ways.ts';
import type { OutageBody } from './write-outage.ts';

/** Past incidents of all ways that are remembered. */
const PAST = 1000;

/** The findings of collection anew; those that changed, with their new revisions, now known as well. */
export function workOutWays(
  ways: Ways,
  known: KnownIncidents,
  topology: OutageTopology,
  now: number,
  dark: readonly DarkAreas[] = [],
): Outage[] {
  const changed: Outage[] = [];
  const tell = (outage: Outage): void => {
    const next = { ...outage, revision: outage.revision + 1 };
    known.put(next);
    changed.push(next);
  };
  const told = [...known.all()].flatMap(({ state, node, nodeId, startedAt }) =>
    state === 'dismissed' ? [] : [`${node}/${nodeId}/${startedAt}`],
  );
  const seen = new Set<string>();
  for (const finding of ways.findings(topology, now, { dark, told: new Set(told) })) {
    const body = wayBody(topology, finding);
    const last = goneOn(known, body);
    const outage = written(body, last, now);
    seen.add(outage.id);
    if (!last || !isSame(last, outage)) tell(outage);
  }
  // What something higher explains now, or was shorter than it seemed, is no finding of its own.
  for (const outage of [...known.all()]) {
    if (outage.state === 'open' && !seen.has(outage.id)) tell({ ...outage, state: 'dismissed', confirmedAt: null });
  }
  known.bound(PAST, Number.POSITIVE_INFINITY);
  return changed;
}

function goneOn(known: KnownIncidents, { node, nodeId, startedAt }: OutageBody): Outage | undefined {
  return [...known.all()].find((each) => each.node === node && each.nodeId === nodeId && each.startedAt === startedAt);
}

function written(body: OutageBody, last: Outage | undefined, now: number): Outage {
  return {
    ...body,
    id: last?.id ?? incidentId('collection', `${body.node}-${body.nodeId}`, body.startedAt),
    kind: 'collection',
    detectedAt: last?.detectedAt ?? now,
    confirmedAt: last?.confirmedAt ?? now,
    parent: null,
    planned: null,
    overrun: false,
    revision: last?.revision ?? 0,
  };
}
