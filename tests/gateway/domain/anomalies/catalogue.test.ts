import { describe, expect, it } from 'vitest';
import { ANOMALY_RULES } from '#contract/anomaly.ts';
import { ANOMALY_CATALOGUE, anomalyEntry } from '#domain/anomalies/catalogue.ts';
import { anomalyId } from '#domain/anomalies/transition.ts';
import { CURRENT_CASES } from './curve/current-cases.ts';
import { POWER_CASES } from './curve/power-cases.ts';
import { VOLTAGE_CASES } from './curve/voltage-cases.ts';
import { DAY_CASES } from './days/day-cases.ts';
import { STATE_CASES } from './states/state-cases.ts';

const CASES = [...VOLTAGE_CASES, ...CURRENT_CASES, ...POWER_CASES, ...DAY_CASES, ...STATE_CASES];
/** Facts that are no words for something: their names end in their unit, or count something. */
const WITH_UNIT =
  /(Wh|W|V|A|S|Min|Kva|Kw|Percent|PercentOfRated|Days|DaysInRow|HoursOfDay|Times|times|timesAllowed|timesCapacity|timesOfPower|PowerFactor|[dD]eviations)$/;

describe.each(ANOMALY_CATALOGUE)('$id by $basis', (rule) => {
  it('has a case that must fire, a near miss and a missing-data case', () => {
    const cases = CASES.filter((each) => each.rule === rule.id && each.basis === rule.basis);
    expect(cases.length).toBeGreaterThan(0);
    for (const each of cases) {
      expect(each.fires().some(({ kind }) => kind === 'open')).toBe(true);
      expect(each.nearMiss()).toEqual([]);
      expect(each.missing()).toEqual([]);
    }
  });

  it('has a name, a text and an advised action in both languages', () => {
    for (const { zh, en } of [rule.name, rule.text, rule.action]) {
      expect(zh).toMatch(/\p{Script=Han}/u);
      expect(en).not.toMatch(/\p{Script=Han}/u);
      expect(en.length).toBeGreaterThan(5);
    }
  });

  it('says what it needs, and of each number its unit and where it comes from', () => {
    expect(rule.needs.length).toBeGreaterThan(0);
    for (const { name, value, source } of rule.parameters) {
      expect(name).not.toBe('');
      expect(Number.isFinite(value)).toBe(true);
      expect(source).not.toBe('');
    }
  });

  it('gives facts with units in their names, and only finite numbers', () => {
    for (const { facts } of CASES.filter((each) => each.rule === rule.id).flatMap((each) => [...each.fires()])) {
      for (const [name, value] of Object.entries(facts)) {
        if (typeof value === 'string') continue;
        expect(name).toMatch(WITH_UNIT);
        expect(Number.isFinite(value)).toBe(true);
      }
    }
  });
});

describe('the catalogue', () => {
  it('has every rule but the score of theft, which is told by many of them', () => {
    const known = new Set<string>(ANOMALY_CATALOGUE.map(({ id }) => id));
    expect(ANOMALY_RULES.filter((id) => !known.has(id))).toEqual(['theft_suspected']);
    expect(anomalyEntry('voltage_lost').level).toBe(1);
  });

  it('gives ids of at most 64 characters that differ by rule, by basis and by beginning', () => {
    const meter = 'm'.repeat(64);
    const from = Date.UTC(2100, 0, 1);
    const ids = ANOMALY_CATALOGUE.flatMap(({ id, basis }) => [
      anomalyId(meter, { rule: id, basis, from }),
      anomalyId(meter, { rule: id, basis, from: from + 1 }),
    ]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z]+-m+-[0-9a-z]+-[0-9a-z]+$/);
    expect(Math.max(...ids.map(({ length }) => length))).toBeLessThanOrEqual(64);
  });
});
