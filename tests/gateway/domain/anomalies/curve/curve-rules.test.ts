import { describe, expect, it } from 'vitest';
import { CurveJudge } from '#domain/anomalies/curve/judge.ts';
import { newCurveState } from '#domain/anomalies/curve/state.ts';
import { curve, during, judged, said, without } from '../kit/curves.ts';
import { DAY, singlePhase, supplyMeter, T0, threePhase } from '../kit/meters.ts';
import { CURRENT_CASES } from './current-cases.ts';
import { POWER_CASES } from './power-cases.ts';
import { VOLTAGE_CASES } from './voltage-cases.ts';

describe.each([...VOLTAGE_CASES, ...CURRENT_CASES, ...POWER_CASES])('curve rule $rule ($facts)', (each) => {
  it('speaks when it must, with the numbers it saw', () => {
    const [first] = each.fires();
    expect(first).toMatchObject({ rule: each.rule, basis: 'curve', kind: 'open', facts: each.facts });
    expect(first?.from).toBeLessThan(first?.at ?? 0);
  });

  it('is silent just short of that', () => {
    expect(each.nearMiss()).toEqual([]);
  });

  it('is silent when what it needs is missing', () => {
    expect(each.missing()).toEqual([]);
  });
});

describe('sound meters', () => {
  it('are not spoken of', () => {
    expect(judged(threePhase(), curve(480))).toEqual([]);
    expect(
      judged(
        singlePhase(),
        curve(96, { current_n_a: 10, power_active_total_w: 2090, energy_import_wh: (i) => i * 522.5 }),
      ),
    ).toEqual([]);
  });

  it('without any load are not spoken of', () => {
    const none = { current_a_a: 0, current_b_a: 0, current_c_a: 0, current_n_a: 0, power_active_total_w: 0 };
    const rest = { power_active_a_w: 0, power_active_b_w: 0, power_active_c_w: 0, power_reactive_total_var: 0 };
    expect(
      judged(threePhase(), curve(480, { ...none, ...rest, power_factor_total: 1, energy_import_wh: 1_000_000 })),
    ).toEqual([]);
  });

  it('without supply are the business of outages', () => {
    const dark = { voltage_a_v: 20, voltage_b_v: 0, voltage_c_v: 10, current_a_a: 0, current_b_a: 0, current_c_a: 0 };
    expect(
      judged(threePhase(), curve(48, dark), ['phase_broken', 'voltage_lost', 'voltage_under', 'voltage_unbalanced']),
    ).toEqual([]);
  });

  it('that generate are not spoken of for feeding the grid', () => {
    const fed = curve(96, { power_active_total_w: -5000 });
    expect(judged(threePhase(), fed, ['reverse_flow'])).toHaveLength(1);
    expect(judged(threePhase({ category: 'generator' }), fed, ['reverse_flow'])).toEqual([]);
  });

  it('of two phases are judged on these: a column that is left out is no missing phase', () => {
    const low = curve(48, { voltage_a_v: during(8, 20, 100, 220) });
    expect(said(judged(threePhase(), without(low, 'voltage_b_v', 'current_b_a'), ['voltage_lost']))).toEqual([
      'open@9',
      'close@21',
    ]);
  });
});

describe('limits', () => {
  it('of voltages: what lies between raise and clear keeps an anomaly open and opens none', () => {
    const hover = curve(40, { voltage_a_v: (i) => (i >= 4 && i < 8 ? 160 : 180) });
    expect(said(judged(threePhase(), hover, ['voltage_under']))).toEqual(['open@5']);
    const recovered = curve(40, { voltage_a_v: (i) => (i >= 4 && i < 8 ? 160 : 188) });
    expect(said(judged(threePhase(), recovered, ['voltage_under']))).toEqual(['open@5', 'close@9']);
  });

  it('have to be passed for as long as the rule says, on any grid', () => {
    const minute = 60_000;
    const points = (to: number) => curve(60, { voltage_a_v: during(10, to, 160, 220) }, minute);
    expect(judged(threePhase(), points(15), ['voltage_under'])).toEqual([]);
    expect(said(judged(threePhase(), points(16), ['voltage_under']), minute)).toEqual(['open@15', 'close@21']);
  });

  it('of large customers are their own: a factor of 0.7 is fine at home', () => {
    const points = curve(96, { power_factor_total: 0.7 });
    expect(judged(threePhase(), points, ['power_factor_low'])).toEqual([]);
    expect(judged(threePhase({ isLarge: true }), points, ['power_factor_low'])).toHaveLength(1);
  });

  it('of the contract say nothing while it is not known', () => {
    const points = curve(96, { power_active_total_w: 30_000 });
    expect(judged(threePhase({ contractKw: 20 }), points, ['load_over_contract'])).toHaveLength(1);
    expect(judged(threePhase(), points, ['load_over_contract'])).toEqual([]);
  });
});

