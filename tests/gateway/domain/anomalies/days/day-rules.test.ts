import { describe, expect, it } from 'vitest';
import { DayJudge } from '#domain/anomalies/days/judge.ts';
import { newDayState } from '#domain/anomalies/days/state.ts';
import { said } from '../kit/curves.ts';
import { freezes, HISTORY, judgedDays } from '../kit/days.ts';
import { DAY, NOW, T0, threePhase } from '../kit/meters.ts';
import { DAY_CASES } from './day-cases.ts';

const N = Number.NaN;

describe.each(DAY_CASES)('day rule $rule', (each) => {
  it('speaks when it must, with the numbers it saw', () => {
    expect(each.fires()[0]).toMatchObject({ rule: each.rule, basis: 'days', kind: 'open', facts: each.facts });
  });

  it('is silent just short of that', () => {
    expect(each.nearMiss()).toEqual([]);
  });

  it('is silent when what it needs is missing', () => {
    expect(each.missing()).toEqual([]);
  });
});

describe('sound days', () => {
  it('are not spoken of', () => {
    expect(judgedDays(threePhase(), freezes(120))).toEqual([]);
    expect(judgedDays(threePhase({ status: 'closed' }), freezes(60, { used: () => 0 }))).toEqual([]);
  });

  it('of meters that never had an account are not held against it', () => {
    expect(judgedDays(threePhase({ status: null }), freezes(60), ['usage_closed_account'])).toEqual([]);
    expect(judgedDays(threePhase({ status: 'disconnected' }), freezes(60), ['usage_closed_account'])).not.toEqual([]);
  });

  it('with one wrong register among them are not spoken of', () => {
    for (const wrong of [0, 1, 500_000_000, N]) {
      const days = freezes(60, { register: (place, sum) => (place === 40 ? wrong : sum) });
      expect(judgedDays(threePhase(), days)).toEqual([]);
    }
  });

  it('of a meter that was put in again elsewhere do not run backwards', () => {
    const days = freezes(60, { register: (place, sum) => (place >= 40 ? sum - 900_000 : sum) });
    const spans = [
      { from: 0, to: T0 + 39.5 * DAY },
      { from: T0 + 39.5 * DAY, to: Number.POSITIVE_INFINITY },
    ];
    expect(judgedDays(threePhase(), days, ['register_reversed'])).toHaveLength(2);
    expect(judgedDays(threePhase({ spans }), days, ['register_reversed'])).toEqual([]);
  });
});

describe('a weekend alone', () => {
  it('opens nothing that has to persist, and a third day does', () => {
    const high = (days: readonly number[]) =>
      judgedDays(threePhase(), freezes(50, { used: (place) => (days.includes(place) ? 20_000 : 8000) }), [
        'usage_jump',
      ]);
    expect(high([40, 41])).toEqual([]);
    expect(said(high([40, 41, 42]), DAY)).toEqual(['open@42', 'close@44']);
  });
});

describe('registers of 1 kWh', () => {
  /** A new meter: total and rates without what is below a step. */
  function unequal(stepWh: number, totalWh: number) {
    const shown = (wh: number): number => Math.floor(wh / stepWh) * stepWh;
    const column = (share: number) => Float64Array.from({ length: 40 }, (_, i) => shown((totalWh + i * 400) * share));
    const days = { ...freezes(40), importWh: column(1), rates: [0.19, 0.24, 0.29, 0.28].map(column) };
    return judgedDays(threePhase(), days, ['registers_unequal']);
  }

  it('may differ by what each of them hides', () => {
    expect(unequal(1000, 3990)).toEqual([]);
    expect(unequal(1000, 1_000_000)).toEqual([]);
  });
});

describe('like days', () => {
  it('are those of the same kind: a weekend that is always high is no jump', () => {
    const isRest = freezes(60).restDays;
    const weekly = freezes(60, { used: (place) => (isRest[place - 1] === 1 ? 16_000 : 8000) });
    expect(judgedDays(threePhase(), weekly)).toEqual([]);
  });

  it('of a lively meter allow more than those of a steady one', () => {
    const lively = (place: number): number => (place % 2 === 0 ? 5000 : 11_000);
    const then = (place: number): number => (place >= 40 && place < 44 ? 14_000 : 0);
    const of = (before: (place: number) => number) =>
      judgedDays(threePhase(), freezes(60, { used: (place) => then(place) || before(place) }), ['usage_jump']);
    expect(of(() => 8000)).not.toEqual([]);
    expect(of(lively)).toEqual([]);
  });

  it('are how it was before: a drop stays open until it has become the custom', () => {
    const moved = freezes(120, { used: (place) => (place >= 40 ? 3000 : 8000) });
    const [open, ...rest] = judgedDays(threePhase(), moved, ['usage_drop']);
    expect(open).toMatchObject({
      kind: 'open',
      from: T0 + 40 * DAY,
      facts: { dayWh: 3000, likeDayWh: 8000, changePercent: -62.5 },
    });
    const close = rest.at(-1);
    expect(close?.kind).toBe('close');
    expect((close?.at ?? 0) - T0).toBeGreaterThan(56 * DAY);
    expect(rest.filter(({ kind }) => kind === 'close')).toHaveLength(1);
  });
});

describe('zero use', () => {
  it('begins with the freeze since which the register stands, and is told of day by day', () => {
    const days = freezes(45, { used: (place) => (place > 30 && place < 40 ? 0 : 8000) });
    const told = judgedDays(threePhase(), days, ['usage_zero']);
    expect(said(told, DAY)).toEqual(['open@37', 'update@38', 'update@39', 'close@41']);
    expect(told.map(({ from }) => from)).toEqual(Array.from({ length: 4 }, () => T0 + 30 * DAY));
  });

  it('is nothing at a meter that was never seen to count, or whose account is closed', () => {
    expect(judgedDays(threePhase(), freezes(60, { used: () => 0 }), ['usage_zero'])).toEqual([]);
    const idle = freezes(60, { used: (place) => (place > 30 ? 0 : 8000) });
    expect(judgedDays(threePhase({ status: 'closed' }), idle, ['usage_zero'])).toEqual([]);
  });
});

describe('a fresh state', () => {
  it('learns from the history and tells nothing of it', () => {
    const days = freezes(40, { register: (place, sum) => (place >= 10 ? sum - 500_000 : sum) });
    expect(new DayJudge().judge(threePhase(), days, { from: HISTORY, to: 40 }, newDayState(), NOW)).toEqual([]);
  });
});
