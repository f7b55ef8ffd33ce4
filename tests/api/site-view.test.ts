import { expect, it } from 'vitest';
import type { Registry } from '#contract/registry.ts';
import type { RegistryPages, RegistryStore, ShortLists } from '#stores/state-store.ts';
import { SiteView } from '../../api/queries/site-view.ts';
import { account, installation, meter, registry } from '../gateway/domain/site.ts';
import { ManualClock } from '../support/manual-clock.ts';

const FIRST = registry({
  accounts: [account('0001', { name: '王小明', address: '幸福里3-2-501' })],
  meters: [meter('m1', { address: '17', maker: '华立' })],
  installations: [installation('m1', { account: '0001', startWh: 7 })],
});
const SECOND = registry({ ...FIRST, meters: [...FIRST.meters, meter('m2')] });

/** A registry that is read as slowly as a test says. */
class SlowRegistry {
  stored: Registry | null = FIRST;
  reads = 0;
  go: PromiseWithResolvers<void> = Promise.withResolvers();

  async version(): Promise<string | null> {
    return this.stored && String(this.stored.meters.length);
  }

  async pages(into: RegistryPages): Promise<ShortLists | null> {
    this.reads++;
    const { stored } = this;
    await this.go.promise;
    if (!stored) return null;
    const { accounts, meters, installations, ...rest } = stored;
    into.accounts(accounts);
    into.meters(meters);
    into.installations(installations);
    return rest;
  }
}

function view() {
  const store = new SlowRegistry();
  const clock = new ManualClock(0);
  return { store, clock, site: new SiteView(store as unknown as RegistryStore, clock, false) };
}

it('the first registry is read once for all who ask; who would wait too long is told to come again', async () => {
  const { store, clock, site } = view();
  const told = [site.index(), site.index()].map((asked) => asked.catch((error: unknown) => error));
  const isRead = site.isRead();
  await clock.advance(400);
  expect(await isRead).toBe(false);
  await clock.advance(3000);
  for (const each of told) {
    expect(await each).toMatchObject({ code: 'not_ready', message: 'the registry is being read' });
  }
  await expect(site.index()).rejects.toMatchObject({ code: 'not_ready' });
  store.go.resolve();
  await clock.advance(1);
  const index = await site.index();
  expect([index.meterCount, store.reads, await site.isRead()]).toEqual([1, 1, true]);
  expect([index.account('0001'), index.meter('m1')]).toEqual([FIRST.accounts[0], FIRST.meters[0]]);
  expect(index.installationsOf('m1')).toEqual(FIRST.installations);
});

it('a registry that changes answers as it was until the new one is read', async () => {
  const { store, clock, site } = view();
  store.go.resolve();
  const before = await site.index();
  store.stored = SECOND;
  store.go = Promise.withResolvers();
  expect(await site.index()).toBe(before);
  await clock.advance(2001);
  const asked = site.index();
  await clock.advance(301);
  expect(await asked).toBe(before);
  expect(await site.index()).toBe(before);
  store.go.resolve();
  await clock.advance(1);
  expect((await site.index()).meterCount).toBe(2);
  expect(store.reads).toBe(2);
});

it('a registry that cannot be read is tried again by the next who asks', async () => {
  const { store, site } = view();
  store.go.promise.catch(() => {});
  store.go.reject(new Error('disk'));
  await expect(site.index()).rejects.toThrow('disk');
  store.go = Promise.withResolvers();
  store.go.resolve();
  expect((await site.index()).meterCount).toBe(1);
});

it('without a registry nothing is ready', async () => {
  const { store, site } = view();
  store.stored = null;
  store.go.resolve();
  await expect(site.index()).rejects.toThrow('no registry is stored yet');
  expect(await site.isRead()).toBe(false);
});
