import { describe, expect, it } from 'vitest';
import type { OutageNote, PlannedOutage } from '#contract/outage.ts';
import { arrearsOrder, plannedOutage } from '../../stores/state-samples.ts';
import { account, meter } from '../site.ts';
import { judge, MIN, NO_NOTES, NORMAL, NOW, outage, seen } from './call.ts';

const note = (over: Partial<OutageNote>): OutageNote => {
  return { id: 'n', outage: 'o', at: NOW, by: 'k', kind: 'expected', text: '', expectedAt: null, ...over };
};
const plan = (over: Partial<PlannedOutage> = {}): PlannedOutage =>
  plannedOutage('W1', { from: NOW - 60 * MIN, to: NOW + 60 * MIN, feeders: [], areas: ['a1'], ...over });

describe('an incident', () => {
  const inBox = meter('m1', { branch: 'B1', box: 'X1' });

  it('takes the meters below its node: box, branch, area, feeder, in the areas that it reaches', () => {
    const verdictAt = (node: 'box' | 'branch' | 'feeder', nodeId: string, areas = ['a1']) =>
      judge({ meter: inBox, incidents: [outage({ node, nodeId, areas })] }).verdict;
    expect(verdictAt('box', 'a1/X1')).toBe('gridOutage');
    expect(verdictAt('branch', 'a1/B1')).toBe('gridOutage');
    expect(verdictAt('feeder', 'f1', ['a0', 'a1'])).toBe('gridOutage');
    expect(verdictAt('box', 'a2/X1')).toBe('unknown');
    expect(verdictAt('branch', 'a1/X1')).toBe('unknown');
    expect(verdictAt('feeder', 'f1', ['a0', 'a2'])).toBe('unknown');
    expect(judge({ incidents: [outage({ node: 'box', nodeId: 'a1/undefined' })] }).verdict).toBe('unknown');
  });

  it('that does not count the meter among its own is hardly a reason', () => {
    expect(judge({ incidents: [outage({ member: null })] })).toMatchObject({
      verdict: 'gridOutage',
      confidence: 'low',
    });
  });

  it('is over for a meter that is back before the others', () => {
    const member = { meter: 'm1', from: NOW - 40 * MIN, to: NOW - 5 * MIN, told: 'itself' } as const;
    const found = judge({ incidents: [outage({ member })] });
    expect(found).toMatchObject({ verdict: 'restored', confidence: 'medium', outage: { state: 'open' } });
    expect(found.script.en).toContain('19:25');
  });

  it('that is not confirmed is told as being checked, never as an outage', () => {
    const found = judge({ incidents: [outage({ state: 'unconfirmed', confirmedAt: null })] });
    expect(found).toMatchObject({ verdict: 'unknown', hint: 'beingChecked', outage: { state: 'unconfirmed' } });
    expect(found.missing[0]).toBe('confirmation');
    expect(found.script.en).toContain('not certain');
    expect(found.script.zh).not.toContain('停电，');
    const lit = judge({ incidents: [outage({ state: 'unconfirmed' })], instant: seen(NORMAL) });
    expect(lit).toMatchObject({ verdict: 'customerSide', outage: null });
  });

  it('that was dismissed is nothing', () => {
    const found = judge({ incidents: [outage({ state: 'dismissed', restoredAt: NOW - MIN })] });
    expect(found).toMatchObject({ verdict: 'unknown', outage: null });
    expect(found.evidence.some(({ source }) => source === 'outage')).toBe(false);
  });

  it('of communication explains silence and is no outage', () => {
    for (const [node, nodeId] of [
      ['line', 'l1'],
      ['concentrator', 'k1'],
      ['collector', 'c1'],
    ] as const) {
      const found = judge({ incidents: [outage({ kind: 'collection', node, nodeId, area: null })] });
      expect(found).toMatchObject({ verdict: 'unknown', hint: 'communication', outage: null });
      expect(found.missing).toContain('communication');
      expect(found.script.en).toContain('does not mean an outage');
      expect(found.evidence).toContainEqual(expect.objectContaining({ fact: 'collection_failure_open' }));
    }
    expect(judge({ incidents: [outage({ kind: 'collection', node: 'line', nodeId: 'l2' })] }).hint).toBeNull();
    const maybe = outage({ kind: 'collection', node: 'line', nodeId: 'l1', state: 'unconfirmed' });
    expect(judge({ incidents: [maybe] })).toMatchObject({ hint: null, outage: null });
  });
});

