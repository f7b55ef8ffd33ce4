import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Registry } from '#contract/registry.ts';
import { codeOf, type DayColumns, FLAG } from '#domain/collection/day-columns.ts';
import { stateOf } from '#domain/collection/slot-state.ts';
import type { FiguresCheckpoint } from '#stores/figures-store.ts';
import { openSqliteFiguresStore } from '#stores/sqlite-figures/store.ts';
import type { ChangedDay, Follower } from '../../../gateway/figures/follower.ts';
import type { DayVerdict } from '../../../gateway/figures/rebuild.ts';
import { type FiguresAtWork, figuresAtWork } from '../../support/figures-at-work.ts';
import { at, DAY_MS, installation, meter, registry, task } from '../domain/site.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';
import { FiguresWorld, failure, type Row } from './figures-world.ts';

const newPath = scratchPaths();
const FREEZE = task('freeze-day');
const DATE = '2026-11-20';
const SLOT = at(DATE);
const NOW = at(DATE, '10:00');
const IDS = ['m0', 'm1', 'm2'];

function siteOf(ids: readonly string[]): Registry {
  return registry({
    tasks: [FREEZE],
    meters: ids.map((id) => meter(id, { collectedFrom: at('2026-11-18', '09:00') })),
    installations: ids.map((id) => installation(id)),
  });
}

function row(id: string, over: Partial<Row> = {}): Row {
  return { meter: id, slot: SLOT, readAt: SLOT + 600_000, quality: 'valid', importWh: 1000, exportWh: null, ...over };
}

let world: FiguresWorld;
let work: FiguresAtWork;

beforeAll(async () => {
  world = await FiguresWorld.open(newPath('x').slice(0, -2), siteOf(IDS), NOW);
  work = figuresAtWork(world);
});

afterAll(() => world.close());

async function today(of = work): Promise<DayColumns> {
  const day = await of.days.of(FREEZE.id, DATE);
  if (!day) throw new Error('not kept');
  return day;
}

async function stateOfMeter(id: string): Promise<unknown> {
  const day = await today();
  const at = work.days.rowOf(id) ?? -1;
  return stateOf(codeOf(day.class[at] ?? 0, day.fact[at] ?? 0));
}

