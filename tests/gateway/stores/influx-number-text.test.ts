import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimalText, wholeText } from '#stores/influx-readings/number-text.ts';

test('an integer of any size and sign has the digits that it has', () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer()), (value) => {
      expect(wholeText(value)).toBe(String(value));
    }),
  );
  expect(wholeText(-0)).toBe('0');
  for (const value of [2 ** 30, 2 ** 30 - 1, -(2 ** 30), 1e12, 999_999_999_999]) {
    expect(wholeText(value)).toBe(String(value));
  }
});

test('a scaled integer is written as exactly the number that it stands for', () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer()), fc.integer({ min: 1, max: 3 }), (scaled, decimals) => {
      const text = decimalText(scaled, decimals);
      expect(Number(text)).toBe(scaled / 10 ** decimals);
      expect(text).toMatch(/^-?\d+(\.\d+)?$/);
    }),
  );
  expect([decimalText(-4, 2), decimalText(-0, 2), decimalText(23_050, 2)]).toEqual(['-0.04', '0', '230.50']);
});
