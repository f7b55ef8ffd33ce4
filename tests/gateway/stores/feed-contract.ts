import { describe, expect, test } from 'vitest';
import type { FeedContent } from '#stores/feed-store.ts';
import type { StateStore } from '#stores/state-store.ts';
import { commit, outcome } from './state-samples.ts';

/** What every state store promises of its change feed and its meter rows. */
export function describeFeed(fresh: () => Promise<StateStore>): void {
  describe('change feed and meter rows', () => {
    const content: FeedContent = {
      outcomes: [{ task: 'profile', meters: ['m1'], slots: [5], ats: [7], reasons: ['no_answer'] }],
    };

    test('entries come in the order of their commits, and positions go on when all are forgotten', async () => {
      const store = await fresh();
      expect(await store.feed.range()).toEqual({ oldest: 0, newest: 0 });
      for (let i = 0; i < 3; i++) await store.ledger.commit(commit({ feed: content, outcomes: [outcome()] }));
      await store.ledger.commit(commit({}));
      expect(await store.feed.range()).toEqual({ oldest: 1, newest: 3 });
      expect(await store.feed.after(1, 1)).toEqual([{ position: 2, content }]);
      await store.feed.forgetUpTo(3);
      expect(await store.feed.range()).toEqual({ oldest: 0, newest: 3 });
      await store.ledger.commit(commit({ feed: content }));
      expect(await store.feed.after(0, 10)).toEqual([{ position: 4, content }]);
    });

    test('a commit that fails tells nothing', async () => {
      const store = await fresh();
      const wrong = { ...outcome(), reason: null as unknown as 'no_answer' };
      await expect(store.ledger.commit(commit({ feed: content, outcomes: [wrong] }))).rejects.toMatchObject({
        code: 'store_refused',
      });
      expect(await store.feed.range()).toEqual({ oldest: 0, newest: 0 });
    });

    test('a meter keeps its row, and new ones get the next', async () => {
      const store = await fresh();
      expect(await store.meterRows.add(['b', 'a', 'b'])).toBe(2);
      expect(await store.meterRows.add(['c', 'a'])).toBe(3);
      expect(await store.meterRows.all()).toEqual(['b', 'a', 'c']);
    });

    test('failures at one slot come by name, and all of them page by page', async () => {
      const store = await fresh();
      const outcomes = ['c', 'a', 'b'].map((meter) => outcome({ meter, slot: 5 }));
      await store.ledger.commit(commit({ outcomes: [...outcomes, outcome({ meter: 'a', slot: 6 })] }));
      const named = await store.ledger.outcomesOfSlot('profile', 5, ['b', 'c', 'x']);
      expect(named.map(({ meter }) => meter).toSorted()).toEqual(['b', 'c']);
      const first = await store.ledger.outcomesAfter('profile', 5, '', 2);
      expect(first.map(({ meter }) => meter)).toEqual(['a', 'b']);
      expect(await store.ledger.outcomesAfter('profile', 5, 'b', 2)).toEqual([outcomes[0]]);
    });
  });
}
