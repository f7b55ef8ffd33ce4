import { DEFAULT_OUTAGE_SETTINGS } from '#domain/outages/settings.ts';
import { systemClock } from '#platform/clock.ts';
import { Metrics } from '#platform/metrics.ts';
import { loadSettings } from '#platform/settings/load.ts';
import { openReadingsForWriting, openState } from '#stores/open-stores.ts';
import type { ReadingStore } from '#stores/reading-store.ts';
import type { IngestParts } from '../../../gateway/ingest/ingest.ts';
import { Judge } from '../../../gateway/ingest/judge.ts';
import { engineOver } from '../../../gateway/outages/engine-over.ts';
import { observeOutages } from '../../../gateway/outages/outage-metrics.ts';
import { OutageWatch } from '../../../gateway/outages/outage-watch.ts';
import { placesOf } from '../../../gateway/registry/places.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import type { District } from './district.ts';
import { slotAt } from './rows.ts';

const SLOTS_A_DAY = 96;

/** The parts of the ingest as the gateway puts them together, except for what the benchmark looks at itself. */
export type CentreParts = Omit<IngestParts, 'sendAck' | 'observer' | 'readings'> & { readonly readings: ReadingStore };

export interface Centre {
  readonly parts: CentreParts;
  close(): Promise<void>;
}

/**
 * An empty centre with the detectors and the stores of the gateway, in a folder. Its clock stands at `now`, which must
 * be behind the last slot: what is ahead of it is set aside.
 */
export async function openCentre(folder: string, district: District, now = slotAt(SLOTS_A_DAY)): Promise<Centre> {
  const settings = loadSettings({ METERWAY_DATA_DIR: folder });
  const state = await openState(settings);
  const readings = await openReadingsForWriting(settings, placesOf(district.index));
  await state.registry.replace(district.index.registry);
  const shared = {
    registry: district.index,
    clock: systemClock(now - Date.now()),
    logger: quietLogger(),
  };
  const outages = await OutageWatch.open(
    {
      ...shared,
      store: state.outages,
      orders: state.orders,
      jobs: state.jobs,
      readings,
      settings: DEFAULT_OUTAGE_SETTINGS,
      probes: null,
    },
    engineOver(district.index, DEFAULT_OUTAGE_SETTINGS),
    (engine) => observeOutages(new Metrics({ process: 'bench', runtime: false }), engine),
  );
  const parts = {
    readings,
    ledger: state.ledger,
    judge: new Judge(district.index, await state.ledger.baselines()),
    watchers: [outages],
    clock: shared.clock,
    logger: shared.logger,
  };
  return {
    parts,
    close: async () => {
      await readings.close();
      await state.close();
    },
  };
}
