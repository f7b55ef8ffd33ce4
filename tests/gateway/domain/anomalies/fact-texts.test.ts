import { describe, expect, it, test } from 'vitest';
import { CURVE_RULE_MEASURES } from '#domain/anomalies/curve/rules.ts';
import { FACT_NAMES, toldFacts } from '#domain/anomalies/fact-texts.ts';
import { STATE_MEASURES } from '#domain/anomalies/states/state-rules.ts';
import { bearsOut, precisionOf } from '#domain/anomalies/verdicts.ts';

describe('facts', () => {
  it('have a unit and a text in both languages, those of all rules included', () => {
    const words = [...Object.values(CURVE_RULE_MEASURES), ...Object.values(STATE_MEASURES)].map((rule) => rule.wording);
    const names = words.flatMap((word) => (word ? [word.worst, word.limit, word.markName] : []));
    const used = new Set([...names.filter((name) => name !== undefined), 'lastedMin', 'times', 'cover', 'relay']);
    expect(used.size).toBeGreaterThan(20);
    expect(FACT_NAMES).toEqual(expect.arrayContaining([...used]));
    for (const { zh, en, name } of toldFacts(Object.fromEntries(FACT_NAMES.map((fact) => [fact, 1])))) {
      expect(zh, name).toMatch(/\p{Script=Han}/u);
      expect(en, name).toMatch(/^[ -~]+$/);
    }
  });

  it('keep their name where nothing is known of them', () => {
    expect(toldFacts({ odd: 3 })).toEqual([{ name: 'odd', value: 3, unit: '', zh: 'odd', en: 'odd' }]);
  });
});

test('a suspicion of theft is borne out by theft alone, other rules by any fault, none by wrong master data', () => {
  expect(bearsOut('theft_suspected', 'theft')).toBe(true);
  expect(bearsOut('theft_suspected', 'wiring')).toBe(false);
  expect(bearsOut('current_lost', 'wiring')).toBe(true);
  expect(bearsOut('stopped_meter', 'meterFault')).toBe(true);
  expect(bearsOut('current_lost', 'archiveError')).toBe(false);
  expect(bearsOut('current_lost', 'notTheft')).toBe(false);
});

test('a rule that nobody has judged has no precision', () => {
  const counts = [
    { rule: 'voltage_lost', verdict: 'wiring', count: 3 },
    { rule: 'voltage_lost', verdict: 'archiveError', count: 1 },
  ] as const;
  expect(precisionOf(['voltage_lost', 'clock_wrong'], counts)).toEqual([
    { rule: 'voltage_lost', judged: 4, confirmed: 3, refuted: 1, precision: 0.75 },
    { rule: 'clock_wrong', judged: 0, confirmed: 0, refuted: 0, precision: null },
  ]);
});
