import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { meterModel } from '#contract/models.ts';
import { addDays, instantOf } from '#contract/zone.ts';
import { mostWh } from '#domain/validation/register.ts';
import { type EstimateInput, estimateFreezes, type FreezeEstimate, type Registers } from '#domain/vee/estimate.ts';
import { ESTIMATION } from '#domain/vee/estimate-course.ts';

const ZONE = 'Asia/Shanghai';
const model = meterModel('dlt645-1ph');
if (!model) throw new Error('the catalogue has no dlt645-1ph');
const slotOf = (day: number): number => instantOf(ZONE, addDays('2026-11-01', day));

interface Given {
  /** Registers by day. */
  readonly good: Readonly<Record<number, Registers | number>>;
  readonly missing: readonly number[];
  readonly stay?: Partial<EstimateInput['stay']>;
  readonly profileWh?: number;
}

function inputOf({ good, missing, stay, profileWh }: Given): EstimateInput {
  return {
    model,
    zone: ZONE,
    stay: { from: slotOf(-100), to: Number.POSITIVE_INFINITY, startWh: null, endWh: null, ...stay },
    good: Object.entries(good)
      .map(([day, values]) => ({
        slot: slotOf(Number(day)),
        values: typeof values === 'number' ? { energy_import_wh: values } : values,
      }))
      .sort((a, b) => a.slot - b.slot),
    missing: missing.map(slotOf),
    profileDayWh: () => profileWh ?? null,
  };
}

const estimates = (given: Given): FreezeEstimate[] => estimateFreezes(inputOf(given));
const totals = (found: readonly FreezeEstimate[]): unknown[] =>
  found.map((each) => each.values?.energy_import_wh ?? (each.values === null ? each.why : null));
const methods = (found: readonly FreezeEstimate[]): unknown[] => found.map((each) => each.values && each.method);

describe('a gap with both ends known', () => {
  test('of few days is filled on a line in whole Wh that sum to the difference', () => {
    const found = estimates({ good: { 0: 1000, 4: 1010 }, missing: [1, 2, 3] });
    expect(totals(found)).toEqual([1002, 1005, 1007]);
    expect(methods(found)).toEqual(['interpolation', 'interpolation', 'interpolation']);
    expect(found[0]).toMatchObject({ left: { at: slotOf(0), wh: 1000 }, right: { at: slotOf(4), wh: 1010 } });
  });

  test('of more days takes the shape of like days, scaled to the difference', () => {
    // 2026-11-01 is a Sunday. Working days 10 kWh, weekends 20 kWh over two weeks; then nine days are missing.
    const good: Record<number, number> = { 0: 0 };
    const energy = (day: number): number => ([0, 6].includes(day % 7) ? 20_000 : 10_000);
    for (let day = 1; day <= 14; day++) good[day] = (good[day - 1] ?? 0) + energy(day - 1);
    const start = good[14] ?? 0;
    good[21] = start + 2 * (5 * 10_000 + 2 * 20_000);
    const found = estimates({ good, missing: [15, 16, 17, 18, 19, 20] });
    expect(methods(found)).toEqual(Array(6).fill('scaling'));
    const expected = [40, 60, 80, 100, 120, 140].map((kwh) => start + kwh * 1000);
    expect(totals(found)).toEqual(expected);
    expect(found[0]).toMatchObject({ days: 14 });
  });

  test('is filled evenly when no like day is known', () => {
    const found = estimates({ good: { 0: 0, 10: 1000 }, missing: [1, 2, 3, 4, 5, 6, 7, 8, 9] });
    expect(totals(found)).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900]);
    expect(found[0]).toMatchObject({ method: 'scaling', days: 0 });
  });

  test('is filled evenly when the shape asks more of a day than the meter can carry', () => {
    const most = Math.floor(mostWh(model, 86_400_000));
    // A history of weekends only: the working days between would get nothing, the weekend everything.
    const good = { [-2]: 0, [-1]: 0, 0: 0, 1: 1, 2: 1, 9: 1 + most * 3 };
    const found = estimates({ good, missing: [3, 4, 5, 6, 7, 8] });
    const third = totals(found).map(Number);
    for (const [i, wh] of third.entries()) expect(wh - (third[i - 1] ?? 1)).toBeLessThanOrEqual(most);
  });

  test('passes the end of the register and begins again at zero', () => {
    const found = estimates({ good: { 0: 999_999_000, 4: 1000 }, missing: [1, 2, 3] });
    expect(totals(found)).toEqual([999_999_500, 0, 500]);
  });

  test('is not filled when it is longer than the memory of a meter', () => {
    const missing = Array.from({ length: 62 }, (_, i) => i + 1);
    expect(estimates({ good: { 0: 0, 62: 620 }, missing: missing.slice(0, 61) })[0]?.values).toEqual({
      energy_import_wh: 10,
    });
    expect(new Set(totals(estimates({ good: { 0: 0, 63: 630 }, missing })))).toEqual(new Set(['gap_too_long']));
  });

  test('is not filled when the registers run backwards or lie further apart than the meter can carry', () => {
    expect(totals(estimates({ good: { 0: 5000, 2: 4999 }, missing: [1] }))).toEqual(['registers_reversed']);
    const most = Math.floor(mostWh(model, 2 * 86_400_000));
    expect(totals(estimates({ good: { 0: 0, 2: most + 1 }, missing: [1] }))).toEqual(['beyond_capacity']);
    expect(totals(estimates({ good: { 0: 0, 2: most }, missing: [1] }))).toEqual([Math.floor(most / 2)]);
  });

  test('counts a day of 25 hours as longer', () => {
    const berlin = (date: string): number => instantOf('Europe/Berlin', date);
    const [found] = estimateFreezes({
      ...inputOf({ good: {}, missing: [] }),
      zone: 'Europe/Berlin',
      good: [
        { slot: berlin('2026-10-25'), values: { energy_import_wh: 0 } },
        { slot: berlin('2026-10-27'), values: { energy_import_wh: 4900 } },
      ],
      missing: [berlin('2026-10-26')],
    });
    expect(found?.values?.energy_import_wh).toBe(2500);
  });
});

