import { describe, expect, it } from 'vitest';
import { EVENT_KINDS, TERMINAL_POWER_DOWN } from '#contract/envelope.ts';
import { meterModel } from '#contract/models.ts';
import { REASONS, type Reason } from '#contract/reasons.ts';
import { evidenceOfEvent, evidenceOfOutcome, evidenceOfReading } from '#domain/outages/evidence.ts';
import type { Evidence } from '#domain/outages/evidence-types.ts';
import { DEFAULT_OUTAGE_SETTINGS, metersNeeded } from '#domain/outages/settings.ts';
import type { Values } from '#domain/validation/gauges.ts';

const SLOT = 1_795_000_000_000;
const READ = SLOT + 60_000;

function facts(modelId: string, values: Values, kind: 'instant' | 'profile' = 'instant'): unknown[] {
  const model = meterModel(modelId);
  if (!model) throw new Error(modelId);
  const reading = { meter: 'm', slot: SLOT, readAt: READ, values };
  return evidenceOfReading(reading, model, { kind }, DEFAULT_OUTAGE_SETTINGS).map((item) => {
    const { meter: _, seenAt: __, ...rest } = item as Evidence & { readonly meter: string };
    return rest;
  });
}

const answered = { fact: 'answered', at: READ };

describe('a reading', () => {
  it('with voltage on any phase is voltage on, and names the phases that are off', () => {
    expect(facts('dlt645-3ph', { voltage_a_v: 230, voltage_b_v: 10, voltage_c_v: 150 })).toEqual([
      { fact: 'voltage_on', at: READ, present: ['a'], missing: ['b'] },
      answered,
    ]);
  });

  it('with every phase below 60 % is voltage off; between 60 and 80 % it is neither', () => {
    expect(facts('dlt645-1ph', { voltage_a_v: 131.9 })).toEqual([{ fact: 'voltage_off', at: READ }]);
    expect(facts('dlt645-1ph', { voltage_a_v: 132 })).toEqual([answered]);
    expect(facts('dlt645-1ph', { voltage_a_v: 176 })).toEqual([answered]);
    expect(facts('dlt645-1ph', { voltage_a_v: 176.1 })).toMatchObject([{ fact: 'voltage_on' }, answered]);
  });

  it('of a three-phase meter needs all three voltages to be off', () => {
    expect(facts('dlt645-3ph', { voltage_a_v: 0, voltage_b_v: 0, voltage_c_v: 0 })).toMatchObject([
      { fact: 'voltage_off' },
    ]);
    expect(facts('dlt645-3ph', { voltage_a_v: 0, voltage_b_v: 0, voltage_c_v: null })).toEqual([answered]);
  });

  it('on battery is evidence unless a phase has voltage', () => {
    expect(facts('dlt645-1ph', { on_battery: 1 })).toEqual([{ fact: 'on_battery', at: READ }]);
    expect(facts('dlt645-1ph', { on_battery: 1, voltage_a_v: 225 })).toMatchObject([{ fact: 'voltage_on' }, answered]);
    expect(facts('dlt645-1ph', { on_battery: 0 })).toEqual([answered]);
  });

  it('with a voltage that cannot occur says only that the meter answered', () => {
    expect(facts('dlt645-1ph', { voltage_a_v: 2200 })).toEqual([answered]);
    expect(facts('dlt645-1ph', { voltage_a_v: -1 })).toEqual([answered]);
  });

  it('that remembers from well before it was read that voltage was missing also tells that it is back', () => {
    const model = meterModel('dlt645-1ph');
    if (!model) throw new Error('no model');
    const later = (readAt: number) =>
      evidenceOfReading(
        { meter: 'm', slot: SLOT, readAt, values: { voltage_a_v: 0 } },
        model,
        { kind: 'profile' },
        DEFAULT_OUTAGE_SETTINGS,
      );
    expect(later(SLOT + 300_000).map(({ fact }) => fact)).toEqual(['voltage_off']);
    expect(later(SLOT + 300_001).map(({ fact, at }) => [fact, at])).toEqual([
      ['voltage_off', SLOT],
      ['answered', SLOT + 300_001],
    ]);
  });

  it('from the memory of the meter tells of the slot, a present one of the moment it was read', () => {
    expect(facts('dlt645-1ph', { voltage_a_v: 225 }, 'profile')).toMatchObject([{ at: SLOT }, { at: READ }]);
    expect(facts('sdm120', { voltage_a_v: 225 }, 'profile')).toMatchObject([{ at: READ }, { at: READ }]);
  });
});

describe('a failed read', () => {
  const fact = (reason: Reason): string | null => evidenceOfOutcome({ meter: 'm', at: SLOT, reason })?.fact ?? null;

  it('is silence only when the link worked and nothing came back', () => {
    expect(REASONS.filter((reason) => fact(reason) === 'silent')).toEqual(['no_answer', 'skipped_breaker']);
  });

  it('of the link, the concentrator or the collector is no evidence at all', () => {
    for (const reason of [
      'line_down',
      'concentrator_offline',
      'collector_offline',
      'deadline_missed',
      'crc_error',
    ] as const) {
      expect(fact(reason), reason).toBeNull();
    }
  });

  it('is an answer when the meter refused', () => {
    expect(fact('device_error')).toBe('answered');
  });
});

describe('an event', () => {
  it('keeps its own times, whenever it was read', () => {
    expect(evidenceOfEvent({ meter: 'm', kind: 'power_down', start: 1, end: 2, readAt: 3 })).toEqual({
      fact: 'power_down',
      meter: 'm',
      at: 1,
      end: 2,
      seenAt: 3,
    });
  });

  it('of a terminal is evidence of that terminal, whether it is over or not', () => {
    for (const end of [2, null]) {
      expect(evidenceOfEvent({ meter: 'c', kind: TERMINAL_POWER_DOWN, start: 1, end, readAt: 3 })).toEqual({
        fact: 'terminal_down',
        concentrator: 'c',
        at: 1,
        end,
        seenAt: 3,
      });
    }
  });

  it.each(EVENT_KINDS.filter((kind) => kind !== 'power_down' && kind !== TERMINAL_POWER_DOWN))(
    'called %s says nothing about supply',
    (kind) => {
      expect(evidenceOfEvent({ meter: 'm', kind, start: 1, end: null, readAt: 3 })).toBeNull();
    },
  );
});

describe('the meters that must agree', () => {
  it('are three, or a tenth of a small area, but never one where there are two', () => {
    const needed = [0, 1, 2, 5, 20, 21, 30, 400].map((customers) => metersNeeded(customers, DEFAULT_OUTAGE_SETTINGS));
    expect(needed).toEqual([1, 1, 2, 2, 2, 3, 3, 3]);
    expect(metersNeeded(50, { minMeters: 1, minShare: 0.1 })).toBe(1);
  });
});
