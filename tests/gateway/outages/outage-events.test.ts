import { describe, expect, it } from 'vitest';
import type { Outage, OutageState } from '#contract/outage.ts';
import { changesOf, eventOf } from '../../../gateway/outages/outage-events.ts';
import { NOW, SLOT } from '../../support/centre.ts';
import { outage } from './at-work.ts';

const BACK = { state: 'restored', restoredAt: SLOT + 1_800_000 } as const;

function typeOf(before: Partial<Outage> | null, now: Partial<Outage>): string | null {
  return eventOf(outage({ revision: 2, ...now }), before && outage(before), NOW)?.type ?? null;
}

describe('the event of an incident', () => {
  it('is thin: what, where, since when and how many, and nobody by name', () => {
    expect(eventOf(outage({ firstEvidenceAt: SLOT + 5 }), null, NOW)).toEqual({
      type: 'outage.opened.v1',
      at: SLOT,
      district: 'd1',
      subject: 'outage-a1-1',
      evidenceAt: SLOT + 5,
      data: {
        kind: 'outage',
        state: 'open',
        node: 'area',
        nodeId: 'a1',
        area: 'a1',
        feeder: 'f1',
        phase: null,
        customers: 2,
        dark: 2,
        confidence: 'high',
        startedAt: new Date(SLOT).toISOString(),
        restoredAt: null,
        parent: null,
        planned: null,
        overrun: false,
        revision: 1,
        changes: [],
      },
    });
  });

  it('names the state that is new', () => {
    const first: Record<OutageState, string | null> = {
      unconfirmed: 'outage.unconfirmed.v1',
      open: 'outage.opened.v1',
      restored: 'outage.restored.v1',
      dismissed: null,
    };
    for (const [state, type] of Object.entries(first)) {
      expect(typeOf(null, { state: state as OutageState }), state).toBe(type);
    }
    expect(typeOf({ state: 'unconfirmed' }, { state: 'open' })).toBe('outage.opened.v1');
    expect(typeOf({ state: 'unconfirmed' }, { state: 'dismissed' })).toBe('outage.dismissed.v1');
    expect(typeOf({ state: 'open' }, BACK)).toBe('outage.restored.v1');
    expect(typeOf({ state: 'dismissed' }, { state: 'open' })).toBe('outage.opened.v1');
  });

  it('tells of an outage that goes on after all as a change of one that was opened', () => {
    expect(typeOf(BACK, { state: 'open' })).toBe('outage.changed.v1');
  });

  it('says what has changed', () => {
    const grown = outage({ revision: 2, customers: 9, areas: ['a1', 'a2'], node: 'feeder', nodeId: 'f1', area: null });
    const event = eventOf(grown, outage(), NOW);
    expect(event).toMatchObject({ type: 'outage.changed.v1', at: NOW });
    expect(event?.data['changes']).toEqual(['node', 'customers', 'areas']);
    expect(changesOf(outage(), outage({ kind: 'planned', planned: 'p1', overrun: true }))).toEqual([
      'kind',
      'planned',
      'overrun',
    ]);
    const moved = outage({ ...BACK, startedAt: SLOT - 1, restoredAt: SLOT + 1 });
    expect(changesOf(outage(BACK), moved)).toEqual(['start', 'end']);
  });

  it('does not exist when nothing that matters is new', () => {
    expect(typeOf({}, { dark: 1, members: [] })).toBeNull();
  });

  it('says that it is a matter of the way to the meters, or announced work', () => {
    expect(eventOf(outage({ kind: 'collection', node: 'line', nodeId: 'l1' }), null, NOW)?.data).toMatchObject({
      kind: 'collection',
      node: 'line',
    });
    expect(eventOf(outage({ kind: 'planned', planned: 'p1' }), null, NOW)?.data).toMatchObject({ planned: 'p1' });
  });
});
