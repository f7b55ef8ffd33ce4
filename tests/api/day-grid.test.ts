import { expect, it } from 'vitest';
import type { RegistryIndex } from '#domain/registry-index.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { DayGrids } from '../../api/queries/day-grid.ts';
import { at, task } from '../gateway/domain/site.ts';
import { ManualClock } from '../support/manual-clock.ts';

it('a day of more slots than can be counted from the stores is refused before anything is read', async () => {
  const unread = (): never => {
    throw new Error('a store was asked');
  };
  const [readings, state] = [{ marks: unread } as unknown as ReadingStore, {} as StateStore];
  const grids = new DayGrids(readings, state, new ManualClock(at('2026-11-21', '09:00')));
  const registry = { timeZone: 'Asia/Shanghai' };
  const index = { registry, meterCount: 1_000_000, meters: () => [] } as unknown as RegistryIndex;
  const profile = grids.of(index, task('profile'), '2026-11-20');
  await expect(profile).rejects.toMatchObject({ code: 'not_kept', message: expect.stringContaining('96000000 slots') });
  // One slot of each meter can be counted.
  await expect(grids.of(index, task('freeze-day'), '2026-11-20')).rejects.toThrow('a store was asked');
});
