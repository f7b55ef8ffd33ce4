import { describe, expect, it } from 'vitest';
import { FiguresLag } from '../../api/queries/figures-lag.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { at } from '../support/plan.ts';

function lagOf() {
  const clock = new ManualClock(at('2026-11-20', '09:00'));
  const positions: { kept: number | null; newest: number } = { kept: 10, newest: 10 };
  const lag = new FiguresLag(
    { position: async () => positions.kept },
    { range: async () => ({ oldest: 1, newest: positions.newest }) },
    clock,
  );
  const told = async (s: number): Promise<string[]> => {
    await clock.advance(s * 1000);
    return lag.warnings();
  };
  return { positions, told };
}

describe('the lag of the figures', () => {
  it('is told when what changed half a minute ago is still not in them, and no more when it is', async () => {
    const { positions, told } = lagOf();
    expect(await told(60)).toEqual([]);
    positions.newest = 14;
    expect(await told(2)).toEqual([]);
    expect(await told(29)).toEqual([]);
    expect(await told(2)).toEqual([expect.stringMatching(/for 31 s: 4 changes are not in them/)]);
    positions.kept = 14;
    expect(await told(2)).toEqual([]);
  });

  it('is none while they keep up with what comes in, however much that is', async () => {
    const { positions, told } = lagOf();
    for (let step = 0; step < 20; step++) {
      positions.kept = positions.newest;
      positions.newest += 50;
      expect(await told(10)).toEqual([]);
    }
  });

  it('is none where nothing is kept: then figures are counted from the stores', async () => {
    const { positions, told } = lagOf();
    positions.kept = null;
    expect(await told(2)).toEqual([]);
    expect(await told(3600)).toEqual([]);
  });
});
