import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadSettings } from '#platform/settings/load.ts';
import { holdLock } from '#platform/sqlite/lock.ts';
import { openReadingsForReading, openState, readingsFolder } from '#stores/open-stores.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { upkeepOnce } from '../../../gateway/upkeep/upkeep-once.ts';
import { siteOf } from '../../api/seeded-app.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { allStored } from '../stores/reading-samples.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';
import { monthOfReadings, NOW, slotIn } from './upkeep-bench.ts';

const newPath = scratchPaths();
/** Packing starts a process, which takes seconds on a busy machine. */
const PACKING = { timeout: 90_000 };

test('a round on command packs what is due, and only while no gateway is running', PACKING, async () => {
  const settings = loadSettings({ METERWAY_DATA_DIR: newPath('data') });
  const about = { clock: new ManualClock(NOW), logger: quietLogger() };
  await expect(upkeepOnce(settings, about)).rejects.toMatchObject({ code: 'no_site' });
  const state = await openState(settings);
  await state.registry.replace(siteOf());
  await state.close();
  const store = await openSqliteReadingStore(readingsFolder(settings.dataDir));
  await store.write([monthOfReadings('2026-08', 'freeze-day'), monthOfReadings('2026-11', 'freeze-day')]);
  await store.close();

  const release = holdLock(join(settings.dataDir, 'centre', 'lock'), 'another gateway');
  await expect(upkeepOnce(settings, about)).rejects.toMatchObject({ code: 'already_running' });
  release();
  expect(await upkeepOnce(settings, about)).toMatchObject({ packed: [{ month: '2026-08', rows: 4 }], failed: [] });
  const reader = await openReadingsForReading(settings);
  const slots = [slotIn('2026-08'), slotIn('2026-08', 15)];
  const expected = allStored(monthOfReadings('2026-08', 'freeze-day')).filter(({ meter }) => meter === 'm1');
  expect(await reader.ofMeter('freeze-day', 'm1', slots)).toEqual(expected);
  await reader.close();
});