describe('cleaning', () => {
  const lost = { voltage_a_v: 100 };

  it('drops points from before the meter was put in, after it was taken out, and later than now', () => {
    const at = (from: number, to: number) =>
      judged(threePhase({ spans: [{ from, to }] }), curve(96, lost), ['voltage_lost']);
    expect(at(0, T0)).toEqual([]);
    expect(at(T0 + DAY, T0 + 2 * DAY)).toEqual([]);
    expect(at(T0 + DAY / 2, T0 + DAY)).toMatchObject([{ kind: 'open', from: T0 + DAY / 2 }]);
    expect(judged(threePhase(), curve(8, lost), ['voltage_lost'])).toHaveLength(1);
    const later = { ...curve(8, lost), slots: curve(8).slots.map((slot) => slot + 500 * DAY) };
    expect(judged(threePhase(), later, ['voltage_lost'])).toEqual([]);
  });

  it('drops what cannot be', () => {
    expect(judged(threePhase(), curve(96, { voltage_a_v: 6553.5 }), ['voltage_over'])).toEqual([]);
    expect(judged(threePhase(), curve(96, { current_a_a: 799.9 }), ['current_over'])).toEqual([]);
    expect(
      judged(threePhase({ contractKw: 5 }), curve(96, { power_active_total_w: 26_000 }), ['load_over_contract']),
    ).toEqual([]);
  });

  it('drops a register that the meter cannot have reached, and begins anew when the next one fits it', () => {
    const lone = curve(48, { energy_import_wh: (i) => (i === 20 ? 900_000_000 : 1_000_000 + i * 1567) });
    expect(judged(threePhase(), lone)).toEqual([]);
    const exchanged = curve(48, { energy_import_wh: (i) => (i < 20 ? 1_000_000 : 5) + i * 1567 });
    expect(judged(threePhase(), exchanged)).toEqual([]);
    const stopped = curve(48, { energy_import_wh: (i) => (i < 20 ? 1_000_000 + i * 1567 : 5) });
    expect(judged(threePhase(), stopped, ['stopped_meter'])).toMatchObject([{ kind: 'open', from: T0 + 21 * 900_000 }]);
  });
});

describe('a stopped meter', () => {
  it('needs powers that are near each other: two hours without points prove nothing', () => {
    const still = { energy_import_wh: 1_000_000, power_active_total_w: 9000 };
    expect(judged(threePhase(), curve(8, still, 31 * 60_000), ['stopped_meter'])).toEqual([]);
    expect(judged(threePhase(), curve(8, still, 30 * 60_000), ['stopped_meter'])).toHaveLength(1);
  });

  it('is over when its register moves again, not when it falls', () => {
    const moves = curve(40, {
      energy_import_wh: (i) => 1_000_010 + (i < 20 ? 0 : (i - 19) * 200),
      power_active_total_w: 800,
    });
    const [open, close] = judged(threePhase(), moves, ['stopped_meter']);
    expect(open).toMatchObject({ kind: 'open', facts: { limitWh: 400 } });
    expect(close).toMatchObject({ kind: 'close', from: open?.from, to: T0 + 19 * 900_000, facts: { flowedWh: 3800 } });
    const falls = curve(40, { energy_import_wh: (i) => (i < 20 ? 1_000_010 : 400_010), power_active_total_w: 800 });
    expect(said(judged(threePhase(), falls, ['stopped_meter'])).filter((what) => what.startsWith('close'))).toEqual([]);
  });
});

describe('a stopped register of coarse steps', () => {
  it('is given four of its steps in addition: until then a sampled kettle may be all there was', () => {
    const opens = (wh: number) =>
      judged(threePhase(), curve(60, { energy_import_wh: wh, power_active_total_w: 800 }), ['stopped_meter']);
    expect(said(opens(1_000_010))[0]).toBe('open@3');
    expect(said(opens(1_000_100))[0]).toBe('open@5');
    expect(said(opens(1_000_000))[0]).toBe('open@23');
    expect(opens(1_000_000)[0]).toMatchObject({ facts: { flowedWh: 4600, limitWh: 400 } });
  });
});

describe('a flying register', () => {
  it('is not found in what is switched on between two points: three windows of six hours have to say so', () => {
    const burst = curve(96, {
      energy_import_wh: (i) => 1_000_000 + i * 50 + (i > 40 && i < 80 ? (i - 40) * 1000 : i >= 80 ? 40_000 : 0),
      power_active_total_w: 200,
    });
    expect(judged(threePhase(), burst, ['register_flying'])).toEqual([]);
  });
});

