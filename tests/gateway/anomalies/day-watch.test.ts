import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { addDays } from '#contract/zone.ts';
import type { DayChunk, FiguresStore } from '#stores/figures-store.ts';
import { openSqliteFiguresStore } from '#stores/sqlite-figures/store.ts';
import { AnomalyBook } from '../../../gateway/anomalies/anomaly-book.ts';
import { DayWatch } from '../../../gateway/anomalies/day-watch.ts';
import { dayRules } from '../../../gateway/anomalies/rules.ts';
import { Site } from '../../../gateway/figures/site.ts';
import { account, at, DAY_MS, installation, meter, registry } from '../domain/site.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';
import { JudgingWorld } from './judging-world.ts';

const newPath = scratchPaths();
const IDS = ['m1', 'm2'];
const SITE = registry({
  accounts: IDS.map((id) => account(id)),
  meters: IDS.map((id) => meter(id)),
  installations: IDS.map((id) => installation(id, { account: id })),
});
const FIRST = '2026-11-01';
const QUIET_MS = 300_000;

/** Registers of a day by meter, Wh; a meter that is left out has none. */
type Registers = Readonly<Record<string, { readonly importWh?: number; readonly exportWh?: number }>>;

interface Bench {
  readonly world: JudgingWorld;
  readonly figures: FiguresStore;
  /** The figures keep a day, or keep it anew. */
  keep(day: number, registers: Registers): Promise<void>;
  /** All that is due, by a process that begins now or by the one before. */
  judge(fresh?: boolean): Promise<void>;
}

const opened: Bench[] = [];
afterEach(async () => {
  for (const { world, figures } of opened.splice(0)) {
    await figures.close();
    await world.close();
  }
});

async function bench(): Promise<Bench> {
  const folder = newPath('x').slice(0, -2);
  const world = await JudgingWorld.open(folder, SITE, at('2026-11-30', '08:00'));
  const figures = await openSqliteFiguresStore(join(folder, 'figures.sqlite'));
  const { state, readings, states, clock, logger } = world;
  const site = new Site(state);
  await site.refresh();
  let version = 0;
  let watch: DayWatch | null = null;
  const made: Bench = {
    world,
    figures,
    keep: async (day, registers) => {
      const date = addDays(FIRST, day);
      const head = { task: 'freeze-day', date, slots: [at(date)], rows: IDS.length, version: ++version };
      const column = (name: 'importWh' | 'exportWh'): DayChunk => {
        const values = Float64Array.from(site.meters, (id) => registers[id]?.[name] ?? Number.NaN);
        return { ...head, column: name, chunk: 0, bytes: new Uint8Array(values.buffer) };
      };
      const chunks = [column('importWh'), column('exportWh')];
      await figures.checkpoint({
        position: version,
        days: [head],
        chunks,
        findings: { of: [], found: [] },
        areaDays: [],
      });
    },
    judge: async (fresh = false) => {
      if (fresh || !watch) {
        const book = await AnomalyBook.open({ store: state.anomalies, clock, logger });
        watch = new DayWatch({ ...{ site, figures, readings, states, book, clock }, rules: dayRules({}, () => 2) });
      }
      while (await watch.tick());
      await clock.advance(QUIET_MS);
      while (await watch.tick());
    },
  };
  opened.push(made);
  return made;
}

/** A usual day: 5 kWh for each meter; `exported` by m1 in all, Wh. */
function usual(day: number, exported = 0): Registers {
  const importWh = 100_000 + day * 5000;
  return { m1: { importWh, exportWh: exported }, m2: { importWh, exportWh: 0 } };
}