describe('what dispatch entered', () => {
  const scriptWith = (notes: Partial<typeof NO_NOTES | Record<string, OutageNote>>) =>
    judge({ incidents: [outage({ notes: { ...NO_NOTES, ...notes } })] }).script;

  it('is the only time of restoration that is told', () => {
    expect(scriptWith({}).en).not.toContain('expected');
    const told = scriptWith({ expected: note({ expectedAt: NOW + 90 * MIN }) });
    expect([told.zh, told.en]).toEqual([expect.stringContaining('21:00'), expect.stringContaining('21:00')]);
    expect(scriptWith({ expected: note({ expectedAt: null, text: 'withdrawn' }) }).en).not.toContain('expected');
  });

  it('is told as past when it is', () => {
    expect(scriptWith({ expected: note({ expectedAt: NOW - MIN }) }).en).toContain('no newer time');
  });

  it('is the cause, too', () => {
    expect(scriptWith({ cause: note({ kind: 'cause', text: '电缆外力破坏' }) }).zh).toContain('电缆外力破坏');
  });
});

describe('plannedOutage', () => {
  it('is announced work that lasts at the place, unless the meter had voltage since it began', () => {
    const silent = judge({ planned: [plan()] });
    expect(silent).toMatchObject({ verdict: 'plannedOutage', confidence: 'medium', planned: { externalId: 'W1' } });
    expect(silent.script.en).toContain('from 18:30 to 20:30');
    expect(judge({ planned: [plan()], instant: seen({ voltage_a_v: 0 }) })).toMatchObject({ confidence: 'high' });
    expect(judge({ planned: [plan()], instant: seen(NORMAL) }).verdict).toBe('customerSide');
    expect(judge({ planned: [plan()], instant: seen(NORMAL, 61) }).verdict).toBe('plannedOutage');
  });

  it('names feeders, areas or meters, and nothing that was cancelled', () => {
    const verdict = (over: Partial<PlannedOutage>) => judge({ planned: [plan({ areas: [], ...over })] }).verdict;
    expect([verdict({ feeders: ['f1'] }), verdict({ meters: ['m1'] })]).toEqual(['plannedOutage', 'plannedOutage']);
    expect([verdict({ feeders: ['f2'] }), verdict({ areas: ['a1'], state: 'cancelled' })]).toEqual([
      'unknown',
      'unknown',
    ]);
  });

  it('is told of ahead and afterwards without being the verdict', () => {
    const around = (from: number, to: number) => {
      const found = judge({ planned: [plan({ from: NOW + from * MIN, to: NOW + to * MIN })] });
      return [found.verdict, found.planned?.externalId ?? null];
    };
    expect(around(1, 9)).toEqual(['unknown', 'W1']);
    expect(around(24 * 60, 24 * 60 + 9)).toEqual(['unknown', 'W1']);
    expect(around(24 * 60 + 1, 24 * 60 + 9)).toEqual(['unknown', null]);
    expect(around(-90, 0)).toEqual(['unknown', 'W1']);
    expect(around(-30 * 60, -20 * 60)).toEqual(['unknown', null]);
  });

  it('is an incident that was explained by it, and says when it takes longer', () => {
    const late = outage({ kind: 'planned', planned: 'W1', overrun: true });
    const found = judge({ incidents: [late], planned: [plan({ to: NOW - 20 * MIN })] });
    expect(found).toMatchObject({ verdict: 'plannedOutage', hint: 'overrun', planned: { externalId: 'W1' } });
    expect(found.script.en).toContain('longer than announced');
  });

  it('gives way to an outage that is none of it', () => {
    expect(judge({ incidents: [outage()], planned: [plan()] }).verdict).toBe('gridOutage');
  });
});

