import { describe, expect, it } from 'vitest';
import { METER_MODELS, meterModel } from '#contract/models.ts';
import { QUALITIES, QUALITY_CODES, qualityCode, qualityOf } from '#contract/quality.ts';
import { EXCLUSIONS, isReason, REASON_TEXTS, REASONS } from '#contract/reasons.ts';

const CHINESE = /\p{Script=Han}/u;

function expectBoth(text: { readonly zh: string; readonly en: string }, where: string): void {
  expect(text.zh, where).toMatch(CHINESE);
  expect(text.en, where).toMatch(/[a-z]/);
  expect(text.en, where).not.toMatch(CHINESE);
}

describe('reasons', () => {
  it('have a text, a cause and three different checks in both languages', () => {
    expect(Object.keys(REASON_TEXTS).sort()).toEqual([...REASONS].sort());
    for (const reason of REASONS) {
      const { cause, checks, ...text } = REASON_TEXTS[reason];
      expectBoth(text, reason);
      expectBoth(cause, reason);
      expect(new Set(checks.zh).size, reason).toBe(3);
      expect(new Set(checks.en).size, reason).toBe(3);
      for (const [i, zh] of checks.zh.entries()) expectBoth({ zh, en: checks.en[i] ?? '' }, reason);
    }
  });

  it('tell apart by their text', () => {
    expect(new Set(REASONS.map((reason) => REASON_TEXTS[reason].zh)).size).toBe(REASONS.length);
    expect(new Set(REASONS.map((reason) => REASON_TEXTS[reason].en)).size).toBe(REASONS.length);
  });

  it('that exclude are all named excluded', () => {
    expect(REASONS.filter((reason) => reason.startsWith('excluded_'))).toEqual([...EXCLUSIONS]);
    expect(isReason('no_answer')).toBe(true);
    expect(['NO_ANSWER', '', 'toString', 3, null].some(isReason)).toBe(false);
  });
});

describe('qualities', () => {
  it('have texts in both languages and go to billing only when somebody may answer for them', () => {
    for (const quality of QUALITIES) expectBoth(QUALITY_CODES[quality], quality);
    const billable = (answer: string): string[] => QUALITIES.filter((q) => QUALITY_CODES[q].billable === answer);
    expect(billable('no')).toEqual(['raw', 'suspect', 'missing']);
    expect(billable('flagged')).toEqual(['estimated']);
  });

  it('carry codes of the shape of their standards, each code once', () => {
    const cim = QUALITIES.map((quality) => QUALITY_CODES[quality].cim).filter((code) => code !== null);
    expect(cim.every((code) => /^\d{1,2}\.\d{1,2}\.\d{1,3}$/.test(code))).toBe(true);
    expect(new Set(cim).size).toBe(cim.length);
  });

  it('keep the number under which they are stored', () => {
    expect(QUALITIES.map(qualityCode)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(qualityOf(qualityCode('suspect'))).toBe('suspect');
    expect(qualityCode('late')).toBe(2);
    for (const code of [-1, 8, 0.5, Number.NaN]) expect(() => qualityOf(code)).toThrow(RangeError);
  });
});

describe('meter models', () => {
  it('are named once, in both languages, with ratings that can be true', () => {
    expect(new Set(METER_MODELS.map((model) => model.id)).size).toBe(METER_MODELS.length);
    for (const model of METER_MODELS) {
      expectBoth(model, model.id);
      expect(meterModel(model.id)).toBe(model);
      expect(model.ratedVoltageV).toBeGreaterThanOrEqual(57);
      expect(model.maxCurrentA).toBeGreaterThan(0);
      expect(Number.isSafeInteger(model.rolloverWh)).toBe(true);
    }
    expect(meterModel('sdm999')).toBeUndefined();
  });
});
