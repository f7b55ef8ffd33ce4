import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ID_PATTERN, isId } from '#contract/ids.ts';
import { CHANNELS, parseTopic, topic, topicFilter } from '#contract/topics.ts';

const ids = fc.stringMatching(new RegExp(ID_PATTERN));

describe('ids', () => {
  it('are 1 to 64 letters, digits, underscores and hyphens', () => {
    expect(['a', 'A-1_z', '0'.repeat(64)].every(isId)).toBe(true);
    expect(['', '0'.repeat(65), 'a b', 'a/b', '台区', 'a\n', '#', '+', 7, null].some(isId)).toBe(false);
  });
});

describe('topics', () => {
  it('read back as they were written', () => {
    fc.assert(
      fc.property(ids, ids, fc.constantFrom(...CHANNELS), (district, collector, channel) => {
        expect(parseTopic(topic(district, collector, channel))).toEqual({ district, collector, channel });
      }),
    );
  });

  it('of any other shape are nobody’s', () => {
    const names = [
      'meterway/v1/d/c/up',
      'meterway/v1/d/c/up/rows/more',
      'meterway/v2/d/c/up/rows',
      'other/v1/d/c/up/rows',
      'meterway/v1//c/up/rows',
      'meterway/v1/d/c d/up/rows',
      'meterway/v1/d/c/up/ack',
      '/meterway/v1/d/c/up/rows',
      '',
    ];
    for (const name of names) expect(parseTopic(name), name).toBeNull();
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(parseTopic(name)).toBeNull();
      }),
    );
  });

  it('are all matched by the filter of their channel and by no other', () => {
    const matches = (filter: string, name: string): boolean => {
      const [wanted, given] = [filter.split('/'), name.split('/')];
      return wanted.length === given.length && wanted.every((level, i) => level === '+' || level === given[i]);
    };
    fc.assert(
      fc.property(ids, ids, fc.constantFrom(...CHANNELS), fc.constantFrom(...CHANNELS), (district, id, a, b) => {
        expect(matches(topicFilter('+', a), topic(district, id, b))).toBe(a === b);
        expect(matches(topicFilter(district, a), topic(district, id, b))).toBe(a === b);
        expect(matches(topicFilter(`${district.slice(0, 63)}x`, a), topic(district, id, a))).toBe(
          `${district.slice(0, 63)}x` === district,
        );
      }),
    );
  });
});
