import { afterEach, describe, expect, test } from 'vitest';
import type { StateStore } from '#stores/state-store.ts';
import { describeBatches } from './batches-contract.ts';
import { describeCollection } from './collection-contract.ts';
import { describeFeed } from './feed-contract.ts';
import { describeJobs } from './jobs-contract.ts';
import { describeLedger } from './ledger-contract.ts';
import { describeRegistry } from './registry-contract.ts';
import { describeReplays } from './replays-contract.ts';
import { describeRevisions } from './revisions-contract.ts';
import { AT, anomaly, commit, outage, outcome, registry, status } from './state-samples.ts';

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

    test('an outage comes back as it was saved last, with its meters in their order', async () => {
      const { outages } = await fresh();
      expect(await outages.get('o1')).toBeNull();
      await outages.save(outage('o1'));
      expect(await outages.get('o1')).toEqual(outage('o1'));
      const meters = Array.from({ length: 5000 }, (_, i) => `m${(i * 7919) % 5000}`);
      const grown = outage('o1', { meters, node: 'feeder', phase: 'b', restoredAt: AT + 9, revision: 2, evidence: [] });
      await outages.save(grown);
      expect(await outages.get('o1')).toEqual(grown);
      await outages.save(outage('o1', { meters: [] }));
      expect(await outages.get('o1')).toEqual(outage('o1', { meters: [] }));
    });

    test('outages are listed newest first and page by page, by state, area and meter', async () => {
      const { outages } = await fresh();
      const saved = Array.from({ length: 12 }, (_, i) =>
        outage(`o${String(i).padStart(2, '0')}`, {
          startedAt: AT + Math.floor(i / 4) * 1000,
          restoredAt: i % 2 === 0 ? null : AT + 99_000,
          area: i % 3 === 0 ? 'A1' : 'A2',
          meters: [`m${i % 4}`, 'everywhere'],
        }),
      );
      for (const each of [...saved].reverse()) await outages.save(each);
      const newest = [...saved].sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? -1 : 1));
      expect(await outages.list({ limit: 100 })).toEqual(newest);
      expect(await outages.list({ limit: 100, state: 'open', area: 'A2', meter: 'm2' })).toEqual(
        newest.filter((each) => each.restoredAt === null && each.area === 'A2' && each.meters.includes('m2')),
      );
      expect(await outages.list({ limit: 100, state: 'restored' })).toHaveLength(6);
      const [from, to] = [AT + 2, AT + 3];
      expect(await outages.list({ limit: 100, during: { from, to } })).toEqual(
        newest.filter((each) => each.startedAt <= to && (each.restoredAt ?? Number.POSITIVE_INFINITY) > from),
      );
      const paged: unknown[] = [];
      for (let page = await outages.list({ limit: 5 }); page.length > 0; ) {
        paged.push(...page);
        const last = page.at(-1);
        page = last ? await outages.list({ limit: 5, after: last }) : [];
      }
      expect(paged).toEqual(newest);
    });

    test('anomalies are kept by id and listed newest first, by state and meter', async () => {
      const { anomalies } = await fresh();
      await anomalies.save(anomaly('a1'));
      await anomalies.save(anomaly('a2', { openedAt: AT + 1, meter: 'm2' }));
      await anomalies.save(anomaly('a3', { openedAt: AT + 1 }));
      await anomalies.save(anomaly('a1', { closedAt: AT + 7, facts: {} }));
      const ids = async (filter: Parameters<typeof anomalies.list>[0]) =>
        (await anomalies.list(filter)).map((each) => each.id);
      expect(await ids({ limit: 9 })).toEqual(['a2', 'a3', 'a1']);
      expect(await ids({ limit: 2 })).toEqual(['a2', 'a3']);
      expect(await ids({ limit: 9, state: 'open', meter: 'm1' })).toEqual(['a3']);
      expect(await ids({ limit: 1, after: { openedAt: AT + 1, id: 'a2' } })).toEqual(['a3']);
      expect(await ids({ limit: 9, after: { openedAt: AT + 1, id: 'a3' } })).toEqual(['a1']);
      expect(await anomalies.list({ limit: 9, state: 'closed' })).toEqual([
        anomaly('a1', { closedAt: AT + 7, facts: {} }),
      ]);
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
      await writer.outages.save(outage('o1'));
      await writer.ledger.commit(commit({ outcomes: [outcome()] }));
      expect(await reader.registry.load()).toEqual(registry());
      expect(await reader.outages.list({ limit: 1 })).toEqual([outage('o1')]);
      expect(await reader.ledger.outcomes('profile', [AT])).toEqual([outcome()]);
      const readOnly = { code: 'store_read_only', next: 'stop' };
      await expect(reader.outages.save(outage('o2'))).rejects.toMatchObject(readOnly);
      await expect(reader.registry.replace(registry())).rejects.toMatchObject(readOnly);
      await expect(reader.ledger.commit(commit({ outcomes: [outcome()] }))).rejects.toMatchObject(readOnly);
    });

    describeRegistry(fresh);
    describeLedger(fresh);
    describeBatches(fresh);
    describeCollection(fresh);
    describeFeed(fresh);
    describeJobs(fresh);
    describeReplays(fresh);
    describeRevisions(fresh);
  });
}
