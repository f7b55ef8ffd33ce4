import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Account, Installation, Meter, Registry } from '#contract/registry.ts';
import type { StateStore } from '#stores/state-store.ts';
import { siteProfile } from '../../support/site-profile.ts';
import { AT, meter, registry } from './state-samples.ts';

/** Of the sample registry in a store of release 0.1: a site that says nothing new must not look changed by an update. */
const FIRST_VERSION = '85e72abbf5db12703e03d7e54686e93f4b4e874eae5b54ae365acc5836dfe7cb';

export function describeRegistry(fresh: () => Promise<StateStore>): void {
  describe('registry', () => {
    test('there is none at first; a stored one comes back whole, in the order of its keys', async () => {
      const store = await fresh();
      expect(await store.registry.load()).toBeNull();
      expect(await store.registry.version()).toBeNull();
      const shuffled = Object.fromEntries(
        Object.entries(registry()).map(([name, list]) => [name, Array.isArray(list) ? [...list].reverse() : list]),
      ) as unknown as Registry;
      const version = await store.registry.replace(shuffled);
      expect(await store.registry.load()).toEqual(registry());
      expect(await store.registry.version()).toBe(version);
      expect(await store.registry.replace(registry())).toBe(version);
      const turned = registry().lines.map((line) => ({ ...line, link: turnedRound(line.link) }));
      expect(await store.registry.replace(registry({ lines: turned }))).toBe(version);
    });

    test('every change of content changes the version, and changing it back brings the old one back', async () => {
      const store = await fresh();
      const plain = registry();
      const versions = new Set([await store.registry.replace(plain)]);
      const changed = changes(plain);
      for (const each of changed) {
        versions.add(await store.registry.replace(each));
        expect(await store.registry.load()).toEqual(each);
      }
      expect(versions.size).toBe(changed.length + 1);
      expect(versions).toContain(await store.registry.replace(plain));
    });

    test('what only some entries say stays with those, and whoever says nothing new keeps the version of before', async () => {
      const store = await fresh();
      expect(await store.registry.replace(registry())).toBe(FIRST_VERSION);
      await fc.assert(
        fc.asyncProperty(placedRegistry, async (placed) => {
          const version = await store.registry.replace(placed);
          expect(await store.registry.load()).toEqual(placed);
          expect(await pagesFrom(store, 'lean')).toEqual(leanOf(placed));
          expect(await pagesFrom(store, 'pages')).toEqual(placed);
          expect(await store.registry.replace(placed)).toBe(version);
        }),
        { numRuns: 25 },
      );
    });

    test('a meter keeps the moment from which it was first collected', async () => {
      const store = await fresh();
      await store.registry.replace(registry());
      const later = registry({
        meters: [
          ...registry().meters.map((m) => ({ ...m, collectedFrom: AT + 999 })),
          meter('2', { collectedFrom: AT + 5 }),
        ],
      });
      const version = await store.registry.replace(later);
      const kept = registry({ meters: [...registry().meters, meter('2', { collectedFrom: AT + 5 })] });
      expect(await store.registry.load()).toEqual(kept);
      expect(await store.registry.replace(kept)).toBe(version);
    });

    test('a registry that contradicts itself is refused and the stored one stays', async () => {
      const store = await fresh();
      const version = await store.registry.replace(registry());
      const wrong = [
        registry({ meters: [meter('1'), meter('1')] }),
        registry({ meters: [meter('1', { line: 'no-such-line' })] }),
        registry({ districts: [] }),
      ];
      for (const each of wrong) {
        await expect(store.registry.replace(each)).rejects.toMatchObject({ code: 'store_refused', next: 'skip' });
      }
      expect(await store.registry.load()).toEqual(registry());
      expect(await store.registry.version()).toBe(version);
    });

    test('a district of thousands of meters is replaced and loaded whole', async () => {
      const store = await fresh();
      const meters = Array.from({ length: 3000 }, (_, i) =>
        meter(`m${String(i).padStart(5, '0')}`, { address: `${i}` }),
      );
      const large = registry({ meters, installations: meters.map((m) => ({ ...unbound, meter: m.id })) });
      const version = await store.registry.replace(large);
      expect(await store.registry.load()).toEqual(large);
      expect(await store.registry.replace(registry())).not.toBe(version);
      expect(await store.registry.load()).toEqual(registry());
    });
  });
}

