import { describe, expect, it } from 'vitest';
import { RULE_CATALOGUE } from '#domain/vee/catalogue.ts';
import { DAY_RULES, INGEST_RULES, isRule, PROFILE_RULES, RULE_TEXTS, RULES } from '#domain/vee/rule-texts.ts';

describe('the catalogue of rules', () => {
  it('tells each rule in both languages', () => {
    expect(Object.keys(RULE_TEXTS).sort()).toEqual([...RULES].sort());
    for (const { id, zh, en } of RULE_CATALOGUE) {
      expect(zh, id).toMatch(/\p{Script=Han}/u);
      expect(en, id).toMatch(/^[ -~’]+$/);
    }
  });

  it('has each rule once, with when it runs and what it needs', () => {
    expect(RULE_CATALOGUE.map(({ id }) => id)).toEqual([...RULES]);
    for (const { id, runs, needs } of RULE_CATALOGUE) {
      expect(runs.includes('ingest'), id).toBe((INGEST_RULES as readonly string[]).includes(id));
      expect(runs.includes('day'), id).toBe((DAY_RULES as readonly string[]).includes(id));
      expect(runs.includes('profile'), id).toBe((PROFILE_RULES as readonly string[]).includes(id));
      expect(needs.length, id).toBeGreaterThan(0);
    }
  });

  it('says of every number where it comes from', () => {
    for (const { id, parameters } of RULE_CATALOGUE) {
      for (const { name, value, source } of parameters) {
        expect(Number.isFinite(value), `${id} ${name}`).toBe(true);
        expect(source, `${id} ${name}`).not.toBe('');
      }
    }
  });

  it('knows its own ids and no others', () => {
    expect(isRule('usage_high')).toBe(true);
    expect(['stopped_meter', 'toString', ''].some(isRule)).toBe(false);
  });
});
