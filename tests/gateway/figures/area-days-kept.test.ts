import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Registry } from '#contract/registry.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { ValidatedReadings } from '#stores/validated-readings.ts';
import { LossReadings } from '../../../api/queries/line-loss-readings.ts';
import { AreaDays } from '../../../gateway/figures/area-days.ts';
import { figuresAtWork } from '../../support/figures-at-work.ts';
import { account, at, installation, meter, registry, task } from '../domain/site.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';
import { FiguresWorld, type Row } from './figures-world.ts';

const FREEZE = task('freeze-day');
const DATES = ['2026-11-18', '2026-11-19', '2026-11-20'];
const CUSTOMERS = ['c1', 'c2', 'c3'];
const newPath = scratchPaths();

function siteOf(ct: number): Registry {
  const planned = { collectedFrom: at('2026-11-17', '09:00') };
  return registry({
    tasks: [FREEZE],
    meters: [meter('s', { role: 'supply', ct, ...planned }), ...CUSTOMERS.map((id) => meter(id, planned))],
    accounts: CUSTOMERS.map((no) => account(no)),
    installations: [installation('s'), ...CUSTOMERS.map((id) => installation(id, { account: id }))],
  });
}

function row(id: string, date: string, importWh: number): Row {
  const slot = at(date);
  return { meter: id, slot, readAt: slot + 600_000, quality: 'valid', importWh, exportWh: null };
}

let world: FiguresWorld;
beforeAll(async () => {
  world = await FiguresWorld.open(newPath('x').slice(0, -2), siteOf(10), at('2026-11-20', '10:00'));
});
afterAll(() => world.close());

async function keptDays() {
  return (await world.figures.areaDays('2026-11-18', '2026-11-19')).map(({ content }) => content);
}

/** The same from the readings as they count now. */
async function fromReadings() {
  const index = new RegistryIndex(await world.registry());
  const readings = new LossReadings(new ValidatedReadings(world.readings, world.state.revisions));
  const days = await Promise.all(['2026-11-18', '2026-11-19'].map((date) => readings.area(index, 'a1', date)));
  return days.map((each) => ({ ...each?.day }));
}

test('what is kept of an area is what the readings say: in time, late, estimated, and with another ratio', async () => {
  const work = figuresAtWork({ ...world, followers: [new AreaDays()] });
  const all = DATES.flatMap((date, n) => [
    row('s', date, 1000 + 31 * n),
    ...CUSTOMERS.map((id) => row(id, date, 5000 + 100 * n)),
  ]);
  const isLate = ({ meter: id, slot }: Row) => id === 'c2' && slot === at('2026-11-19');
  const isLost = ({ meter: id, slot }: Row) => id === 'c3' && slot === at('2026-11-20');
  await work.catchUp();
  await world.take(
    FREEZE,
    all.filter((each) => !isLate(each) && !isLost(each)),
  );
  await work.catchUp();
  expect(await keptDays()).toEqual(await fromReadings());
  expect(await keptDays()).toMatchObject([
    { missing: 1, soldWh: 200 },
    { missing: 2, soldWh: 100 },
  ]);

  await world.take(FREEZE, all.filter(isLate));
  const estimate = { kind: 'estimated', method: 'interpolation', reason: 'missing', by: 'estimation' } as const;
  const named = { task: FREEZE.id, meter: 'c3', slot: at('2026-11-20'), at: at('2026-11-20', '09:00') };
  await world.state.revisions.addEstimates([{ ...estimate, ...named, values: { energy_import_wh: 5190 } }]);
  await work.catchUp();
  expect(await keptDays()).toEqual(await fromReadings());
  expect(await keptDays()).toMatchObject([
    { missing: 0, soldWh: 300, suppliedWh: 310 },
    { missing: 0, estimated: 1, estimatedWh: 90, soldWh: 290 },
  ]);

  await world.state.registry.replace(siteOf(20));
  const restarted = figuresAtWork({ ...world, followers: [new AreaDays()] });
  await restarted.catchUp();
  expect(await keptDays()).toEqual(await fromReadings());
  expect(await keptDays()).toMatchObject([{ suppliedWh: 620 }, { suppliedWh: 620 }]);
});
