import { describe, expect, it } from 'vitest';
import type { Installation } from '#contract/registry.ts';
import { deviceSince } from '#domain/usage/device-run.ts';

const stay = (from: number, to: number | null, startWh: number | null, endWh: number | null): Installation => ({
  ...{ meter: 'm1', account: null, from, to, startWh, endWh },
});

describe('a device', () => {
  it.each([
    ['was put in when its only installation began', [stay(1, null, 0, null)], 1],
    ['goes on where only account, area or ratio change', [stay(5, null, 70, null), stay(1, 5, 0, 70)], 1],
    ['is another one where no register was written down', [stay(1, 5, null, null), stay(5, null, null, null)], 5],
    ['is another one where the register begins elsewhere', [stay(1, 5, 0, 70), stay(5, null, 0, null)], 5],
    ['is another one after a gap', [stay(1, 5, 0, 70), stay(6, null, 70, null)], 6],
    ['counts from its own run, not from an earlier one', [stay(1, 2, 0, 9), stay(3, 5, 0, 7), stay(5, 8, 7, 9)], 3],
  ])('%s', (_name, installations, since) => {
    expect(deviceSince(installations)).toBe(since);
  });

  it('that was never installed has no beginning', () => {
    expect(deviceSince([])).toBeNull();
  });
});
