import { describe, expect, it } from 'vitest';
import { type Incident, MISSING, type Triage } from '#domain/triage/triage-types.ts';
import { MISSING_TEXTS } from '#domain/triage/unknown-scripts.ts';
import { account, at, meter } from '../site.ts';
import { judge, MIN, NORMAL, NOW, outage, seen } from './call.ts';

describe('gridOutage', () => {
  it('is an open outage that names the meter', () => {
    const verdict = judge({ incidents: [outage()] });
    expect(verdict).toMatchObject({ verdict: 'gridOutage', confidence: 'high', outage: { id: 'outage-a1-x' } });
    expect(verdict.script.zh).toContain('18:50');
    expect(verdict.script.en).toContain('18:50');
    expect(verdict.evidence).toContainEqual({
      fact: 'outage_open',
      at: NOW - 40 * MIN,
      ageS: 2400,
      source: 'outage',
      detail: 'outage-a1-x',
    });
  });

  it('is less sure upstream of a meter that was not heard of, and says so', () => {
    expect(judge({ incidents: [outage({ meters: ['m9'] })] })).toMatchObject({
      verdict: 'gridOutage',
      confidence: 'medium',
    });
    const low = judge({ incidents: [outage({ meters: ['m9'], confidence: 'medium' })] });
    expect(low).toMatchObject({ verdict: 'gridOutage', confidence: 'low' });
    expect(low.script.en).toContain('not confirmed');
    const feeder = outage({ node: 'feeder', nodeId: 'f1', meters: [] });
    expect(judge({ incidents: [feeder] })).toMatchObject({ verdict: 'gridOutage' });
  });

  it('rests on the outage that names the meter, then on the newest', () => {
    const named = outage({ id: 'named', startedAt: NOW - 300 * MIN });
    const newer = outage({ id: 'newer', startedAt: NOW - 10 * MIN, meters: [] });
    const older = outage({ id: 'older', startedAt: NOW - 20 * MIN, meters: [] });
    expect(judge({ incidents: [older, newer, named] }).outage?.id).toBe('named');
    expect(judge({ incidents: [named, newer, older] }).outage?.id).toBe('named');
    expect(judge({ incidents: [older, newer] }).outage?.id).toBe('newer');
    expect(judge({ incidents: [newer, older] }).outage?.id).toBe('newer');
  });

  it('is contradicted by voltage after the outage began, not by voltage at that moment', () => {
    expect(judge({ incidents: [outage({ startedAt: NOW - 3 * MIN })], instant: seen(NORMAL, 3) }).verdict).toBe(
      'gridOutage',
    );
  });

  it('is not an outage of another area, feeder or meter', () => {
    const others = [
      outage({ nodeId: 'a2' }),
      outage({ node: 'feeder', nodeId: 'f2' }),
      outage({ node: 'meter', nodeId: 'm2' }),
    ];
    expect(judge({ incidents: others })).toMatchObject({ verdict: 'unknown', outage: null });
    expect(judge({ incidents: others }).evidence.some(({ source }) => source === 'outage')).toBe(false);
  });

  it('is not one that the meter contradicts with voltage since', () => {
    expect(judge({ incidents: [outage()], instant: seen(NORMAL, 3) }).verdict).toBe('customerSide');
    expect(judge({ incidents: [outage()], instant: seen(NORMAL, 41) }).verdict).toBe('gridOutage');
  });

  it('is the word of the meter itself, when it reports no voltage', () => {
    expect(judge({ instant: seen({ voltage_a_v: 2 }) })).toMatchObject({
      verdict: 'gridOutage',
      confidence: 'medium',
      outage: null,
    });
    expect(judge({ instant: seen({ on_battery: 1 }) }).verdict).toBe('gridOutage');
    expect(judge({ instant: seen({ on_battery: 1 }, 21) }).verdict).toBe('unknown');
  });

  it('comes before arrears: the customer is out of power either way', () => {
    const owing = account('1001', { status: 'disconnected' });
    const instant = seen({ relay_open: 1 });
    expect(judge({ incidents: [outage()], account: owing, instant }).verdict).toBe('gridOutage');
  });
});