describe('arrears', () => {
  const instant = seen({ ...NORMAL, relay_open: 1 });

  it('are told by the order, also when the account does not say so', () => {
    const orders = [arrearsOrder('Q1', { state: 'disconnected' })];
    expect(judge({ orders, instant })).toMatchObject({ verdict: 'arrearsDisconnected', arrears: { externalId: 'Q1' } });
    expect(judge({ orders, instant: seen(NORMAL) }).verdict).toBe('customerSide');
    expect(judge({ orders: [arrearsOrder('Q1', { state: 'noticed' })], instant }).verdict).toBe('unknown');
  });

  it('that are paid are told as such', () => {
    const found = judge({ orders: [arrearsOrder('Q1', { state: 'paid' })], instant });
    expect(found).toMatchObject({ verdict: 'arrearsDisconnected', hint: 'paid' });
    expect(found.script.en).toContain('paid');
  });
});

describe('a silent meter', () => {
  const at = NOW - MIN;
  const neighbours = (lit: number, dark: number, silent: number) => ({ lit, dark, silent, at });

  it('among lit neighbours points to its own wire, and stays unknown', () => {
    const found = judge({ neighbours: neighbours(4, 0, 2) });
    expect(found).toMatchObject({ verdict: 'unknown', hint: 'serviceOrMeter' });
    expect(found.script.en).toContain('neighbours have supply');
    expect(judge({ neighbours: neighbours(1, 0, 5) }).hint).toBeNull();
  });

  it('among silent neighbours may be an outage, and stays unknown', () => {
    expect(judge({ neighbours: neighbours(0, 0, 6) })).toMatchObject({ verdict: 'unknown', hint: 'probableGrid' });
    expect(judge({ neighbours: neighbours(0, 0, 6), line: { state: 'down', at } }).hint).toBe('communication');
  });

  it('among neighbours that told they have no voltage is in an outage, though no incident is known', () => {
    const found = judge({ neighbours: neighbours(0, 2, 4) });
    expect(found).toMatchObject({ verdict: 'gridOutage', confidence: 'low', outage: null });
    expect(found.script.en).toContain('Meters near you');
    expect(judge({ neighbours: neighbours(1, 2, 3) }).verdict).toBe('unknown');
    expect(judge({ neighbours: neighbours(0, 1, 5) }).verdict).toBe('unknown');
  });

  it('speaks for itself when it answers after all', () => {
    const probe = seen({ voltage_a_v: 231, relay_open: 0, current_a_a: 0 }, 0);
    const found = judge({ neighbours: neighbours(0, 6, 0), probe, instant: seen({ voltage_a_v: 0 }, 2) });
    expect(found).toMatchObject({ verdict: 'customerSide', confidence: 'high', hint: 'noLoad' });
    expect(found.script.en).toContain('no current');
    expect(judge({ probe: seen({ voltage_a_v: 231, relay_open: 0, current_a_a: 1.2 }, 0) }).hint).toBeNull();
    const partial = seen({ voltage_a_v: 231, voltage_b_v: 2, voltage_c_v: 229, relay_open: 0 }, 0);
    expect(judge({ probe: partial }, 'dlt645-3ph').verdict).toBe('partialPhase');
  });
});

it('a customer who is disconnected and flagged is both', () => {
  const customer = account('1', { status: 'disconnected', priority: 'vulnerable' });
  expect(judge({ account: customer, instant: seen({ relay_open: 1 }) })).toMatchObject({
    priority: ['vulnerable'],
    verdict: 'arrearsDisconnected',
  });
});