/** A registry in which every entry says some, all or none of what it may leave out. */
const placedRegistry = fc.infiniteStream(fc.nat(3)).map((choices): Registry => {
  const some = <T extends object>(entry: T): Partial<T> =>
    Object.fromEntries(Object.entries(entry).filter(() => choices.next().value !== 0)) as Partial<T>;
  const { feeders, areas, accounts, meters, installations, tasks } = registry();
  return registry({
    feeders: feeders.map((feeder) => ({ ...feeder, ...some({ supplyMeters: ['1', '000000000001'] }) })),
    areas: areas.map((area) => ({ ...area, ...some({ status: 'removed' as const, statusSince: AT }) })),
    accounts: accounts.map((account) => ({ ...account, ...some({ contractKw: 252.5 }) })),
    meters: meters.map((m) => ({ ...m, ...some({ maker: '林洋', branch: 'B1', box: 'B1-3' }) })),
    installations: installations.map((each) => ({ ...each, ...some({ area: 'A1', ct: 80, pt: 100 }) })),
    tasks: tasks.map((task) => ({ ...task, ...some({ for: { priorities: ['large' as const] } }) })),
  });
});

/** The same value with the properties of every object in reverse order. */
function turnedRound<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, part]) => [name, turnedRound(part)]);
  return Object.fromEntries(entries.reverse()) as T;
}

const unbound = { account: null, from: AT, to: null, startWh: null, endWh: null };

/** The registry with one thing changed, once for each kind of thing; none touches when a meter was first collected. */
function changes(from: Registry): Registry[] {
  const { lines, meters, installations, tasks, accounts, areas, feeders } = from;
  return [
    { ...from, name: 'another' },
    { ...from, timeZone: 'Europe/Berlin' },
    { ...from, districts: [{ id: 'D1', name: 'other' }] },
    { ...from, areas: areas.map((area) => ({ ...area, kva: area.kva + 0.1 })) },
    { ...from, areas: areas.map((area) => ({ ...area, status: 'stopped' as const })) },
    { ...from, areas: areas.map((area) => ({ ...area, status: 'stopped' as const, statusSince: 0 })) },
    { ...from, feeders: feeders.map((feeder) => ({ ...feeder, supplyMeters: ['000000000001'] })) },
    { ...from, accounts: accounts.map((account) => ({ ...account, contractKw: 100 })) },
    { ...from, meters: meters.map((m) => ({ ...m, maker: '威胜 "W"' })) },
    { ...from, meters: meters.map((m) => ({ ...m, branch: 'B1' })) },
    { ...from, meters: meters.map((m) => ({ ...m, box: 'B1' })) },
    { ...from, installations: installations.map((each) => ({ ...each, area: 'a1' })) },
    { ...from, installations: installations.map((each) => ({ ...each, ct: 40 })) },
    { ...from, installations: installations.map((each) => ({ ...each, pt: 0.1 })) },
    { ...from, accounts: accounts.map((account) => ({ ...account, status: 'closed' as const })) },
    { ...from, lines: lines.map((line) => ({ ...line, concentrator: 'con-9' })) },
    { ...from, lines: lines.map((line) => ({ ...line, link: { tcp: { host: 'h', port: 1 } } })) },
    { ...from, lines: lines.map((line) => ({ ...line, timing: { ...line.timing, quietMs: 7 } })) },
    { ...from, meters: meters.map((m) => ({ ...m, pt: 100 })) },
    { ...from, installations: installations.slice(1) },
    { ...from, installations: installations.map((each) => ({ ...each, endWh: 5 })) },
    { ...from, profiles: [siteProfile()] },
    { ...from, profiles: [siteProfile({ id: 'a' }), siteProfile({ maxCurrentA: 6 })] },
    { ...from, tasks: tasks.slice(1) },
    { ...from, tasks: tasks.map((task) => ({ ...task, items: [...task.items].reverse().slice(1) })) },
    { ...from, tasks: tasks.map((task) => ({ ...task, calendar: { everyS: 60 } })) },
    { ...from, tasks: tasks.map((task) => ({ ...task, for: { categories: ['dedicated' as const] } })) },
    { ...from, tasks: tasks.map((task) => ({ ...task, for: { priorities: ['large' as const] } })) },
  ];
}

async function pagesFrom({ registry: stored }: StateStore, how: 'lean' | 'pages'): Promise<Registry> {
  const lists = { accounts: [] as Account[], meters: [] as Meter[], installations: [] as Installation[] };
  const rest = await stored[how]({
    accounts: (page) => lists.accounts.push(...page),
    meters: (page) => lists.meters.push(...page),
    installations: (page) => lists.installations.push(...page),
  });
  if (!rest) throw new Error('no registry');
  return { ...rest, ...lists };
}

/** What a process needs that looks at all meters and shows none. */
function leanOf(whole: Registry): Registry {
  return {
    ...whole,
    accounts: whole.accounts.map((account) => ({ ...account, name: '', address: '' })),
    meters: whole.meters.map((each) => ({ ...each, address: '' })),
  };
}
