import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteFiguresStore } from '#stores/sqlite-figures/store.ts';
import { openSqliteReadingStore } from '#stores/sqlite-readings/store.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import { AreaDays } from '../../../gateway/figures/area-days.ts';
import type { Follower } from '../../../gateway/figures/follower.ts';
import { Keeper } from '../../../gateway/figures/keeper.ts';
import { VeeFollower } from '../../../gateway/figures/vee-follower.ts';
import { toldOf } from '../../../gateway/ingest/told-rows.ts';
import { FREEZE_TASK } from '../../support/generated-district/rows.ts';
import { generatedSite } from '../../support/generated-district/site.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { Stopwatch } from '../kit/stopwatch.ts';
import { dayRows, passingRegisters } from './day-rows.ts';
import { FIRST_DAY, lookedAt, planOf } from './made-district.ts';
import { said } from './said.ts';

/** CPU of keeping a row, until it is on disk, µs, all threads; by day. */
export interface KeepingCost {
  /** The days alone. */
  readonly days: readonly number[];
  /** With the rules on readings and the line loss that follow them. */
  readonly followed: readonly number[];
}

const METERS = 100_000;
const DAYS = 3;

/** A step of its own process: the keeper of the figures on days that come in by the feed, with nothing else to do. */
const [folder = '', seed = '0'] = process.argv.slice(2);
const plan = planOf({ meters: METERS, seed: Number(seed) });
said<KeepingCost>({ days: await costs(false), followed: await costs(true) });

async function costs(isFollowed: boolean): Promise<number[]> {
  const place = mkdtempSync(join(folder, 'keeping-'));
  const state = await openSqliteStateStore(join(place, 'state.sqlite'));
  const readings = await openSqliteReadingStore(join(place, 'readings'));
  const figures = await openSqliteFiguresStore(join(place, 'figures.sqlite'));
  await state.registry.replace(generatedSite(plan, passingRegisters(plan)));
  const clock = new ManualClock(lookedAt(plan, FIRST_DAY));
  const followers: Follower[] = isFollowed ? [new AreaDays(), new VeeFollower({ figures, readings })] : [];
  const settings = { keepFiguresDays: DAYS };
  const keeper = new Keeper({
    state,
    readings,
    figures,
    clock,
    logger: quietLogger(),
    settings,
    followers,
    takers: [],
  });
  try {
    await keeper.catchUp();
    const found: number[] = [];
    for (let day = FIRST_DAY; day < FIRST_DAY + DAYS; day++) {
      await clock.advance(lookedAt(plan, day) - clock.now());
      // The new day is made, and the registry looked at, before its rows come.
      await keeper.catchUp();
      const rows = await deliver(day);
      const watch = new Stopwatch();
      await watch.run(rows, () => keeper.catchUp());
      found.push(watch.total.cpuUs);
    }
    return found;
  } finally {
    await figures.close();
    await readings.close();
    await state.close();
    rmSync(place, { recursive: true, force: true });
  }

  async function deliver(day: number): Promise<number> {
    let rows = 0;
    for (const { readings: batches, outcomes } of dayRows(plan, [day], lookedAt(plan, day))) {
      const written = await readings.write(batches);
      const feed = toldOf([{ judged: { readings: batches, ledger: { outcomes } }, written }], () => FREEZE_TASK);
      const changes = { outcomes, events: [], quarantine: [], baselines: [], marks: [] };
      await state.ledger.commit({ ...changes, ...(feed && { feed }) });
      rows += written.stored + outcomes.length;
    }
    return rows;
  }
}
