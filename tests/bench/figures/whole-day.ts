import type { Meter } from '#contract/registry.ts';
import { addDays } from '#contract/zone.ts';
import type { DayColumns } from '#domain/collection/day-columns.ts';
import { systemClock } from '#platform/clock.ts';
import { loadSettings } from '#platform/settings/load.ts';
import { openFigures, openState } from '#stores/open-stores.ts';
import { AreaDays } from '../../../gateway/figures/area-days.ts';
import { DayShelf } from '../../../gateway/figures/day-shelf.ts';
import type { ChangedDay, KeptDays } from '../../../gateway/figures/follower.ts';
import { Site } from '../../../gateway/figures/site.ts';
import { Versions } from '../../../gateway/figures/versions.ts';
import { FREEZE_TASK } from '../../support/generated-district/rows.ts';
import { said } from './said.ts';

export interface WholeDay {
  readonly areas: number;
  /** Areas of which a loss could be told. */
  readonly told: number;
  /** With the making of who belongs to which area, which is done once for a registry, ms. */
  readonly firstMs: number;
  readonly wholeMs: readonly number[];
  /** A loop over the same columns that takes differences and adds them up by area, and knows of nothing else. */
  readonly bareMs: readonly number[];
  /** 500 rows of few areas, as one envelope brings them, ms. */
  readonly fewMs: readonly number[];
}

const RUNS = 3;
const FEW = 500;
const MEMORY_BYTES = 512 * 1024 * 1024;

/** A step of its own process: the line loss of all areas on the day that ends with the freezes of `date`. */
const [folder = '', date = ''] = process.argv.slice(2);
const settings = loadSettings({ METERWAY_DATA_DIR: folder });
const state = await openState(settings, { beside: true });
const figures = await openFigures(settings, { readOnly: true });
const site = new Site(state);
await site.refresh();
const days = new DayShelf(figures, site, MEMORY_BYTES, new Versions(systemClock()));
await days.know(FREEZE_TASK);
said<WholeDay>(await measured(days));
await figures.close();
await state.close();

async function measured(kept: KeptDays): Promise<WholeDay> {
  const start = await kept.of(FREEZE_TASK, addDays(date, -1));
  const end = await kept.of(FREEZE_TASK, date);
  if (!start || !end) throw new Error(`the freezes of ${date} and the day before are not kept`);
  const follower = new AreaDays();
  const follow = async (rows: ReadonlySet<number>): Promise<{ told: number; ms: number }> => {
    const begun = performance.now();
    const changes: ChangedDay[] = [{ task: FREEZE_TASK, date, rows }];
    const { areaDays = [] } = await follower.follow(changes, kept);
    const ms = performance.now() - begun;
    const ofDay = areaDays.filter((row) => row.date === addDays(date, -1));
    return { told: ofDay.filter(({ content }) => content['why'] === null).length, ms };
  };
  const all = new Set(kept.meters.keys());
  const { ms: firstMs } = await follow(new Set([0]));
  const whole = [];
  for (let run = 0; run < RUNS; run++) whole.push(await follow(all));
  const few = [];
  for (let run = 0; run < RUNS; run++) {
    few.push(await follow(new Set(Array.from({ length: FEW }, (_, i) => run * FEW + i))));
  }
  const areaOfRow = areaNumbers(kept);
  const { areas } = kept.registry.registry;
  const bareMs = Array.from({ length: RUNS }, () => bareSum(start, end, areaOfRow, areas.length));
  return {
    ...{ areas: areas.length, told: whole.at(-1)?.told ?? 0, firstMs, bareMs },
    ...{ wholeMs: whole.map(({ ms }) => ms), fewMs: few.map(({ ms }) => ms) },
  };
}

function areaNumbers({ registry, meters }: KeptDays): Uint32Array {
  const numbers = new Map(registry.registry.areas.map(({ id }, i) => [id, i]));
  const areaOf = (meter: Meter | undefined): number => numbers.get(meter?.area ?? '') ?? 0;
  return Uint32Array.from(meters, (id) => areaOf(registry.meter(id)));
}

/** Gives how long it took, ms. */
function bareSum(start: DayColumns, end: DayColumns, areaOfRow: Uint32Array, areas: number): number {
  const begun = performance.now();
  const sums = new Float64Array(areas);
  for (let row = 0; row < areaOfRow.length; row++) {
    const area = areaOfRow[row] ?? 0;
    sums[area] = (sums[area] ?? 0) + (end.importWh[row] ?? 0) - (start.importWh[row] ?? 0);
  }
  return performance.now() - begun;
}
