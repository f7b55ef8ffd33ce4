import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTimely, MOST_AHEAD_MS, timeFault } from '#domain/validation/row-times.ts';

const NOW = Date.UTC(2026, 10, 22);
const near = fc.integer({ min: -3, max: 3 });

describe('a reading', () => {
  it('is timely exactly when nothing is wrong with its times', () => {
    fc.assert(
      fc.property(near, near, fc.option(near), (slotApart, readApart, installedApart) => {
        const [slot, readAt] = [NOW + MOST_AHEAD_MS + slotApart, NOW + MOST_AHEAD_MS + readApart];
        const installedAt = installedApart === null ? null : slot + installedApart;
        const fault = timeFault(NOW, [slot, readAt], slot, installedAt);
        expect(isTimely({ slot, readAt }, NOW, installedAt)).toBe(fault === null);
      }),
    );
  });
});
