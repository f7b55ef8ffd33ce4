import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoff } from '#platform/retry.ts';

function first(count: number, waits: Generator<number>): number[] {
  return Array.from({ length: count }, () => waits.next().value);
}

test('waits double up to their cap and stay there', () => {
  expect(
    first(
      6,
      backoff({ firstMs: 100, capMs: 1000 }, () => 0.5),
    ),
  ).toEqual([100, 200, 400, 800, 1000, 1000]);
});

test('a first wait above the cap is cut to it', () => {
  expect(first(2, backoff({ firstMs: 5000, capMs: 1000, jitter: 0 }))).toEqual([1000, 1000]);
});

test('random spreads a wait by a fifth either way unless told otherwise', () => {
  const draws = [0, 1, 0.25];
  const waits = backoff({ firstMs: 1000, capMs: 1000 }, () => draws.shift() ?? 0.5);
  expect(first(3, waits)).toEqual([800, 1200, 900]);
  expect(
    first(
      1,
      backoff({ firstMs: 1000, capMs: 1000, jitter: 0.5 }, () => 0),
    ),
  ).toEqual([500]);
});

test('no wait is shorter or longer than the spread allows, however long it goes on', () => {
  const options = fc.record({
    firstMs: fc.integer({ min: 1, max: 60_000 }),
    capMs: fc.integer({ min: 1, max: 3_600_000 }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(options, fc.double({ min: 0, max: 0.999, noNaN: true }), ({ firstMs, capMs, jitter }, drawn) => {
      const waits = first(
        1100,
        backoff({ firstMs, capMs, jitter }, () => drawn),
      );
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(Math.floor(Math.min(firstMs, capMs) * (1 - jitter)));
      expect(Math.max(...waits)).toBeLessThanOrEqual(Math.ceil(capMs * (1 + jitter)));
    }),
  );
});
