import { describe, expect, it } from 'vitest';
import { THEFT_PARAMETERS } from '#domain/anomalies/theft/theft-parameters.ts';
import { theftScores } from '#domain/anomalies/theft/theft-score.ts';
import { theftReasons } from '#domain/anomalies/theft/theft-words.ts';
import { randomFrom } from '../../../../support/random.ts';
import { DAYS, households, theftArea } from './theft-area.ts';

const DATES = Array.from({ length: DAYS }, (_, i) => new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10));
const { openScore } = THEFT_PARAMETERS;

describe('suspicion of theft', () => {
  it('finds the customer whose use falls when the loss of the area rises by as much', () => {
    const random = randomFrom(1);
    const all = households(80, random);
    const thief = { meter: 'thief', level: 9000, theft: { day: 25, share: 0.2 } };
    const [first, second] = theftScores(theftArea([...all, thief], random));
    expect(first?.meter).toBe('thief');
    expect(first?.score).toBeGreaterThanOrEqual(openScore);
    expect(second?.score).toBeLessThan(openScore);
    expect(Math.abs((first?.fall?.day ?? 0) - 25)).toBeLessThanOrEqual(1);
    const words = theftReasons(first ?? expect.fail('nobody is suspected'), DATES);
    expect(words.map(({ en }) => en).join('; ')).toMatch(
      /^daily use fell from .* kWh on 2026-01-2[5-7]; the area lost/,
    );
    expect(words.every(({ zh, en }) => zh !== '' && en !== '')).toBe(true);
  });

  it('does not suspect who is away: nothing is lost where nothing is used', () => {
    const random = randomFrom(2);
    const away = { meter: 'away', level: 9000, awayFrom: 20 };
    const scores = theftScores(theftArea([...households(80, random), away], random));
    const found = scores.find(({ meter }) => meter === 'away');
    expect(Math.abs((found?.fall?.day ?? 0) - 20)).toBeLessThanOrEqual(1);
    expect(found?.score).toBeLessThan(openScore / 2);
  });

  it('does not suspect anybody when the use of all falls with the weather', () => {
    const random = randomFrom(3);
    const scores = theftScores(theftArea(households(80, random), random, (day) => (day < 20 ? 2 : 1)));
    expect(Math.max(...scores.map(({ score }) => score))).toBeLessThan(openScore / 2);
  });

  it('sees the thief through the weather', () => {
    const random = randomFrom(4);
    const thief = { meter: 'thief', level: 9000, theft: { day: 21, share: 0.1 } };
    const all = [...households(80, random), thief];
    const [first] = theftScores(theftArea(all, random, (day) => 1.3 - 0.01 * day));
    expect(first?.meter).toBe('thief');
  });

  it('leaves generators out: that their use falls is no reason for anything', () => {
    const random = randomFrom(5);
    const solar = { meter: 'solar', level: 9000, theft: { day: 25, share: 0.1 }, generator: true };
    const scores = theftScores(theftArea([...households(40, random), solar], random));
    expect(scores.map(({ meter }) => meter)).not.toContain('solar');
  });

  it('counts an event on the day of the fall, and one without a fall for little', () => {
    const random = randomFrom(6);
    const signs = [{ day: 24, kind: 'cover_opened' }] as const;
    const all = households(40, random);
    const with_ = { meter: 'opened', level: 9000, theft: { day: 25, share: 0.2 }, signs };
    const steady = { meter: 'steady', level: 9000, signs };
    const scores = theftScores(theftArea([...all, with_, steady], random));
    const byMeter = new Map(scores.map((score) => [score.meter, score]));
    expect(byMeter.get('opened')?.reasons.events).toBe(1);
    expect(byMeter.get('steady')?.reasons.events).toBe(0.3);
    expect(byMeter.get('steady')?.score).toBeLessThan(openScore / 2);
  });

  it('says nothing of days that are not known', () => {
    const random = randomFrom(7);
    const area = theftArea([...households(40, random), { meter: 'x', level: 9000 }], random);
    const blank = { meter: 'x', generator: false, usageWh: new Float64Array(DAYS).fill(Number.NaN), signs: [] };
    const members = area.members.map((member) => (member.meter === 'x' ? blank : member));
    const found = theftScores({ ...area, members }).find(({ meter }) => meter === 'x');
    expect(found).toMatchObject({ score: 0, fall: null });
    const unknownLoss = { ...area, lostWh: new Float64Array(DAYS).fill(Number.NaN) };
    expect(Math.max(...theftScores(unknownLoss).map(({ reasons }) => reasons.loss))).toBe(0);
  });

  it('suspects hardly anybody in areas without thieves', () => {
    const random = randomFrom(8);
    let suspects = 0;
    let meters = 0;
    for (let area = 0; area < 30; area++) {
      const all = households(60, random).map((house, i) =>
        i % 20 === 0 ? { ...house, awayFrom: 10 + (area % 20) } : house,
      );
      const scores = theftScores(theftArea(all, random, (day) => 1 + 0.2 * Math.sin(day / 5 + area)));
      meters += scores.length;
      suspects += scores.filter(({ score }) => score >= openScore).length;
    }
    expect(suspects / meters).toBeLessThanOrEqual(0.001);
  });
});
