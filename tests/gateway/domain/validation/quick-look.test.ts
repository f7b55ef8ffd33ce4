import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METER_MODELS } from '#contract/models.ts';
import { QUANTITY_NAMES, type QuantityName, RATE_IMPORTS } from '#contract/quantities.ts';
import { TASK_KINDS } from '#contract/tasks.ts';
import { gaugeLimits } from '#domain/validation/gauges.ts';
import { QuickLook } from '#domain/validation/quick-look.ts';
import { validateReading } from '#domain/validation/validate-reading.ts';
import { at, ZONE } from '../site.ts';

const SLOT = at('2026-11-20', '23:40:00');
const MIN = 60_000;
const LIMITED = QUANTITY_NAMES.filter((name) => METER_MODELS.some((model) => gaugeLimits(model, name)));

/** Values that rules speak about, on both sides of what they allow. */
function anyValue(name: QuantityName): fc.Arbitrary<number | null> {
  if (name === 'energy_import_wh') return fc.option(fc.integer({ min: 0, max: 40_000 }));
  if (/^energy_import_t\d_wh$/.test(name)) return fc.option(fc.integer({ min: 0, max: 10_000 }));
  return fc.option(
    fc.oneof({ weight: 30, arbitrary: fc.double({ min: 0, max: 60, noNaN: true }) }, fc.double({ noNaN: true })),
  );
}

const quantities = fc.uniqueArray(
  fc.oneof(
    fc.constant<QuantityName>('energy_import_wh'),
    fc.constantFrom(...LIMITED),
    fc.constantFrom(...QUANTITY_NAMES),
  ),
  { maxLength: 10 },
);
const readings = quantities.chain((names) =>
  fc.record({
    names: fc.constant(names),
    model: fc.constantFrom(...METER_MODELS),
    kind: fc.constantFrom(...TASK_KINDS),
    slot: fc.integer({ min: -3, max: 3 }).map((quarters) => SLOT + quarters * 15 * MIN),
    delay: fc.integer({ min: 0, max: 90 * MIN }),
    stampedLate: fc.option(fc.integer({ min: -1, max: 1 })),
    values: fc.tuple(...names.map(anyValue)),
    baseline: fc.option(
      fc.record({
        slot: fc.integer({ min: -3, max: 3 }).map((quarters) => SLOT + quarters * 15 * MIN),
        importWh: fc.integer({ min: 0, max: 40_000 }),
      }),
    ),
  }),
);

describe('a quick look at a reading', () => {
  it('says exactly what the rules say, or leaves it to them', () => {
    let said = 0;
    fc.assert(
      fc.property(readings, ({ names, model, kind, slot, delay, stampedLate, values, baseline }) => {
        const task = { kind };
        const meterTime = stampedLate === null ? null : slot + stampedLate * MIN;
        const reading = { slot, readAt: slot + delay, meterTime, values };
        const quick = new QuickLook(model, task, ZONE, names).validate(reading, baseline);
        const named = Object.fromEntries(names.map((name, i) => [name, values[i]]));
        const thorough = validateReading({ ...reading, values: named }, { model, task, zone: ZONE }, baseline);
        if (quick) {
          said += 1;
          expect(quick).toEqual(thorough);
        } else {
          const isOrdinary = thorough.rules.length === 0 && !names.includes('energy_import_t4_wh');
          expect(isOrdinary).toBe(false);
        }
      }),
      { numRuns: 2000 },
    );
    expect(said).toBeGreaterThan(200);
  });

  const [model] = METER_MODELS;
  const look = (names: readonly QuantityName[], values: readonly number[]): unknown =>
    model &&
    new QuickLook(model, { kind: 'profile' }, ZONE, names).validate({ slot: SLOT, readAt: SLOT, values }, null);

  it.each(LIMITED)('leaves to the rules what lies beyond the limits of %s, and nothing else', (name) => {
    const limits = model && gaugeLimits(model, name);
    if (!limits) throw new Error(`no limits of ${name}`);
    const { least, most } = limits;
    expect([least, most].map((value) => look([name], [value]))).not.toContain(null);
    expect([least - 0.01, most + 0.01].map((value) => look([name], [value]))).toEqual([null, null]);
  });

  it('leaves a total with all its rates to the rules', () => {
    expect(look(['energy_import_wh', ...RATE_IMPORTS], [1000, 1, 1, 1, 1])).toBeNull();
    expect(look(['energy_import_wh', 'energy_import_t1_wh'], [1000, 1])).not.toBeNull();
  });
});
