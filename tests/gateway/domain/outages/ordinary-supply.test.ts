import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METER_MODELS } from '#contract/models.ts';
import type { QuantityName } from '#contract/quantities.ts';
import { evidenceOfReading } from '#domain/outages/evidence.ts';
import { ordinarySupply, supplyPlaces } from '#domain/outages/ordinary-supply.ts';
import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';

const NAMES: readonly QuantityName[] = ['energy_import_wh', 'voltage_a_v', 'voltage_b_v', 'voltage_c_v', 'on_battery'];
const values: Partial<Record<QuantityName, fc.Arbitrary<number>>> = {
  on_battery: fc.constantFrom(0, 1),
  energy_import_wh: fc.nat(),
};
const readings = fc.shuffledSubarray([...NAMES]).chain((quantities) =>
  fc.record({
    quantities: fc.constant(quantities),
    model: fc.constantFrom(...METER_MODELS),
    values: fc.tuple(
      ...quantities.map((name) =>
        fc.option(values[name] ?? fc.oneof(fc.constantFrom(0, 220), fc.double({ min: -5, max: 500, noNaN: true }))),
      ),
    ),
  }),
);

describe('ordinary supply', () => {
  it('is what the evidence of a reading says when every phase has voltage, or when it tells of none and the meter is not on its battery', () => {
    fc.assert(
      fc.property(readings, ({ quantities, model, values: row }) => {
        const named = Object.fromEntries(quantities.map((name, i) => [name, row[i]]));
        const reading = { meter: 'm1', slot: 0, readAt: 0, values: named };
        const [first] = evidenceOfReading(reading, model, { kind: 'profile' }, DEFAULT_OUTAGE_SETTINGS);
        const isOn = first?.fact === 'voltage_on' && first.present.length === model.phases;
        const expected = isOn ? 'on' : first?.fact === 'answered' ? 'answered' : null;
        const told = ordinarySupply(row, supplyPlaces(quantities), model, DEFAULT_OUTAGE_SETTINGS);
        // A phase without voltage makes an answer out of the ordinary even where it is no evidence by itself.
        if (told !== null || expected !== 'answered') expect(told).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });
});