describe('arrearsDisconnected', () => {
  const owing = account('1001', { status: 'disconnected' });

  it('needs an open relay and a disconnected account', () => {
    const instant = seen({ ...NORMAL, relay_open: 1 });
    expect(judge({ account: owing, instant })).toMatchObject({ verdict: 'arrearsDisconnected', confidence: 'high' });
    expect(judge({ account: owing, instant: seen(NORMAL) }).verdict).toBe('customerSide');
    expect(judge({ account: account('1001'), instant })).toMatchObject({
      verdict: 'unknown',
      missing: ['arrearsOrder'],
    });
  });

  it('trusts a relay for a day, less when it is not fresh', () => {
    const stale = (minutes: number): Triage => judge({ account: owing, instant: seen({ relay_open: 1 }, minutes) });
    expect(stale(20)).toMatchObject({ confidence: 'high' });
    expect(stale(21)).toMatchObject({ verdict: 'arrearsDisconnected', confidence: 'medium' });
    expect(stale(24 * 60 + 1)).toMatchObject({
      verdict: 'unknown',
      missing: ['freshVoltage', 'neighbours', 'relayState'],
    });
  });
});

describe('partialPhase', () => {
  const lost = outage({ id: 'p', kind: 'phase-lost', phase: 'b', meters: ['s'] });

  it('is an open incident of the meter’s phase, or of any phase of a three-phase meter', () => {
    expect(judge({ incidents: [lost], meter: meter('m1', { phase: 'b' }) })).toMatchObject({
      verdict: 'partialPhase',
      confidence: 'high',
      outage: { id: 'p' },
    });
    expect(judge({ incidents: [lost] }, 'dlt645-3ph')).toMatchObject({ verdict: 'partialPhase', confidence: 'high' });
    expect(judge({ incidents: [lost], meter: meter('m1', { phase: 'c' }) }).verdict).toBe('unknown');
  });

  it('names the missing record when the meter’s phase is not known', () => {
    expect(judge({ incidents: [lost] })).toMatchObject({
      verdict: 'partialPhase',
      confidence: 'medium',
      missing: ['meterPhase'],
    });
  });

  it('is what a three-phase meter shows itself', () => {
    const instant = seen({ voltage_a_v: 230, voltage_b_v: 3, voltage_c_v: 231 });
    expect(judge({ instant }, 'dlt645-3ph')).toMatchObject({
      verdict: 'partialPhase',
      confidence: 'medium',
      outage: null,
    });
  });

  it('is over when the meter shows all its phases', () => {
    const instant = seen({ voltage_a_v: 230, voltage_b_v: 229, voltage_c_v: 231, relay_open: 0 });
    expect(judge({ incidents: [lost], instant }, 'dlt645-3ph').verdict).toBe('customerSide');
  });
});

describe('restored', () => {
  const over = (minutesAgo: number): Incident => outage({ restoredAt: NOW - minutesAgo * MIN });

  it('is an outage that ended in the last two hours, sure when the meter has voltage since', () => {
    expect(judge({ incidents: [over(30)], instant: seen(NORMAL) })).toMatchObject({
      verdict: 'restored',
      confidence: 'high',
      missing: [],
    });
    expect(judge({ incidents: [over(30)] })).toMatchObject({
      verdict: 'restored',
      confidence: 'medium',
      missing: ['freshVoltage'],
    });
    expect(judge({ incidents: [over(120)] }).verdict).toBe('restored');
    expect(judge({ incidents: [over(121)] }).verdict).toBe('unknown');
  });

  it('says whether the meter itself has confirmed it', () => {
    expect(judge({ incidents: [over(30)], instant: seen(NORMAL) }).script.en).toContain('has normal voltage');
    expect(judge({ incidents: [over(30)] }).script.en).toContain('not confirmed');
  });

  it('takes voltage from the moment of restoration on, and none from before', () => {
    expect(judge({ incidents: [over(3)], instant: seen(NORMAL, 3) })).toMatchObject({
      verdict: 'restored',
      confidence: 'high',
    });
    expect(judge({ incidents: [over(3)], instant: seen(NORMAL, 4) })).toMatchObject({ confidence: 'medium' });
  });

  it('gives way to an outage that is open', () => {
    expect(judge({ incidents: [over(30), outage({ id: 'new', startedAt: NOW - MIN })] })).toMatchObject({
      verdict: 'gridOutage',
      outage: { id: 'new' },
    });
  });
});

