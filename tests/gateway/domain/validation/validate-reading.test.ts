import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meterModel } from '#contract/models.ts';
import { gaugeRules, ratesRules, type Values } from '#domain/validation/gauges.ts';
import { type Validated, validateReading } from '#domain/validation/validate-reading.ts';
import { at, ZONE } from '../site.ts';

const model = meterModel('dlt645-3ph');
const plain = meterModel('sdm120');
if (!model || !plain) throw new Error('no model');
const SLOT = at('2026-11-20');
const HOUR = 3_600_000;
const baseline = { slot: SLOT - 24 * HOUR, importWh: 1_000_000 };
const context = { model, task: { kind: 'freeze-day' }, zone: ZONE } as const;

function validate(
  values: Values,
  over: { slot?: number; readAt?: number } = {},
  known: typeof baseline | null = baseline,
): Validated {
  return validateReading({ slot: SLOT, readAt: SLOT + 300_000, ...over, values }, context, known);
}

describe('freeze_time', () => {
  const values = { energy_import_wh: 1_005_000 };
  const stamped = (meterTime: number | null, over: object = {}): Validated =>
    validateReading({ slot: SLOT, readAt: SLOT + 300_000, meterTime, values }, { ...context, ...over }, baseline);

  it('makes a freeze suspect that bears the time stamp of another moment, and it moves nothing', () => {
    expect(stamped(SLOT - 24 * HOUR)).toEqual({ quality: 'suspect', rules: ['freeze_time'], baseline: null });
    expect(stamped(SLOT + 1).rules).toEqual(['freeze_time']);
  });

  it('is quiet about the stamp of the slot, about none, and about what is no freeze from memory', () => {
    expect(stamped(SLOT).rules).toEqual([]);
    expect(stamped(null).rules).toEqual([]);
    expect(stamped(SLOT + 60_000, { task: { kind: 'profile' } }).rules).toEqual([]);
    expect(stamped(SLOT + 60_000, { model: plain }).rules).toEqual([]);
  });
});

describe('demand_over_capacity', () => {
  it('notes a demand above what the meter can carry, and none that it can', () => {
    const mostW = 60 * 1.2 * 220 * 3;
    expect(validate({ demand_import_max_w: mostW + 0.1 })).toMatchObject({
      ...{ quality: 'valid', rules: ['demand_over_capacity'] },
    });
    expect(validate({ demand_import_max_w: mostW }).rules).toEqual([]);
    expect(validate({ demand_import_max_w: null }).rules).toEqual([]);
  });
});

describe('rates_mismatch', () => {
  const ROLLOVER_WH = 1_000_000_000;
  const rates = (t1: number | null): Values => ({
    energy_import_wh: 1_000_000,
    energy_import_t1_wh: t1,
    energy_import_t2_wh: 250_000,
    energy_import_t3_wh: 250_000,
    energy_import_t4_wh: 250_000,
  });

  it('fires beyond 0.05 kWh and 1 % of the total, on either side', () => {
    expect(ratesRules(rates(250_000 + 10_051), ROLLOVER_WH)).toEqual(['rates_mismatch']);
    expect(ratesRules(rates(250_000 - 10_051), ROLLOVER_WH)).toEqual(['rates_mismatch']);
  });

  it('is quiet up to that', () => {
    expect(ratesRules(rates(250_000 + 10_050), ROLLOVER_WH)).toEqual([]);
    expect(ratesRules(rates(250_000), ROLLOVER_WH)).toEqual([]);
  });

  it('lets the total begin again at zero before its rates do', () => {
    const after = { ...rates(ROLLOVER_WH - 740_000), energy_import_wh: 9340 };
    expect(ratesRules(after, ROLLOVER_WH)).toEqual(['rates_mismatch']);
    expect(ratesRules({ ...after, energy_import_t1_wh: ROLLOVER_WH - 740_660 }, ROLLOVER_WH)).toEqual([]);
  });

  it('is quiet when a rate or the total is missing', () => {
    expect(ratesRules(rates(null), ROLLOVER_WH)).toEqual([]);
    expect(ratesRules({ ...rates(0), energy_import_wh: null }, ROLLOVER_WH)).toEqual([]);
    expect(ratesRules({ energy_import_wh: 5 }, ROLLOVER_WH)).toEqual([]);
  });
});

