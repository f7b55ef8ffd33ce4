import fc from 'fast-check';
import { expect, test } from 'vitest';
import { slotsOfDay } from '#contract/calendar.ts';
import type { Registry } from '#contract/registry.ts';
import type { Task } from '#contract/tasks.ts';
import { addDays } from '#contract/zone.ts';
import { COLUMN_NAMES } from '#domain/collection/day-columns.ts';
import { openSqliteFiguresStore } from '#stores/sqlite-figures/store.ts';
import { type FiguresAtWork, figuresAtWork } from '../../support/figures-at-work.ts';
import { membersOf, outageOf, saveOutages } from '../../support/outages.ts';
import { account, at, DAY_MS, installation, meter, registry, task, ZONE } from '../domain/site.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';
import { FiguresWorld, failure, kept, type Row } from './figures-world.ts';

const newPath = scratchPaths();
const METERS = ['m0', 'm1', 'm2', 'm3', 'm4', 'm5'] as const;
const FREEZE: Task = { ...task('freeze-day'), retryAt: [] };
const DATES = ['2026-11-17', '2026-11-18', '2026-11-19', '2026-11-20'] as const;
const NOW = at('2026-11-20', '10:00');

function siteOf(variant: number): Registry {
  const ids = variant === 2 ? [...METERS.slice(1), 'm6'] : METERS;
  return registry({
    tasks: [variant === 3 ? { ...FREEZE, firstPassUntil: '04:00' } : FREEZE],
    accounts: [account('1', { status: variant === 1 ? 'closed' : 'active' })],
    meters: ids.map((id) => meter(id, { collectedFrom: at('2026-11-19', '09:00') })),
    installations: ids.map((id, i) =>
      installation(id, { account: i === 0 ? '1' : null, from: at(i === 5 ? '2026-11-19' : '2026-01-01') }),
    ),
  });
}

const slotOf = (date: string): number => slotsOfDay(FREEZE.calendar, ZONE, date)[0] ?? 0;
const aMeter = fc.constantFrom(...METERS, 'm6');
const aSlot = fc.constantFrom(...DATES).map(slotOf);
const aRow: fc.Arbitrary<Row> = fc
  .record({
    meter: aMeter,
    slot: aSlot,
    after: fc.constantFrom(60_000, 7_200_000, 7_200_001, 10_800_000, DAY_MS, 2 * DAY_MS),
    quality: fc.constantFrom('valid', 'valid', 'late', 'suspect', 'raw'),
    importWh: fc.constantFrom(0, 1000, 2000, null),
    exportWh: fc.constantFrom(0, null),
  })
  .map(({ after, slot, ...row }) => ({ ...row, slot, readAt: slot + after }) as Row);
const rows = fc.array(aRow, { maxLength: 6 });
const aFailure = fc
  .record({
    meter: aMeter,
    slot: aSlot,
    after: fc.integer({ min: 1, max: 4 }),
    reason: fc.constantFrom('no_answer', 'crc_error'),
  })
  .map(({ meter: id, slot, after, reason }) => failure(FREEZE.id, id, slot, slot + after, reason as 'no_answer'));
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constant('commit'), rows, failures: fc.array(aFailure, { maxLength: 3 }) }),
  },
  // Stored, but the process ended before the ledger knew.
  { weight: 1, arbitrary: fc.record({ does: fc.constant('write'), rows }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('revise'), meter: aMeter, slot: aSlot, kind: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('exclude'), meter: aMeter, date: fc.constantFrom(...DATES) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('outage'), meter: aMeter, slot: aSlot, id: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('registry'), variant: fc.nat(3) }) },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constantFrom('step', 'step', 'catchUp', 'restart', 'gap', 'midnight') }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const KINDS = ['edited', 'estimated', 'undone'] as const;

async function run(world: FiguresWorld, steps: readonly Step[]): Promise<FiguresAtWork> {
  const start = (): FiguresAtWork => figuresAtWork({ ...world, memoryBytes: 1 });
  let work = start();
  const unacked: Row[][] = [];
  const acts: Record<string, (each: Record<string, unknown>) => Promise<unknown>> = {
    commit: (each) => world.take(FREEZE, each['rows'] as Row[], each['failures'] as never),
    write: (each) => {
      unacked.push(each['rows'] as Row[]);
      return world.write(FREEZE.id, each['rows'] as Row[]);
    },
    revise: (each) => revise(world, each as never),
    exclude: (each) => {
      const scope = { kind: 'meter', id: String(each['meter']) } as const;
      const [from, to] = [String(each['date']), String(each['date'])];
      return world.state.exclusions.add({ id: crypto.randomUUID(), scope, from, to, reason: 'r', by: 'k', at: 1 });
    },
    outage: (each) => {
      const slot = Number(each['slot']);
      const times = { startedAt: slot - 1000, restoredAt: slot + 1000 };
      const members = membersOf([String(each['meter'])], slot - 1000, slot + 1000);
      return saveOutages(world.state, outageOf({ id: `o${each['id']}`, area: 'a1', ...times, members }));
    },
    registry: (each) => world.state.registry.replace(siteOf(Number(each['variant']))),
    step: () => work.keeper.step(),
    catchUp: () => work.catchUp(),
    restart: async () => {
      work = start();
    },
    gap: async () => world.state.feed.forgetUpTo((await world.state.feed.range()).newest),
    midnight: () => world.clock.advance(DAY_MS),
  };
  for (const each of steps) await acts[each.does]?.(each as never);
  for (const sent of unacked) await world.take(FREEZE, sent);
  await work.catchUp();
  return work;
}

async function revise(world: FiguresWorld, { meter: id, slot, kind }: { meter: string; slot: number; kind: number }) {
  const name = { task: FREEZE.id, meter: id, slot };
  const newest = (await world.state.revisions.history(name)).at(-1)?.revision ?? 0;
  const values = kind === 2 ? null : { energy_import_wh: 5000 + newest };
  const which = { kind: KINDS[kind] ?? 'edited', method: kind === 1 ? 'interpolation' : null, values };
  await world.state.revisions.add({ ...name, ...which, reason: 'r', by: 'k', at: 1 }, newest);
}

test('whatever comes in whatever order, with crashes and gaps in between, the days equal what is counted from the stores', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const folder = newPath('x').slice(0, -2);
      const world = await FiguresWorld.open(folder, siteOf(0), NOW);
      const work = await run(world, steps);
      const site = await world.registry();
      const [current] = site.tasks;
      if (!current) throw new Error('no task');
      const anew = await openSqliteFiguresStore(`${folder}/anew.sqlite`);
      const fresh = figuresAtWork({ ...world, figures: anew });
      await fresh.catchUp();
      const ids = site.meters.map(({ id }) => id);
      for (let date = '2026-11-16'; slotOf(date) <= world.clock.now(); date = addDays(date, 1)) {
        const day = await work.days.of(FREEZE.id, date);
        const again = await fresh.days.of(FREEZE.id, date);
        if (!day || !again) throw new Error(`no day ${date}`);
        const ofDay = kept(day, (id) => work.days.rowOf(id), ids);
        expect([date, ofDay]).toEqual([date, await world.counted(current, date)]);
        for (const column of COLUMN_NAMES) expect([date, column, again[column]]).toEqual([date, column, day[column]]);
      }
      await anew.close();
      await world.close();
    }),
    { numRuns: 8 },
  );
}, 300_000);
