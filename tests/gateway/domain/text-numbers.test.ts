import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextNumbers } from '#domain/text-numbers.ts';

describe('numbers for texts', () => {
  it('are given once, in the order in which the texts came, also beyond the room that there was at first', () => {
    const numbers = new TextNumbers();
    const texts = [...Array(3000).keys()].map((i) => String(100_000_000_000 + i * 7));
    for (const [i, text] of texts.entries()) expect(numbers.add(text)).toBe(i);
    for (const [i, text] of texts.entries()) expect([numbers.add(text), numbers.numberOf(text)]).toEqual([i, i]);
    expect(numbers.size).toBe(3000);
    expect(numbers.numberOf('nobody')).toBeUndefined();
  });

  it('are those of a map, whatever the texts', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.string(), (texts, other) => {
        const numbers = new TextNumbers();
        const known = new Map<string, number>();
        for (const text of texts) {
          if (!known.has(text)) known.set(text, known.size);
          expect(numbers.add(text)).toBe(known.get(text));
        }
        expect(numbers.texts).toEqual([...known.keys()]);
        expect(numbers.numberOf(other)).toBe(known.get(other));
      }),
    );
  });
});