describe('gauges', () => {
  const fired = (values: Values): string[] => gaugeRules(model, values);

  it('voltage_implausible fires above 1.9 × rated and below zero; a lost neutral and 0 V are plausible', () => {
    expect(fired({ voltage_b_v: 418.1 })).toEqual(['voltage_implausible']);
    expect(fired({ voltage_a_v: -0.1 })).toEqual(['voltage_implausible']);
    expect(fired({ voltage_a_v: 0, voltage_b_v: 418, voltage_c_v: 381 })).toEqual([]);
    expect(fired({ voltage_a_v: null })).toEqual([]);
  });

  it('current_implausible fires beyond twice the largest current, in either direction and in the neutral', () => {
    expect(fired({ current_c_a: -120.1 })).toEqual(['current_implausible']);
    expect(fired({ current_n_a: 120.1 })).toEqual(['current_implausible']);
    expect(fired({ current_a_a: 120 })).toEqual([]);
    expect(fired({ current_a_a: null })).toEqual([]);
  });

  it('power_implausible fires beyond twice what the ratings carry; export is power too', () => {
    expect(fired({ power_active_total_w: -79_201 })).toEqual(['power_implausible']);
    expect(fired({ power_active_a_w: 79_201 })).toEqual(['power_implausible']);
    expect(fired({ power_active_total_w: 79_200 })).toEqual([]);
    expect(fired({})).toEqual([]);
  });

  it('clock_offset is noted beyond 5 minutes, fast or slow', () => {
    expect(fired({ clock_offset_s: 301 })).toEqual(['clock_offset']);
    expect(fired({ clock_offset_s: -301 })).toEqual(['clock_offset']);
    expect(fired({ clock_offset_s: 300 })).toEqual([]);
    expect(fired({ clock_offset_s: null })).toEqual([]);
  });
});

describe('a reading', () => {
  it('that breaks nothing is valid and becomes the baseline', () => {
    expect(validate({ energy_import_wh: 1_005_000 })).toEqual({
      quality: 'valid',
      rules: [],
      baseline: { slot: SLOT, importWh: 1_005_000 },
    });
  });

  it('read after the local day of its slot is late, and as good', () => {
    expect(validate({ energy_import_wh: 1_005_000 }, { readAt: at('2026-11-21') - 1 }).quality).toBe('valid');
    expect(validate({ energy_import_wh: 1_005_000 }, { readAt: at('2026-11-21') })).toMatchObject({
      quality: 'late',
      baseline: { slot: SLOT },
    });
  });

  it('that breaks a rule is suspect even when it is late, and moves nothing', () => {
    expect(validate({ energy_import_wh: 999_999 }, { readAt: at('2026-11-25') })).toEqual({
      quality: 'suspect',
      rules: ['register_reversed'],
      baseline: null,
    });
    const wild = validate({ energy_import_wh: 1_005_000, voltage_a_v: 4000, clock_offset_s: 900 });
    expect(wild).toEqual({ quality: 'suspect', rules: ['voltage_implausible', 'clock_offset'], baseline: null });
  });

  it('that only a note speaks about stays valid', () => {
    expect(validate({ clock_offset_s: 900 })).toEqual({ quality: 'valid', rules: ['clock_offset'], baseline: null });
  });

  it('of an earlier slot is judged against the baseline and leaves it where it is', () => {
    const slot = baseline.slot - 24 * HOUR;
    expect(validate({ energy_import_wh: 995_000 }, { slot })).toMatchObject({ rules: [], baseline: null });
    expect(validate({ energy_import_wh: 1_000_001 }, { slot }).rules).toEqual(['register_reversed']);
  });

  it('without register leaves the baseline, and the first with one sets it', () => {
    expect(validate({ energy_import_wh: null }).baseline).toBeNull();
    expect(validate({}).baseline).toBeNull();
    expect(validate({ energy_import_wh: 7 }, {}, null).baseline).toEqual({ slot: SLOT, importWh: 7 });
  });

  it('of a meter without memory counts for the moment at which it was read', () => {
    const readAt = SLOT + 240_000;
    const reading = { slot: SLOT, readAt, values: { energy_import_wh: 7 } };
    const { baseline: moved } = validateReading(reading, { ...context, model: plain }, null);
    expect(moved).toEqual({ slot: readAt, importWh: 7 });
  });
});

describe('the baseline', () => {
  const reading = fc.record({
    slot: fc.integer({ min: 0, max: 40 }).map((days) => SLOT + days * 24 * HOUR),
    readAt: fc.integer({ min: 0, max: 60 }).map((days) => SLOT + days * 24 * HOUR + 300_000),
    values: fc.record({ energy_import_wh: fc.integer({ min: 0, max: 50_000_000 }) }),
  });

  it('never falls and never goes back in time, and a reading that comes again moves nothing', () => {
    fc.assert(
      fc.property(fc.array(reading), (readings) => {
        let known: { slot: number; importWh: number } | null = null;
        for (const one of readings) {
          const { baseline: moved } = validateReading(one, context, known);
          if (moved && known) {
            expect(moved.slot).toBeGreaterThan(known.slot);
            expect(moved.importWh).toBeGreaterThanOrEqual(known.importWh);
          }
          known = moved ?? known;
          expect(validateReading(one, context, known).baseline).toBeNull();
        }
      }),
    );
  });
});
