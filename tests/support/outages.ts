import type { NewCentreEvent } from '#contract/centre-event.ts';
import type { Outage, OutageMember } from '#contract/outage.ts';
import type { StateStore } from '#stores/state-store.ts';

/** An open outage of area A1, from `startedAt` on, with whatever else is given. */
export function outageOf(over: Partial<Outage> & Pick<Outage, 'id' | 'startedAt'>): Outage {
  const { startedAt, restoredAt = null, area = 'A1', node = 'area', members = [] } = over;
  return {
    kind: 'outage',
    state: restoredAt === null ? 'open' : 'restored',
    node,
    nodeId: area ?? '',
    district: null,
    feeder: null,
    area,
    areas: area === null ? [] : [area],
    phase: null,
    restoredAt,
    firstEvidenceAt: startedAt,
    detectedAt: startedAt,
    confirmedAt: startedAt,
    confidence: 'high',
    customers: members.length,
    dark: members.length,
    parent: null,
    planned: null,
    overrun: false,
    evidence: [],
    revision: 1,
    ...over,
    members,
  };
}

/** Members that told so themselves, all with the same times. */
export function membersOf(meters: readonly string[], from: number, to: number | null = null): OutageMember[] {
  return [...meters].sort().map((meter) => ({ meter, from, to, told: 'itself' as const }));
}

/** Writes incidents as the detector does, each with an event that tells of it. */
export async function saveOutages(state: Pick<StateStore, 'outages'>, ...outages: readonly Outage[]): Promise<void> {
  const events = outages.map((outage): NewCentreEvent => {
    const type = outage.state === 'restored' ? 'outage.restored.v1' : 'outage.opened.v1';
    const { id, startedAt, district, firstEvidenceAt } = outage;
    return { type, at: startedAt, district, subject: id, evidenceAt: firstEvidenceAt, data: { state: outage.state } };
  });
  const at = Math.max(0, ...outages.map(({ detectedAt }) => detectedAt));
  await state.outages.commit({ outages, supply: [], forgotten: [], events, at });
}