describe('a gap whose end is not known yet', () => {
  const week = { 0: 0, 1: 1000, 2: 2000, 3: 3000 };

  test('continues with the mean of like days once three days are known', () => {
    const found = estimates({ good: week, missing: [4, 5] });
    expect(totals(found)).toEqual([4000, 5000]);
    expect(found[0]).toMatchObject({ method: 'like_days', right: null, days: 3 });
  });

  test('keeps working days and weekends apart where three of the kind are known', () => {
    // Sunday 2026-11-01 to Wednesday 2026-11-18; a weekend day has 3000 Wh, a working day 1000.
    const good: Record<number, number> = { 0: 0 };
    for (let day = 1; day <= 17; day++)
      good[day] = (good[day - 1] ?? 0) + ([0, 6].includes((day - 1) % 7) ? 3000 : 1000);
    const start = good[17] ?? 0;
    expect(totals(estimates({ good, missing: [18, 19, 20, 21] })).map((wh) => Number(wh) - start)).toEqual(
      [1000, 2000, 3000, 4000].map((wh, i) => (i < 3 ? wh : 6000)),
    );
  });

  test('takes the profile of like customers when its own days are too few, and nothing when there is none', () => {
    const found = estimates({ good: { 0: 500 }, missing: [1, 2], profileWh: 700.4 });
    expect([totals(found), methods(found)]).toEqual([
      [1200, 1900],
      ['profile', 'profile'],
    ]);
    expect(totals(estimates({ good: { 0: 500 }, missing: [1, 2] }))).toEqual(['no_history', 'no_history']);
  });

  test('is never filled beyond what the meter can carry', () => {
    const most = Math.floor(mostWh(model, 86_400_000));
    expect(totals(estimates({ good: { 0: 0 }, missing: [1, 2], profileWh: 10 * most }))).toEqual([most, 2 * most]);
  });

  test('is filled for a month and no longer', () => {
    const missing = Array.from({ length: 40 }, (_, i) => i + 4);
    const found = estimates({ good: week, missing });
    expect(found.filter(({ values }) => values !== null)).toHaveLength(ESTIMATION.openDays);
    expect(totals(found).at(-1)).toBe('gap_too_long');
  });

  test('is not filled without a register before it, or without a model', () => {
    expect(totals(estimates({ good: { 5: 9000 }, missing: [4] }))).toEqual(['no_left_register']);
    expect(totals(estimateFreezes({ ...inputOf({ good: week, missing: [4] }), model: undefined }))).toEqual([
      'unknown_model',
    ]);
  });
});

describe('an exchange of meters', () => {
  test('bounds a gap by the registers written down at installation and removal', () => {
    const started = estimates({
      good: { 3: 3600 },
      missing: [1, 2],
      stay: { from: slotOf(0) + 43_200_000, startWh: 1100 },
    });
    expect(totals(started)).toEqual([1600, 2600]);
    const ended = estimates({ good: { 0: 0 }, missing: [1, 2], stay: { to: slotOf(2) + 43_200_000, endWh: 2500 } });
    expect(totals(ended)).toEqual([1000, 2000]);
  });

  test('lets a freeze at the very moment of installation count before the note', () => {
    const found = estimates({ good: { 0: 50, 2: 150 }, missing: [1], stay: { from: slotOf(0), startWh: 0 } });
    expect(totals(found)).toEqual([100]);
  });
});