describe('the watch over days', () => {
  it('opens what a day shows and closes it when it is over, each told once', async () => {
    const { world, keep, judge } = await bench();
    for (let day = 0; day < 20; day++) await keep(day, usual(day));
    await judge();
    expect(await world.anomalies()).toEqual([]);
    for (let day = 20; day < 23; day++) await keep(day, usual(day, (day - 19) * 4000));
    await judge();
    expect(await world.anomalies()).toMatchObject([{ rule: 'reverse_energy', meter: 'm1', closedAt: null }]);
    for (let day = 23; day < 27; day++) {
      await keep(day, usual(day, 12_000));
      await judge();
    }
    expect(await world.anomalies()).toMatchObject([{ rule: 'reverse_energy', closedAt: expect.any(Number) }]);
    expect(await world.events()).toEqual(['opened', 'closed']);
  });

  it('waits for a day to come to rest', async () => {
    const { world, keep } = await bench();
    const asked: number[] = [];
    const ofSlot = world.readings.ofSlot.bind(world.readings);
    world.readings.ofSlot = (task, slot, meters) => {
      asked.push(slot);
      return ofSlot(task, slot, meters);
    };
    const site = new Site(world.state);
    await site.refresh();
    const { state, readings, states, clock, logger } = world;
    const book = await AnomalyBook.open({ store: state.anomalies, clock, logger });
    const figures = opened.at(-1)?.figures;
    if (!figures) throw new Error('no figures');
    const watch = new DayWatch({ ...{ site, figures, readings, states, book, clock }, rules: dayRules({}, () => 2) });
    for (let i = 0; i < 3; i++) {
      await keep(0, usual(i));
      expect(await watch.tick()).toBe(false);
      await clock.advance(QUIET_MS / 2);
    }
    expect(asked).toEqual([]);
    await clock.advance(QUIET_MS / 2);
    expect(await watch.tick()).toBe(true);
    expect(asked).toEqual([at(FIRST)]);
    expect(await watch.tick()).toBe(false);
  });

  it('judges again from a day whose registers came late, as if they had come in time', async () => {
    const inTime = await bench();
    const late = await bench();
    const registers = (day: number): Registers => usual(day, Math.max(0, day - 19) * 4000);
    for (let day = 0; day < 24; day++) {
      await inTime.keep(day, registers(day));
      const whole = registers(day);
      await late.keep(day, day === 21 ? { m2: whole['m2'] ?? {} } : whole);
      if (day >= 19) for (const { judge } of [inTime, late]) await judge();
    }
    expect(await late.world.anomalies()).not.toEqual(await inTime.world.anomalies());
    await late.keep(21, registers(21));
    await late.judge();
    expect(await late.world.anomalies()).toEqual(await inTime.world.anomalies());
    expect(await late.world.anomalies()).toHaveLength(1);
  });

  it('takes back what a corrected register disproves', async () => {
    const { world, keep, judge } = await bench();
    for (let day = 0; day < 23; day++) {
      await keep(day, usual(day, Math.max(0, day - 19) * 4000));
      if (day >= 19) await judge();
    }
    expect(await world.anomalies()).toHaveLength(1);
    for (let day = 20; day < 23; day++) await keep(day, usual(day));
    await judge();
    expect(await world.anomalies()).toEqual([]);
    expect(await world.events()).toEqual(['opened', 'closed']);
  });

  it('goes on after a restart, and tells nothing twice', async () => {
    const { world, keep, judge } = await bench();
    for (let day = 0; day < 22; day++) {
      await keep(day, usual(day, Math.max(0, day - 19) * 4000));
      if (day >= 19) await judge(day % 2 === 0);
    }
    const known = await world.anomalies();
    expect(known).toHaveLength(1);
    await judge(true);
    expect(await world.anomalies()).toEqual(known);
    expect(await world.events()).toEqual(['opened']);
    expect(await world.states.days('days')).toEqual([]);
    expect(await world.states.of('days', at(addDays(FIRST, 22)), ['m1'])).toHaveProperty('size', 1);
    expect(await world.states.of('days', at(FIRST) - DAY_MS, ['m1'])).toHaveProperty('size', 0);
  });
});
