import { describe, expect, test } from 'vitest';
import type { StateStore } from '#stores/state-store.ts';
import { AT } from './state-samples.ts';

const request = (id: string, requestedAt: number, collector = 'c1') => ({
  ...{ id, collector, requestedAt },
  since: AT - 86_400_000,
});

export function describeReplays(fresh: () => Promise<StateStore>): void {
  describe('requests to send again', () => {
    test('are open, oldest first, until their collector has taken them, and are listed newest first', async () => {
      const { replays } = await fresh();
      expect([await replays.open(), await replays.list(9)]).toEqual([[], []]);
      await replays.add([]);
      await replays.add([request('r2', AT + 1), request('r1', AT), request('r3', AT + 1, 'c2')]);
      const untaken = { takenAt: null, rows: null };
      expect(await replays.open()).toEqual([
        { ...request('r1', AT), ...untaken },
        { ...request('r2', AT + 1), ...untaken },
        { ...request('r3', AT + 1, 'c2'), ...untaken },
      ]);
      await replays.taken('r1', AT + 5, 1_000_000_000_000);
      await replays.taken('r1', AT + 6, 7);
      await replays.taken('nobody asked', AT, 1);
      expect((await replays.open()).map(({ id }) => id)).toEqual(['r2', 'r3']);
      expect(await replays.list(2)).toEqual([
        { ...request('r3', AT + 1, 'c2'), ...untaken },
        { ...request('r2', AT + 1), ...untaken },
      ]);
      expect((await replays.list(9)).at(-1)).toEqual({
        ...request('r1', AT),
        takenAt: AT + 5,
        rows: 1_000_000_000_000,
      });
    });

    test('are added all or none', async () => {
      const { replays } = await fresh();
      await replays.add([request('r1', AT)]);
      await expect(replays.add([request('r2', AT), request('r1', AT)])).rejects.toThrow();
      expect((await replays.list(9)).map(({ id }) => id)).toEqual(['r1']);
    });
  });
}
