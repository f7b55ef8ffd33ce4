import type { Registry } from '#contract/registry.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { RegistryStore } from '#stores/state-store.ts';
import { loadSite } from './site-file.ts';

/**
 * The registry to work with: the stored one, made equal to the site file if there is one. Throws ConfigError for a bad
 * site file, with the stored registry untouched.
 */
export async function openRegistry(store: RegistryStore, siteFile: string, now: number): Promise<Registry> {
  if (siteFile !== '') await store.replace(loadSite(siteFile, now));
  const registry = await store.load();
  if (registry) return registry;
  throw new MeterwayError('cannot start: no registry is stored yet; name a site file with METERWAY_SITE_FILE', {
    code: 'no_registry',
  });
}