describe('customerSide', () => {
  it('needs normal voltage and a closed relay, both of the last 20 minutes', () => {
    expect(judge({ instant: seen(NORMAL, 20) })).toMatchObject({ verdict: 'customerSide', confidence: 'high' });
    expect(judge({ instant: seen(NORMAL, 21) })).toMatchObject({ verdict: 'unknown' });
    expect(judge({ instant: seen({ relay_open: 0 }) })).toMatchObject({
      verdict: 'unknown',
      missing: ['freshVoltage', 'neighbours'],
    });
    expect(judge({ instant: seen({ voltage_a_v: 229 }) })).toMatchObject({
      verdict: 'unknown',
      missing: ['relayState'],
    });
  });

  it('may take the voltage from the profile and the relay from the present values', () => {
    const profile = seen({ voltage_a_v: 230 }, 10);
    expect(judge({ profile, instant: seen({ relay_open: 0 }, 15) }).verdict).toBe('customerSide');
    expect(judge({ profile: seen({ voltage_a_v: 2 }, 10), instant: seen(NORMAL, 15) }).verdict).toBe('gridOutage');
  });

  it('is no voltage that is low, high or partly missing', () => {
    for (const voltageV of [150, 265])
      expect(judge({ instant: seen({ ...NORMAL, voltage_a_v: voltageV }) }).verdict).toBe('unknown');
    const two = seen({ voltage_a_v: 230, voltage_b_v: 231, relay_open: 0 });
    expect(judge({ instant: two }, 'dlt645-3ph').verdict).toBe('unknown');
  });

  it('is less sure for a model without relay', () => {
    expect(judge({ instant: seen({ voltage_a_v: 230 }) }, 'sdm120')).toMatchObject({
      verdict: 'customerSide',
      confidence: 'medium',
    });
  });
});

describe('the evidence', () => {
  it('is everything that was looked at, with its time, age and source', () => {
    const { evidence } = judge({
      instant: seen({ voltage_a_v: 229.84, relay_open: 1, on_battery: 0, power_active_total_w: 411.6 }, 3),
      profile: seen({ voltage_a_v: 231, voltage_b_v: 0.2, on_battery: 1 }, 12),
      collectorOnline: null,
    });
    const at3 = { at: NOW - 3 * MIN, ageS: 180, source: 'instant' };
    const at12 = { at: NOW - 12 * MIN, ageS: 720, source: 'profile' };
    expect(evidence).toEqual([
      { fact: 'account_active', at: null, ageS: null, source: 'registry', detail: '' },
      { fact: 'voltage', ...at3, detail: 'A 229.8 V' },
      { fact: 'relay_open', ...at3, detail: '' },
      { fact: 'power', ...at3, detail: '412 W' },
      { fact: 'voltage', ...at12, detail: 'A 231.0 V, B 0.2 V' },
      { fact: 'on_battery', ...at12, detail: '' },
      { fact: 'line_up', at: NOW - MIN, ageS: 60, source: 'collector', detail: '' },
    ]);
  });

  it('has nothing where nothing was given', () => {
    expect(judge({ account: null, instant: seen({}), line: null }).evidence).toMatchObject([
      { fact: 'collector_online' },
    ]);
  });
});

describe('unknown', () => {
  it('misses the relay when its state is not fresh', () => {
    const profile = seen({ voltage_a_v: 230 }, 5);
    expect(judge({ profile, instant: seen({ relay_open: 0 }, 30) })).toMatchObject({
      verdict: 'unknown',
      missing: ['relayState'],
    });
  });

  it('names what is missing, in the script too', () => {
    const verdict = judge({ collectorOnline: false, lastFailure: { at: NOW - MIN, reason: 'no_answer' } });
    expect(verdict).toMatchObject({
      verdict: 'unknown',
      confidence: 'low',
      missing: ['freshVoltage', 'communication', 'relayState'],
    });
    for (const what of verdict.missing) {
      expect(verdict.script.zh).toContain(MISSING_TEXTS[what].zh);
      expect(verdict.script.en).toContain(MISSING_TEXTS[what].en);
    }
    expect(verdict.evidence.map(({ fact }) => fact)).toEqual([
      'account_active',
      'no_answer',
      'line_up',
      'collector_offline',
    ]);
  });
});

describe('every verdict', () => {
  it('carries the priority of the account, and none for an ordinary one', () => {
    expect(judge({ account: account('1', { priority: 'vulnerable' }) }).priority).toEqual(['vulnerable']);
    expect(judge().priority).toEqual([]);
    expect(judge({ account: null }).priority).toEqual([]);
  });

  it('has a text for everything that may be missing', () => {
    expect(Object.keys(MISSING_TEXTS).sort()).toEqual([...MISSING].sort());
  });

  it('names the day when the time is not of today', () => {
    const old = outage({ startedAt: at('2026-11-19', '23:10') });
    expect(judge({ incidents: [old] }).script.zh).toContain('11-19 23:10');
  });
});
