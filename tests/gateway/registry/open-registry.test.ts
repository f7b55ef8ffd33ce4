import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError } from '#platform/errors.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import type { RegistryStore, StateStore } from '#stores/state-store.ts';
import { openRegistry } from '../../../gateway/registry/open-registry.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';

const scratch = scratchPaths();
const NOW = Date.UTC(2026, 10, 20, 2);
const LATER = NOW + 86_400_000;

const opened: StateStore[] = [];
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

async function storeAt(path = scratch('state.sqlite')): Promise<RegistryStore> {
  const store = await openSqliteStateStore(path);
  opened.push(store);
  return store.registry;
}

function siteFile(meters: readonly string[]): string {
  const path = scratch('site.yaml');
  mkdirSync(dirname(path), { recursive: true });
  const rows = meters.map((id) => `  - { id: "${id}", model: dlt645-1ph, line: L1, area: A1 }`);
  const head = [
    'site: { name: Small }',
    'areas: [{ id: A1, name: Area 1, kva: 400 }]',
    'lines: [{ id: L1, protocol: dlt645, serial: { path: /dev/ttyUSB0 } }]',
  ];
  writeFileSync(path, [...head, 'meters:', ...rows, ''].join('\n'));
  return path;
}

describe('the registry at the start', () => {
  it('is the site file, stored', async () => {
    const path = scratch('state.sqlite');
    const registry = await openRegistry(await storeAt(path), siteFile(['1', '2']), NOW);
    expect(registry.meters).toMatchObject([
      { id: '1', collectedFrom: NOW },
      { id: '2', collectedFrom: NOW },
    ]);
    expect(await (await storeAt(path)).load()).toEqual(registry);
  });

  it('is the stored one when no site file is named', async () => {
    const store = await storeAt();
    const registry = await openRegistry(store, siteFile(['1']), NOW);
    expect(await openRegistry(store, '', LATER)).toEqual(registry);
  });

  it('follows a changed site file, and collects known meters since when it began to', async () => {
    const store = await storeAt();
    await openRegistry(store, siteFile(['1', '2']), NOW);
    const registry = await openRegistry(store, siteFile(['2', '3']), LATER);
    expect(registry.meters.map(({ id, collectedFrom }) => [id, collectedFrom])).toEqual([
      ['2', NOW],
      ['3', LATER],
    ]);
  });

  it('stays as it is when the site file is wrong', async () => {
    const store = await storeAt();
    const registry = await openRegistry(store, siteFile(['1']), NOW);
    await expect(openRegistry(store, siteFile(['1', '1']), LATER)).rejects.toThrow(ConfigError);
    await expect(openRegistry(store, scratch('nowhere.yaml'), LATER)).rejects.toThrow(/cannot be read/);
    expect(await store.load()).toEqual(registry);
  });

  it('is missing on the very first start without a site file, which says what to name', async () => {
    await expect(openRegistry(await storeAt(), '', NOW)).rejects.toMatchObject({
      code: 'no_registry',
      next: 'stop',
      message: expect.stringMatching(/METERWAY_SITE_FILE/),
    });
  });
});