describe('the keeper', () => {
  test('keeps every day since the first meter was collected and what its memory was asked for', async () => {
    await work.catchUp();
    const dates = (await world.figures.days(FREEZE.id)).map(({ date }) => date);
    expect(dates).toEqual(['2026-11-15', '2026-11-16', '2026-11-17', '2026-11-18', '2026-11-19', DATE]);
    expect(await stateOfMeter('m0')).toEqual({ state: 'open' });
  });

  test('takes values and failures, and forgets the feed up to what is on disk', async () => {
    await world.take(FREEZE, [row('m0')], [failure(FREEZE.id, 'm1', SLOT, SLOT + 1000, 'no_answer')]);
    await work.catchUp();
    expect(await stateOfMeter('m0')).toEqual({ state: 'answered', pass: 'first' });
    expect(await stateOfMeter('m1')).toEqual({ state: 'failed', reason: 'no_answer' });
    const day = await today();
    expect([day.importWh[0], day.exportWh[0], day.minutes[0]]).toEqual([1000, Number.NaN, 10]);
    expect(await world.state.feed.range()).toMatchObject({ oldest: 0 });
    expect(await world.figures.position()).toBe((await world.state.feed.range()).newest);
  });

  test('of two failures the later attempt counts, whichever is told last', async () => {
    await world.take(FREEZE, [], [failure(FREEZE.id, 'm1', SLOT, SLOT + 500, 'crc_error')]);
    await work.catchUp();
    expect(await stateOfMeter('m1')).toEqual({ state: 'failed', reason: 'no_answer' });
    await world.take(FREEZE, [], [failure(FREEZE.id, 'm1', SLOT, SLOT + 5000, 'crc_error')]);
    await work.catchUp();
    expect(await stateOfMeter('m1')).toEqual({ state: 'failed', reason: 'crc_error' });
  });

  test('an estimate counts until the meter’s own value comes', async () => {
    const name = { task: FREEZE.id, meter: 'm2', slot: SLOT };
    const estimate = { kind: 'estimated', method: 'interpolation', values: { energy_import_wh: 77 } } as const;
    await world.state.revisions.addEstimates([{ ...name, ...estimate, reason: 'r', by: 'estimation', at: NOW }]);
    await work.catchUp();
    const day = await today();
    expect([day.importWh[2], day.flags[2], await stateOfMeter('m2')]).toEqual([77, FLAG.estimated, { state: 'open' }]);
    await world.take(FREEZE, [row('m2', { importWh: 80 })]);
    await work.catchUp();
    expect([day.importWh[2], day.flags[2]]).toEqual([80, 0]);
  });

  test('a meter that comes to the registry gets a row of its own, and one that leaves owes nothing', async () => {
    await world.state.registry.replace(siteOf(['m3', 'm1', 'm2']));
    await work.catchUp();
    expect(work.days.meters).toEqual(['m0', 'm1', 'm2', 'm3']);
    expect(await stateOfMeter('m0')).toEqual({ state: 'not_due' });
    expect(await stateOfMeter('m3')).toEqual({ state: 'open' });
    await world.state.registry.replace(siteOf([...IDS, 'm3']));
    await work.catchUp();
    expect(await stateOfMeter('m0')).toEqual({ state: 'answered', pass: 'first' });
  });

  test('a checkpoint that fails loses nothing and does nothing twice', async () => {
    const failing = { left: 1 };
    const figures = Object.assign(Object.create(world.figures) as typeof world.figures, {
      position: () => world.figures.position(),
      days: (id: string) => world.figures.days(id),
      chunks: (...args: Parameters<typeof world.figures.chunks>) => world.figures.chunks(...args),
      forgetBefore: async () => {},
      checkpoint: (changes: FiguresCheckpoint) =>
        failing.left-- > 0 ? Promise.reject(new Error('disk full')) : world.figures.checkpoint(changes),
    });
    const seen: number[] = [];
    const follower: Follower = {
      follow: async (changes) => {
        for (const change of changes) seen.push(change.rows.size);
        return {};
      },
    };
    const other = figuresAtWork({ ...world, figures, followers: [follower] });
    await world.take(FREEZE, [row('m3', { readAt: SLOT + 3 * 3_600_000 })]);
    await expect(other.catchUp()).rejects.toThrow('disk full');
    await other.catchUp();
    expect(seen).toEqual([1, 1]);
    const again = figuresAtWork(world);
    await again.catchUp();
    expect((await today(again)).fact[3]).toBe((await today(other)).fact[3]);
    work = again;
    expect(await stateOfMeter('m3')).toEqual({ state: 'answered', pass: 'retry' });
  });

  test('grounds that changed are told to followers again when the checkpoint fails, and by another process', async () => {
    const seen: boolean[] = [];
    const follower: Follower = {
      follow: async (changes) => {
        const change = changes.find(({ date }) => date === DATE);
        if (change) seen.push(change.isOnNewBasis === true);
        return {};
      },
    };
    const full = Object.assign(Object.create(world.figures) as typeof world.figures, {
      position: () => world.figures.position(),
      days: (id: string) => world.figures.days(id),
      chunks: (...args: Parameters<typeof world.figures.chunks>) => world.figures.chunks(...args),
      forgetBefore: async () => {},
      checkpoint: () => Promise.reject(new Error('disk full')),
    });
    const before = siteOf([...IDS, 'm3']);
    const installations = before.installations.map((each) => ({ ...each, ct: 80 }));
    await world.state.registry.replace({ ...before, installations });
    const dying = figuresAtWork({ ...world, figures: full, followers: [follower] });
    await expect(dying.catchUp()).rejects.toThrow('disk full');
    await expect(dying.catchUp()).rejects.toThrow('disk full');
    const next = figuresAtWork({ ...world, followers: [follower] });
    await next.catchUp();
    expect(seen).toEqual([true, true, true]);
    await figuresAtWork({ ...world, followers: [follower] }).catchUp();
    expect(seen).toHaveLength(3);
    await world.state.registry.replace(before);
    work = next;
    await work.catchUp();
  });

  test('a damaged file is thrown away, and everything is made anew from the stores', async () => {
    const damaged = { damage: null as string | null, clears: 0 };
    const figures = Object.assign(Object.create(world.figures) as typeof world.figures, {
      position: () => world.figures.position(),
      days: (id: string) => world.figures.days(id),
      chunks: (...args: Parameters<typeof world.figures.chunks>) => world.figures.chunks(...args),
      forgetBefore: async () => {},
      checkpoint: (changes: FiguresCheckpoint) => world.figures.checkpoint(changes),
      clear: async () => {
        damaged.clears++;
        figures.damage = null;
        await world.figures.clear();
      },
      damage: damaged.damage,
    });
    const other = figuresAtWork({ ...world, figures });
    await other.catchUp();
    figures.damage = 'a page is not what was written';
    await other.catchUp();
    expect([damaged.clears, other.keeper.counts.resets, figures.damage]).toEqual([1, 1, null]);
    work = other;
    expect(await stateOfMeter('m3')).toEqual({ state: 'answered', pass: 'retry' });
  });

  test('followers hear of every row of a day that is made, and of nothing else afterwards', async () => {
    const seen: ChangedDay[] = [];
    const follower: Follower = {
      follow: async (changes) => {
        seen.push(...changes);
        return {};
      },
    };
    const figures = await openSqliteFiguresStore(newPath('figures.sqlite'));
    const fresh = figuresAtWork({ ...world, figures, followers: [follower] });
    await fresh.catchUp();
    expect(seen.find(({ date }) => date === DATE)?.rows).toHaveProperty('size', 4);
    expect([...(seen.find(({ date }) => date === DATE)?.rows ?? [])]).toEqual([0, 1, 2, 3]);
    seen.length = 0;
    await fresh.catchUp();
    expect(seen).toEqual([]);
    await figures.close();
  });

  test('a rebuild says which days were kept otherwise, and mends them', async () => {
    const verdicts = async (check: boolean): Promise<DayVerdict[]> => {
      const found: DayVerdict[] = [];
      await work.keeper.rebuild(check, (day) => found.push(day));
      return found;
    };
    const of = (days: readonly DayVerdict[]): string[] => days.map(({ verdict, meters }) => `${verdict} ${meters}`);
    expect(new Set(of(await verdicts(true)))).toEqual(new Set(['identical 0']));
    const day = await today();
    day.importWh[0] = 1;
    day.fact[1] = 0;
    expect((await verdicts(true))[0]).toEqual({ task: FREEZE.id, date: DATE, verdict: 'differs', meters: 2 });
    expect((await verdicts(false))[0]).toMatchObject({ verdict: 'differs', meters: 2 });
    expect(new Set(of(await verdicts(true)))).toEqual(new Set(['identical 0']));
    expect((await today()).importWh[0]).toBe(1000);
  });

  test('days older than figures are kept go at midnight, and the new one comes', async () => {
    const short = figuresAtWork({ ...world, keepFiguresDays: 2 });
    await world.clock.advance(DAY_MS);
    await short.catchUp();
    const dates = (await world.figures.days(FREEZE.id)).map(({ date }) => date);
    expect(dates).toEqual(['2026-11-19', DATE, '2026-11-21']);
  });

  test('a gap in the feed makes everything anew', async () => {
    await world.take(FREEZE, [row('m1', { readAt: SLOT + 2 * DAY_MS })]);
    await world.state.feed.forgetUpTo((await world.state.feed.range()).newest);
    const after = figuresAtWork(world);
    await after.catchUp();
    work = after;
    expect(await stateOfMeter('m1')).toEqual({ state: 'answered', pass: 'late' });
    expect(after.keeper.counts.resets).toBe(1);
  });

  test('an entry that comes between two looks at the feed is no gap, whatever older ones are still there', async () => {
    const tell = (ms: number) => world.take(FREEZE, [], [failure(FREEZE.id, 'm1', SLOT, SLOT + ms, 'crc_error')]);
    await world.figures.clear();
    await tell(7000);
    const { feed } = world.state;
    let looks = 0;
    const told = {
      range: () => feed.range(),
      forgetUpTo: (position: number) => feed.forgetUpTo(position),
      after: async (position: number, limit: number) => {
        const entries = await feed.after(position, limit);
        if (++looks === 1) await tell(8000);
        return entries;
      },
    };
    const other = figuresAtWork({ ...world, state: Object.assign({ ...world.state }, { feed: told }) });
    await other.catchUp();
    const { newest } = await feed.range();
    expect([other.keeper.counts.resets, other.keeper.counts.position]).toEqual([0, newest]);
    work = other;
  });

  test('waits quietly while there is no registry', async () => {
    const state = Object.create(world.state) as typeof world.state;
    const empty = { ...world.state.registry, version: async () => null, load: async () => null };
    const none = figuresAtWork({ ...world, state: Object.assign({ ...state }, world.state, { registry: empty }) });
    expect(await none.keeper.step()).toBe(false);
  });
});
