import { loadSettings } from '#platform/settings/load.ts';
import { openReadingsForWriting, openState } from '#stores/open-stores.ts';
import { toldOf } from '../../../gateway/ingest/told-rows.ts';
import { FREEZE_TASK } from '../../support/generated-district/rows.ts';
import { dayRows } from './day-rows.ts';
import { lookedAt, markDays, planOf } from './made-district.ts';
import { said } from './said.ts';

export interface FreshDay {
  readonly rows: number;
  readonly seconds: number;
}

/**
 * A step of its own process: what the gateway does with the freezes of a day once they are judged. Readings first, then
 * failures and what is told to the figures in one commit of about 5,000 rows.
 */
const [folder = '', meters = '0', seed = '0', day = '0'] = process.argv.slice(2);
const district = { folder, meters: Number(meters), seed: Number(seed) };
const plan = planOf(district);
const settings = loadSettings({ METERWAY_DATA_DIR: folder });
const state = await openState(settings, { beside: true });
const readings = await openReadingsForWriting(settings, { placeOf: () => null, keepingOf: () => 'freeze' });
// Begun first: a day that was broken off is not the next one any more.
markDays(district, Number(day) + 1);
const begun = performance.now();
let rows = 0;
for (const group of dayRows(plan, [Number(day)], lookedAt(plan, Number(day)))) {
  const written = await readings.write(group.readings);
  const judged = { readings: group.readings, ledger: { outcomes: group.outcomes } };
  const feed = toldOf([{ judged, written }], () => FREEZE_TASK);
  const changes = { outcomes: group.outcomes, events: [], quarantine: [], baselines: [], marks: [] };
  await state.ledger.commit({ ...changes, ...(feed && { feed }) });
  rows += written.stored + group.outcomes.length;
}
const seconds = (performance.now() - begun) / 1000;
await readings.close();
await state.close();
said<FreshDay>({ rows, seconds });