describe('a phase without current', () => {
  it('is not lost when each time another one rests, nor when it never carried any', () => {
    const turns = (phase: number) => (i: number) => (Math.floor(i / 20) % 3 === phase ? 8 : 0);
    const inTurn = { current_a_a: turns(0), current_b_a: turns(1), current_c_a: turns(2) };
    expect(judged(threePhase(), curve(480, inTurn), ['current_lost'])).toEqual([]);
    expect(judged(threePhase(), curve(480, { current_b_a: 0 }), ['current_lost'])).toEqual([]);
    expect(judged(threePhase({ ratio: 20 }), curve(480, { current_b_a: 0 }), ['current_lost'])[0]?.kind).toBe('open');
  });

  it('has been without it since it last carried some', () => {
    const lost = curve(240, { current_b_a: during(30, 200, 0, 10) });
    const [open, ...rest] = judged(threePhase(), lost, ['current_lost']);
    expect(open).toMatchObject({ kind: 'open', from: T0 + 29 * 900_000, facts: { phase: 'B' } });
    expect(rest.at(-1)).toMatchObject({ kind: 'close', from: open?.from, to: T0 + 199 * 900_000 });
  });
});

describe('an overloaded transformer', () => {
  /** Loaded to so many kVA from 18:00 to 21:00 of the days, 100 else. */
  function evenings(days: readonly number[], kva = 220): number[] {
    return Array.from({ length: 5 * 96 }, (_, i) => {
      const hour = (i % 96) / 4;
      return days.includes(Math.floor(i / 96)) && hour >= 18 && hour <= 21 ? kva : 100;
    });
  }

  function facts(days: readonly number[]): unknown[] {
    const load = evenings(days);
    const power = { power_active_total_w: (i: number) => ((load[i] ?? 0) * 1000) / 60 };
    const points = without(curve(load.length, power), 'power_factor_total', 'power_reactive_total_var');
    const told = judged(supplyMeter(), points, ['transformer_overloaded']);
    return told.map(({ kind, facts: { overloadedHoursOfDay, overloadedDaysInRow, suggestion } }) => [
      kind,
      overloadedHoursOfDay,
      overloadedDaysInRow,
      suggestion ?? null,
    ]);
  }

  it('has its hours of the day counted, and three days in a row suggest a larger one', () => {
    expect(facts([0, 1, 2])).toEqual([
      ['open', 1, 1, null],
      ['close', 3, 1, null],
      ['open', 1, 2, null],
      ['close', 3, 2, null],
      ['open', 1, 3, 'capacity increase'],
      ['close', 3, 3, 'capacity increase'],
    ]);
  });

  it('is overloaded three days in a row whatever a day between them was, of which nothing is known', () => {
    const load = evenings([0, 1, 3]);
    const isLost = (i: number): boolean => i >= 2 * 96 && i < 3 * 96;
    const power = { power_active_total_w: (i: number) => (isLost(i) ? Number.NaN : ((load[i] ?? 0) * 1000) / 60) };
    const points = without(curve(load.length, power), 'power_factor_total', 'power_reactive_total_var');
    expect(judged(supplyMeter(), points, ['transformer_overloaded']).at(-1)?.facts).toMatchObject({
      overloadedDaysInRow: 3,
      suggestion: 'capacity increase',
    });
  });

  it('with a day between them is not overloaded three days in a row', () => {
    expect(facts([0, 1, 3]).at(-1)).toEqual(['close', 3, 1, null]);
  });
});

describe('a meter about which a rule no longer speaks', () => {
  it('has its anomaly closed, not forgotten', () => {
    const judge = new CurveJudge({ zoneOffsetMs: 0, rules: ['reverse_flow'] });
    const state = newCurveState();
    const fed = curve(96, { power_active_total_w: -5000 });
    const next = { ...fed, slots: fed.slots.map((slot) => slot + DAY) };
    expect(judge.judge(threePhase(), fed, state, T0 + 9 * DAY)).toMatchObject([{ kind: 'open' }]);
    expect(judge.judge(threePhase({ category: 'generator' }), next, state, T0 + 9 * DAY)).toMatchObject([
      { kind: 'close' },
    ]);
    expect(
      judge.judge(
        threePhase({ category: 'generator' }),
        { ...fed, slots: fed.slots.map((slot) => slot + 2 * DAY) },
        state,
        T0 + 9 * DAY,
      ),
    ).toEqual([]);
  });
});
