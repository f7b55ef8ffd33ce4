import { join } from 'node:path';
import { RegistryIndex } from '#domain/registry-index.ts';
import type { Clock } from '#platform/clock.ts';
import { MeterwayError } from '#platform/errors.ts';
import type { Logger } from '#platform/logger.ts';
import { holdLock } from '#platform/sqlite/lock.ts';
import { centreFolder, openReadingsForWriting, openState, type StoreSettings } from '#stores/open-stores.ts';
import { packMonth } from '#stores/parquet-archive/pack.ts';
import { placesOf } from '../registry/places.ts';
import type { KeepingRules } from './month-rules.ts';
import { Upkeep, type UpkeepReport } from './upkeep.ts';

/**
 * One round of upkeep now, for a gateway that is stopped: rejects with `already_running` when it is not. The registry
 * that is stored says which tasks are curves.
 */
export async function upkeepOnce(
  settings: StoreSettings & KeepingRules,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<UpkeepReport> {
  const centre = centreFolder(settings.dataDir);
  const release = holdLock(join(centre, 'lock'), 'the gateway is running; it packs by itself every hour');
  try {
    const state = await openState(settings);
    const registry = await state.registry.load().finally(() => state.close());
    if (!registry) throw new MeterwayError(`cannot pack: no site is stored in ${centre}`, { code: 'no_site' });
    const places = placesOf(new RegistryIndex(registry));
    const readings = await openReadingsForWriting(settings, places, logger);
    try {
      if (!readings.keeper) {
        throw new MeterwayError('cannot pack: only the embedded store (METERWAY_READING_STORE=sqlite) has months', {
          code: 'store_not_embedded',
        });
      }
      return await new Upkeep({
        keeper: readings.keeper,
        pack: (folder, month, signal) => packMonth(folder, month, { signal }),
        keepingOf: places.keepingOf,
        rules: settings,
        observer: { packed: () => {}, failed: () => {} },
        clock,
        logger,
      }).once();
    } finally {
      await readings.close();
    }
  } finally {
    release();
  }
}
