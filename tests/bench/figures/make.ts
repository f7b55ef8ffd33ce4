import { mkdirSync, rmSync } from 'node:fs';
import { loadSettings } from '#platform/settings/load.ts';
import { centreFolder, openReadingsForWriting, openState } from '#stores/open-stores.ts';
import { generatedSite } from '../../support/generated-district/site.ts';
import { dayRows, passingRegisters } from './day-rows.ts';
import { type District, FIRST_DAY, lookedAt, MADE_DAYS, markDays, planOf } from './made-district.ts';
import { said } from './said.ts';

export interface Made {
  readonly registryS: number;
  readonly rows: number;
  readonly rowsS: number;
}

/** A step of its own process: makes the folder of a district from nothing, its figures left out. */
const [folder = '', meters = '0', seed = '0'] = process.argv.slice(2);
await make({ folder, meters: Number(meters), seed: Number(seed) });

async function make(district: District): Promise<void> {
  const plan = planOf(district);
  const settings = loadSettings({ METERWAY_DATA_DIR: district.folder });
  rmSync(district.folder, { recursive: true, force: true });
  mkdirSync(centreFolder(district.folder), { recursive: true });
  const begun = performance.now();
  const state = await openState(settings);
  await state.registry.replace(generatedSite(plan, passingRegisters(plan)));
  const stored = performance.now();
  const readings = await openReadingsForWriting(settings, { placeOf: () => null, keepingOf: () => 'freeze' });
  const days = Array.from({ length: MADE_DAYS }, (_, i) => FIRST_DAY + i);
  let rows = 0;
  for (const group of dayRows(plan, days, lookedAt(plan, FIRST_DAY + MADE_DAYS))) {
    const { stored: written } = await readings.write(group.readings);
    await state.ledger.commit({ outcomes: group.outcomes, events: [], quarantine: [], baselines: [], marks: [] });
    rows += written + group.outcomes.length;
  }
  await readings.close();
  await state.close();
  markDays(district, FIRST_DAY + MADE_DAYS);
  said<Made>({ registryS: (stored - begun) / 1000, rows, rowsS: (performance.now() - stored) / 1000 });
}
