import { afterEach, describe, expect, test } from 'vitest';
import type { StateStore } from '#stores/state-store.ts';
import { describeAnomalies } from './anomalies-contract.ts';
import { describeBatches } from './batches-contract.ts';
import { describeCollection } from './collection-contract.ts';
import { describeEvents } from './events-contract.ts';
import { describeFeed } from './feed-contract.ts';
import { describeJobs } from './jobs-contract.ts';
import { describeLedger } from './ledger-contract.ts';
import { commitOf, describeOutages } from './outages-contract.ts';
import { describeRegistry } from './registry-contract.ts';
import { describeReplays } from './replays-contract.ts';
import { describeRevisions } from './revisions-contract.ts';
import { AT, commit, outage, outcome, registry, status } from './state-samples.ts';
import { describeWebhooks } from './webhooks-contract.ts';

/** Opens the store that lies at `place`; the same place gives the same content again. */
export type OpenStateStore = (place: string, options?: { readOnly?: boolean }) => Promise<StateStore>;

/** What every state store must do. Each test works at a place of its own. */
export function describeStateStore(name: string, open: OpenStateStore): void {
  describe(`state store: ${name}`, () => {
    const opened: StateStore[] = [];
    let places = 0;
    const at = async (place: string, options?: { readOnly?: boolean }): Promise<StateStore> => {
      const store = await open(place, options);
      opened.push(store);
      return store;
    };
    const fresh = (): Promise<StateStore> => at(`contract-${places++}`);
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
    });

    test('the last status of each collector is kept', async () => {
      const { status: statuses } = await fresh();
      expect(await statuses.all()).toEqual([]);
      const first = { district: 'D1', collector: 'c1', status: status(), receivedAt: AT + 1 };
      const last = { ...first, status: status({ online: false, at: AT + 5 }), receivedAt: AT + 6 };
      const other = { district: 'D1', collector: 'c2', status: status({ host: 'b' }), receivedAt: AT };
      for (const each of [first, other, last]) await statuses.save(each);
      expect(await statuses.all()).toEqual([last, other]);
    });

    test('a key is found by its hash, revoked or not, and neither id nor hash is given twice', async () => {
      const { keys } = await fresh();
      const key = { id: 'k1', name: '热线 95598', hash: 'ab'.repeat(32), createdAt: AT, revokedAt: null };
      const old = { id: 'k0', name: 'old', hash: 'cd'.repeat(32), createdAt: AT - 1, revokedAt: AT };
      await keys.add(key);
      await keys.add(old);
      expect(await keys.byHash(key.hash)).toEqual(key);
      expect(await keys.byHash(old.hash)).toEqual(old);
      expect(await keys.byHash('')).toBeNull();
      expect(await keys.list()).toEqual([old, key]);
      await keys.revoke(key.id, AT + 5);
      await keys.revoke(old.id, AT + 5);
      await keys.revoke('none', AT + 5);
      expect((await keys.list()).map(({ revokedAt }) => revokedAt)).toEqual([AT, AT + 5]);
      for (const taken of [
        { ...key, id: 'k2' },
        { ...key, hash: 'ef'.repeat(32) },
      ]) {
        await expect(keys.add(taken)).rejects.toMatchObject({ code: 'store_refused', next: 'skip' });
      }
    });

    test('what was saved is there after closing and opening again, and a closed store refuses', async () => {
      const store = await at('reopened');
      const pending = store.registry.replace(registry());
      await store.close();
      const version = await pending;
      await expect(store.registry.load()).rejects.toMatchObject({ next: 'stop' });
      await expect(store.ledger.commit(commit({ outcomes: [outcome()] }))).rejects.toMatchObject({ next: 'stop' });
      const again = await at('reopened');
      expect(await again.registry.load()).toEqual(registry());
      expect(await again.registry.version()).toBe(version);
    });

    test('a reader that was there first has empty answers, then sees everything, and can write nothing', async () => {
      const reader = await at('shared', { readOnly: true });
      expect(await reader.registry.load()).toBeNull();
      expect(await reader.registry.version()).toBeNull();
      expect(await reader.ledger.marks()).toEqual([]);
      expect(await reader.ledger.outcomes('profile', [AT])).toEqual([]);
      expect(await reader.outages.get('o1')).toBeNull();
      expect(await reader.outages.list({ limit: 1 })).toEqual([]);
      expect(await reader.keys.byHash('x')).toBeNull();
      const writer = await at('shared');
      await writer.registry.replace(registry());
      await writer.outages.commit(commitOf(outage('o1')));
      await writer.ledger.commit(commit({ outcomes: [outcome()] }));
      expect(await reader.registry.load()).toEqual(registry());
      expect(await reader.outages.list({ limit: 1 })).toEqual([outage('o1')]);
      expect(await reader.ledger.outcomes('profile', [AT])).toEqual([outcome()]);
      const readOnly = { code: 'store_read_only', next: 'stop' };
      await expect(reader.outages.commit(commitOf(outage('o2')))).rejects.toMatchObject(readOnly);
      await expect(reader.registry.replace(registry())).rejects.toMatchObject(readOnly);
      await expect(reader.ledger.commit(commit({ outcomes: [outcome()] }))).rejects.toMatchObject(readOnly);
    });

    describeRegistry(fresh);
    describeLedger(fresh);
    describeAnomalies(fresh);
    describeBatches(fresh);
    describeCollection(fresh);
    describeEvents(fresh);
    describeFeed(fresh);
    describeJobs(fresh);
    describeOutages(fresh);
    describeReplays(fresh);
    describeRevisions(fresh);
    describeWebhooks(fresh);
  });
}
