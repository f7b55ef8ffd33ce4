import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REASONS } from '#contract/reasons.ts';
import { type TriageInput, VERDICTS } from '#domain/triage/triage-types.ts';
import type { Values } from '#domain/validation/gauges.ts';
import { account } from '../site.ts';
import { judge, MIN, NORMAL, NOW, outage, seen } from './call.ts';

describe('the verdict unknown', () => {
  it('is all that silence and failed communication can make, however long', () => {
    const silence = fc.record({
      lastFailure: fc.option(fc.record({ at: fc.integer({ min: 0, max: NOW }), reason: fc.constantFrom(...REASONS) })),
      line: fc.option(
        fc.record({ at: fc.integer({ min: 0, max: NOW }), state: fc.constantFrom('up', 'down', 'idle') }),
      ),
      collectorOnline: fc.option(fc.boolean()),
      profile: fc.option(fc.integer({ min: 21, max: 10_000 }).map((minutes) => seen(NORMAL, minutes))),
      account: fc.option(fc.constantFrom('active', 'disconnected', 'closed').map((status) => account('1', { status }))),
    });
    fc.assert(
      fc.property(silence, (known) => {
        expect(judge(known).verdict).toBe('unknown');
      }),
    );
  });
});

describe('every verdict', () => {
  const anyValues: fc.Arbitrary<Values> = fc
    .tuple(fc.constantFrom(null, 0, 150, 230, 300), fc.constantFrom(null, 0, 1), fc.constantFrom(null, 0, 1))
    .map(([voltageV, relayOpen, onBattery]) => ({
      voltage_a_v: voltageV,
      relay_open: relayOpen,
      on_battery: onBattery,
    }));
  const incidents = fc
    .record({
      kind: fc.constantFrom('outage', 'phase-lost'),
      restoredAt: fc.option(fc.integer({ min: NOW - 300 * MIN, max: NOW })),
      confidence: fc.constantFrom('high', 'medium'),
      meters: fc.constantFrom(['m1'], ['m2']),
    })
    .map((over) => outage({ ...over, phase: over.kind === 'outage' ? null : 'a', startedAt: NOW - 301 * MIN }));
  const instants = fc.tuple(fc.integer({ min: NOW - 2000 * MIN, max: NOW }), anyValues);
  const accounts = fc.constantFrom(null, account('1'), account('2', { status: 'disconnected', priority: 'critical' }));
  const anyInput = fc
    .tuple(fc.array(incidents, { maxLength: 3 }), fc.option(instants), accounts)
    .map(([outages, instant, customer]): Partial<TriageInput> => {
      return { incidents: outages, instant: instant && { at: instant[0], values: instant[1] }, account: customer };
    });

  it('comes with scripts in both languages, evidence that is dated, and a known name', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { verdict, script, evidence, outage: found } = judge(input);
        expect(VERDICTS).toContain(verdict);
        expect(script.zh).toMatch(/\p{Script=Han}.*。$/u);
        expect(script.en).toMatch(/^[A-Z][ -~’]+\.$/);
        expect(evidence.every(({ at: when, ageS }) => (when === null) === (ageS === null))).toBe(true);
        if (found) expect(evidence.some(({ detail }) => detail === found.id)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
