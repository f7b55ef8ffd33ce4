import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, instantOf } from '#contract/zone.ts';
import { DayEvaluator, evaluateMeter } from '#domain/vee/evaluate.ts';
import { ZONE } from '../site.ts';
import { context, datesFrom, FIRST, stay } from './days.ts';

const DAYS = 45;
const NONE = Number.NaN;

/** Mostly a meter that counts, with holes, zeros and wild values among its registers. */
const meterDays = fc
  .array(
    fc.tuple(
      fc.integer({ min: 0, max: 20_000 }),
      fc.oneof({ weight: 8, arbitrary: fc.constant('good') }, fc.constantFrom('none', 'zero', 'wild')),
    ),
    { minLength: DAYS, maxLength: DAYS },
  )
  .map((days) => {
    let wh = 900_000;
    return days.map(([used, kind]) => {
      wh += used;
      if (kind === 'none') return NONE;
      if (kind === 'zero') return 0;
      return kind === 'wild' ? wh + 50_000_000 : wh;
    });
  });

const BETWEEN_STAYS = context({
  stays: [stay({ to: instantOf(ZONE, '2026-10-20') + 1, endWh: 1 }), stay({ from: instantOf(ZONE, '2026-10-25') })],
});

const contexts = fc.constantFrom(
  context(),
  context({ stays: [] }),
  context({ stays: [stay({ status: 'closed', ratio: 30 })] }),
  BETWEEN_STAYS,
);

const REMOVED_THEN_ZERO = Array.from({ length: DAYS }, () => 0);

const dates = datesFrom(FIRST, DAYS);
const slots = [...dates, addDays(FIRST, DAYS)].map((date) => instantOf(ZONE, date));
const nothing = dates.map(() => NONE);

describe('what is found about any days', () => {
  it('depends on a freeze and the 28 days before it alone', () => {
    fc.assert(
      fc.property(meterDays, contexts, fc.integer({ min: 28, max: DAYS - 1 }), (importWh, of, place) => {
        const whole = evaluateMeter({ dates, slots, importWh, exportWh: nothing }, of);
        const first = place - 28;
        const part = {
          ...{ dates: dates.slice(first, place + 1), slots: slots.slice(first, place + 2) },
          ...{ importWh: importWh.slice(first, place + 1), exportWh: nothing },
        };
        const alone = new DayEvaluator(part.dates).at(part, of, 28);
        expect(alone).toEqual(whole.filter(({ slot }) => slot === slots[place]));
      }),
    );
  });

  it('is told once for each freeze and rule, ascending', () => {
    fc.assert(
      fc.property(meterDays, contexts, (importWh, of) => {
        const found = evaluateMeter({ dates, slots, importWh, exportWh: nothing }, of);
        const keys = found.map(({ slot, rule }) => `${slot} ${rule}`);
        expect(keys).toEqual([...new Set(keys)].sort());
      }),
    );
  });

  it('is the same about all other days when one register is zero as when it is missing', () => {
    const rising = fc.array(
      fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 20_000 }) }, fc.constant(NONE)),
      { minLength: DAYS, maxLength: DAYS },
    );
    fc.assert(
      fc.property(rising, contexts, fc.integer({ min: 1, max: DAYS - 1 }), (used, of, place) => {
        let wh = 900_000;
        const importWh = used.map((each) => {
          if (!Number.isNaN(each)) wh += each;
          return Number.isNaN(each) ? NONE : wh;
        });
        fc.pre(importWh.slice(Math.max(0, place - 28), place).some((each) => !Number.isNaN(each)));
        const find = (at: number) => {
          const found = evaluateMeter({ dates, slots, importWh: importWh.with(place, at), exportWh: nothing }, of);
          return Map.groupBy(found, ({ slot }) => (slot === slots[place] ? 'there' : 'elsewhere'));
        };
        const [zero, missing] = [find(0), find(NONE)];
        expect(zero.get('elsewhere')).toEqual(missing.get('elsewhere'));
        if (of.stays.length === 1) expect(zero.get('there')?.map(({ rule }) => rule)).toEqual(['register_reversed']);
      }),
      // A zero that is the first register after the meter was taken out.
      { examples: [[REMOVED_THEN_ZERO, BETWEEN_STAYS, 16]] },
    );
  });

  it('is the same with one evaluator for many meters as with one for each', () => {
    const evaluator = new DayEvaluator(dates);
    fc.assert(
      fc.property(meterDays, contexts, (importWh, of) => {
        const freezes = { dates, slots, importWh, exportWh: nothing };
        expect(dates.flatMap((_, place) => evaluator.at(freezes, of, place))).toEqual(evaluateMeter(freezes, of));
      }),
    );
  });
});
