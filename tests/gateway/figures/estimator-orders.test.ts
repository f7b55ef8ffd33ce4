import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addDays } from '#contract/zone.ts';
import type { NewRevision } from '#stores/revision-store.ts';
import { ValidatedReadings } from '#stores/validated-readings.ts';
import { Estimator } from '../../../gateway/figures/estimator.ts';
import { type FiguresAtWork, figuresAtWork } from '../../support/figures-at-work.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { at, installation, meter, registry, task } from '../domain/site.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';
import { FiguresWorld, type Row } from './figures-world.ts';

const newPath = scratchPaths();
const FREEZE = task('freeze-day');
const FIRST = '2026-10-31';
const NOW = at('2026-11-20', '00:10');
const RUNS = 2;
const ORDERS = 4;
const slotOf = (day: number): number => at(addDays(FIRST, day));
const ids = Array.from({ length: RUNS * ORDERS }, (_, i) => `m${String(i).padStart(2, '0')}`);

let world: FiguresWorld;
let work: FiguresAtWork;
let readings: ValidatedReadings;
let estimator: Estimator;

beforeAll(async () => {
  const site = registry({
    tasks: [FREEZE],
    meters: ids.map((id) => meter(id, { collectedFrom: slotOf(0) })),
    installations: ids.map((id) => installation(id, { from: slotOf(0) })),
  });
  world = await FiguresWorld.open(newPath('x').slice(0, -2), site, NOW);
  readings = new ValidatedReadings(world.readings, world.state.revisions);
  estimator = new Estimator({
    ...{ days: () => work.days, readings, revisions: world.state.revisions, clock: world.clock, logger: quietLogger() },
    settings: { dayCloseAt: '24:00', estimateMissing: true },
  });
  work = figuresAtWork({ ...world, followers: [estimator] });
});
afterAll(() => world.close());

/** One thing that happens to a meter: its freeze of a day, good or suspect, or the word of a person. */
interface Happening {
  readonly day: number;
  readonly wh: number;
  readonly what: 'valid' | 'late' | 'suspect' | 'manual';
}

const happenings: fc.Arbitrary<Happening[]> = fc
  .array(
    fc.record({
      wh: fc.nat(30_000),
      what: fc.constantFrom('valid', 'valid', 'late', 'suspect', 'manual', 'missing', 'missing'),
    }),
    { minLength: 20, maxLength: 20 },
  )
  .map((days) => {
    let register = 999_900_000;
    return days.flatMap(({ wh, what }, day) => {
      register = (register + wh) % 1_000_000_000;
      return what === 'missing' ? [] : [{ day, wh: register, what: what as Happening['what'] }];
    });
  });

async function happen(id: string, { day, wh, what }: Happening): Promise<void> {
  const slot = slotOf(day);
  if (what !== 'manual') {
    const row: Row = { meter: id, slot, readAt: slot + 600_000, quality: what, importWh: wh, exportWh: null };
    return world.take(FREEZE, [row]);
  }
  const edit: NewRevision = {
    ...{ task: FREEZE.id, meter: id, slot, kind: 'manual', method: null, values: { energy_import_wh: wh } },
    ...{ reason: '人工抄表', by: 'k', at: NOW },
  };
  const [newest] = await world.state.revisions.ofMeter(FREEZE.id, id, [slot]);
  await world.state.revisions.add(edit, newest?.revision ?? 0);
}

/** The figures process until it has nothing to do: what was estimated comes back by the feed. */
async function settle(): Promise<void> {
  for (let position = -1; ; ) {
    await work.catchUp();
    do await estimator.tick();
    while (estimator.isBusy);
    const { newest } = await world.state.feed.range();
    if (newest === position) return;
    position = newest;
  }
}

async function counts(id: string): Promise<unknown> {
  const slots = Array.from({ length: 21 }, (_, day) => slotOf(day));
  const found = await readings.ofMeter(FREEZE.id, id, slots);
  return found
    .filter(({ values }) => values !== null)
    .map(({ slot, values, quality, method }) => [slots.indexOf(slot), values?.energy_import_wh, quality, method]);
}

test('what counts is the same in whatever order readings, edits and estimates came', async () => {
  let run = 0;
  let estimated = 0;
  const orders = happenings.chain((list) =>
    fc.array(fc.shuffledSubarray(list, { minLength: list.length }), { minLength: ORDERS, maxLength: ORDERS }),
  );
  await fc.assert(
    fc.asyncProperty(orders, async (list) => {
      const meters = ids.slice(run * ORDERS, (run + 1) * ORDERS);
      run++;
      for (let step = 0; step < (list[0]?.length ?? 0); step++) {
        for (const [i, id] of meters.entries()) {
          const next = list[i]?.[step];
          if (next) await happen(id, next);
        }
        if (step % 6 === 0) await settle();
      }
      await settle();
      const all = await Promise.all(meters.map(counts));
      for (const each of all) expect(each).toEqual(all[0]);
      estimated += JSON.stringify(all).split('estimated').length - 1;
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  // A property that holds because nothing is estimated would say nothing.
  expect(estimated).toBeGreaterThan(ORDERS);
}, 30_000);