describe('rates and export', () => {
  const at = (total: number, rates: readonly number[], exported: number): Registers => ({
    energy_import_wh: total,
    energy_import_t1_wh: rates[0] ?? 0,
    energy_import_t2_wh: rates[1] ?? 0,
    energy_import_t3_wh: rates[2] ?? 0,
    energy_import_t4_wh: rates[3] ?? 0,
    energy_export_wh: exported,
  });
  const sum = (values: Registers | null): number =>
    [1, 2, 3, 4].reduce((total, n) => total + Number(values?.[`energy_import_t${n}_wh` as keyof Registers] ?? 0), 0);

  test('follow the total in proportion to the difference of the rates', () => {
    const found = estimates({
      good: { 0: at(1000, [100, 200, 300, 400], 7), 2: at(2000, [200, 400, 600, 800], 107) },
      missing: [1],
    });
    expect(found[0]?.values).toEqual(at(1500, [150, 300, 450, 600], 57));
  });

  test('follow the division of the past days when the end is not known', () => {
    const good: Record<number, Registers> = {};
    for (let day = 0; day <= 4; day++) good[day] = at(day * 1000, [day * 100, day * 200, day * 300, day * 400], 0);
    expect(estimates({ good, missing: [5] })[0]?.values).toEqual(at(5000, [500, 1000, 1500, 2000], 0));
  });

  test('are left out when the ends do not tell them, and the total stands alone', () => {
    const found = estimates({ good: { 0: at(1000, [100, 200, 300, 400], 7), 2: 2000 }, missing: [1] });
    expect(found[0]?.values).toEqual({ energy_import_wh: 1500 });
    const reversed = estimates({
      good: { 0: at(1000, [100, 200, 300, 400], 7), 2: at(2000, [99, 501, 600, 800], 7) },
      missing: [1],
    });
    expect(reversed[0]?.values).toEqual({ energy_import_wh: 1500, energy_export_wh: 7 });
  });

  test('sum to the total wherever their differences do, and never fall', () => {
    const rates = fc.array(fc.nat(5000), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(rates, rates, fc.integer({ min: 1, max: 9 }), (start, more, days) => {
        const end = start.map((wh, i) => wh + (more[i] ?? 0));
        const total = (whs: readonly number[]): number => whs.reduce((a, b) => a + b, 0);
        const missing = Array.from({ length: days }, (_, i) => i + 1);
        const good = { 0: at(total(start), start, 0), [days + 1]: at(total(end), end, 0) };
        const found = estimates({ good, missing }).map(({ values }) => values);
        for (const values of found) expect(sum(values)).toBe(values?.energy_import_wh);
        const course = [good[0], ...found, good[days + 1]];
        for (const [i, values] of course.entries()) {
          for (const [name, wh] of Object.entries(values ?? {})) {
            expect(wh).toBeGreaterThanOrEqual(Number(course[i - 1]?.[name as keyof Registers] ?? 0));
          }
        }
      }),
    );
  });
});

describe('any gaps in any history', () => {
  /** Energy of each of 45 days, and whether the freeze at its end is missing. */
  const days = fc.array(fc.record({ wh: fc.nat(60_000), missing: fc.boolean() }), { minLength: 10, maxLength: 45 });
  const build = (list: readonly { wh: number; missing: boolean }[]): Required<Pick<Given, 'good' | 'missing'>> => {
    const good: Record<number, number> = { 0: 999_000_000 };
    const missing: number[] = [];
    let register = 999_000_000;
    for (const [i, day] of list.entries()) {
      register = (register + day.wh) % 1_000_000_000;
      if (day.missing) missing.push(i + 1);
      else good[i + 1] = register;
    }
    return { good, missing };
  };

  test('are filled by registers that never fall and end at the next good one', () => {
    fc.assert(
      fc.property(days, (list) => {
        const given = build(list);
        const found = new Map(estimates(given).map((each) => [each.slot, each]));
        let last = 999_000_000;
        let energy = 0;
        for (let day = 1; day <= list.length; day++) {
          const wh = given.good[day] ?? found.get(slotOf(day))?.values?.energy_import_wh;
          if (typeof wh !== 'number') continue;
          const step = (wh - last + 1_000_000_000) % 1_000_000_000;
          expect(step).toBeLessThanOrEqual(mostWh(model, 86_400_000));
          energy += step;
          last = wh;
          if (given.good[day] !== undefined) {
            expect(energy).toBe(list.slice(0, day).reduce((sum, each) => sum + each.wh, 0));
          }
        }
      }),
    );
  });

  test('change nothing before the gap in which a good register is added', () => {
    fc.assert(
      fc.property(days, fc.nat(), (list, pick) => {
        const given = build(list);
        const day = given.missing[pick % Math.max(1, given.missing.length)];
        if (day === undefined) return;
        const truth = build(list.map((each, i) => (i + 1 === day ? { ...each, missing: false } : each)));
        const start = Math.max(
          ...Object.keys(given.good)
            .map(Number)
            .filter((known) => known < day),
        );
        const earlier = (found: readonly FreezeEstimate[]) => found.filter(({ slot }) => slot < slotOf(start));
        expect(earlier(estimates(truth))).toEqual(earlier(estimates(given)));
        // A line depends on its ends alone; only the shape of a later, longer gap may follow the new day.
        const lines = (found: readonly FreezeEstimate[]) =>
          found.filter((each) => each.values && each.method === 'interpolation' && each.left.at > slotOf(day));
        expect(lines(estimates(truth))).toEqual(lines(estimates(given)));
      }),
    );
  });
});
