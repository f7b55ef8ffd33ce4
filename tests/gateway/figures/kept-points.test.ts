import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slotsOfDay } from '#contract/calendar.ts';
import { QUALITIES, type Quality, qualityCode } from '#contract/quality.ts';
import { addDays } from '#contract/zone.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import type { FeedReadings } from '#stores/feed-store.ts';
import { CHUNK_ROWS, type DayChunk, type DayHead } from '#stores/figures-store.ts';
import { KeptPoints } from '../../../gateway/figures/kept-points.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { at, meter, registry, task, ZONE } from '../domain/site.ts';

const DATE = '2026-11-20';
const SLOTS = slotsOfDay(task('profile').calendar, ZONE, DATE);
const IDS = ['m0', 'm1', 'm2'];

interface Point {
  readonly meter: string;
  readonly slot: number;
  readonly quality: Quality;
}

/** Stores that hold what they are given, and keepers of points over them. */
class Bench {
  readonly heads = new Map<string, DayHead>();
  readonly chunksThere = new Map<string, DayChunk>();
  stored: Point[] = [];
  meters: string[] = [...IDS];
  asked = 0;
  readonly clock = new ManualClock(at(DATE, '23:59'));

  keeper(): KeptPoints {
    const index = new RegistryIndex(
      registry({ meters: IDS.map((id) => meter(id, { collectedFrom: at('2026-11-01') })) }),
    );
    return new KeptPoints({
      days: () => ({ registry: index, meters: this.meters, rowOf: (id) => this.#rowOf(id) }),
      readings: {
        marks: async (_task, slots) => {
          this.asked++;
          return this.stored.filter(({ slot }) => slots.includes(slot)).map((each) => ({ ...each, readAt: each.slot }));
        },
      },
      figures: {
        days: async () => [...this.heads.values()],
        chunks: async (_task, date) => [...this.chunksThere.values()].filter((each) => each.date === date),
      },
      clock: this.clock,
      keepDays: 5,
    });
  }

  #rowOf(id: string): number | undefined {
    const row = this.meters.indexOf(id);
    return row < 0 ? undefined : row;
  }

  save(kept: KeptPoints): void {
    const { days, chunks } = kept.drain();
    for (const head of days) this.heads.set(head.date, head);
    for (const each of chunks) this.chunksThere.set(`${each.date} ${each.column} ${each.chunk}`, each);
  }

  bytes(date = DATE): string {
    return ['got', 'doubtful'].map((column) => `${this.chunksThere.get(`${date} ${column} 0`)?.bytes}`).join(' / ');
  }
}

function told(points: readonly Point[]): { readings: FeedReadings[] } {
  return {
    readings: [
      {
        task: 'profile',
        meters: points.map((point) => point.meter),
        slots: points.map(({ slot }) => slot),
        readAts: points.map(({ slot }) => slot),
        qualities: points.map(({ quality }) => qualityCode(quality)),
      },
    ],
  };
}

async function wholeOf(kept: KeptPoints): Promise<void> {
  while (await kept.upkeep());
}

const point = fc.record({
  meter: fc.constantFrom(...IDS, 'stranger'),
  slot: fc.constantFrom(...SLOTS.slice(0, 9), at(DATE, '00:01')),
  quality: fc.constantFrom(...QUALITIES),
});

describe('kept points', () => {
  it('are the same whether they come one by one, all at once, twice, after a restart, or from the stores', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(point, { maxLength: 20 }), fc.nat(20), async (points, cut) => {
        const atOnce = new Bench();
        const first = atOnce.keeper();
        await first.upkeep();
        await first.take(told(points));
        await wholeOf(first);
        atOnce.save(first);

        const restarted = new Bench();
        const before = restarted.keeper();
        await wholeOf(before);
        await before.take(told(points.slice(cut).toReversed()));
        restarted.save(before);
        const after = restarted.keeper();
        for (const each of points.slice(0, cut)) await after.take(told([each]));
        await after.take(told(points));
        restarted.save(after);
        expect(restarted.bytes()).toBe(atOnce.bytes());

        const stored = new Bench();
        stored.stored = points;
        const made = stored.keeper();
        await wholeOf(made);
        stored.save(made);
        expect(stored.bytes()).toBe(atOnce.bytes());
      }),
      { numRuns: 40 },
    );
  });

  it('make every day that is missing once, newest first, and the new day when it begins', async () => {
    const bench = new Bench();
    const kept = bench.keeper();
    const made: string[] = [];
    while (await kept.upkeep()) {
      made.push(...kept.drain().days.map(({ date }) => date));
    }
    expect(made).toEqual([0, 1, 2, 3, 4, 5].map((days) => addDays(DATE, -days)));
    await bench.clock.advance(3_600_000);
    expect(await kept.upkeep()).toBe(true);
    expect(kept.drain().days.map(({ date }) => date)).toEqual(['2026-11-21']);
    expect(await kept.upkeep()).toBe(false);
  });

  it('are not put on disk before they are whole, and take in what is told meanwhile', async () => {
    const bench = new Bench();
    bench.stored = [{ meter: 'm2', slot: at(DATE, '23:45'), quality: 'valid' }];
    const kept = bench.keeper();
    await kept.upkeep();
    await kept.take(told([{ meter: 'm0', slot: at(DATE), quality: 'valid' }]));
    expect([bench.asked, kept.drain().days]).toEqual([8, []]);
    await wholeOf(kept);
    bench.save(kept);
    expect(bench.bytes().split(' / ')[0]).toBe([1, ...Array(34).fill(0), 128].join(','));
  });

  it('leave out days that are older than what is kept, and other tasks', async () => {
    const bench = new Bench();
    const kept = bench.keeper();
    await kept.take(told([{ meter: 'm0', slot: at('2026-11-10'), quality: 'valid' }]));
    const freeze = { ...told([]).readings[0], task: 'freeze-day', meters: ['m0'], slots: [at(DATE)] } as FeedReadings;
    await kept.take({ readings: [freeze] });
    expect(kept.drain().days).toEqual([]);
  });

  it('give only the chunks that changed, under a version that rises', async () => {
    const bench = new Bench();
    bench.meters = Array.from({ length: CHUNK_ROWS + 5 }, (_, row) => `m${row}`);
    const kept = bench.keeper();
    await wholeOf(kept);
    expect(kept.drain().chunks.filter(({ date }) => date === DATE)).toHaveLength(4);
    await kept.take(told([{ meter: `m${CHUNK_ROWS}`, slot: at(DATE), quality: 'valid' }]));
    const { days, chunks } = kept.drain();
    const version = bench.clock.now() + 1;
    expect(days.map((day) => [day.rows, day.version])).toEqual([[CHUNK_ROWS + 5, version]]);
    expect(chunks.map((each) => [each.column, each.chunk, each.version, each.bytes.length])).toEqual([
      ['got', 1, version, 60],
      ['doubtful', 1, version, 60],
    ]);
    expect(kept.drain()).toEqual({ days: [], chunks: [] });
  });

  it('stay in memory until they are on disk, however many days change', async () => {
    const bench = new Bench();
    const kept = bench.keeper();
    const points = [0, 1, 2, 3, 4].map((days) => ({
      meter: 'm1',
      slot: at(addDays(DATE, -days)),
      quality: 'valid' as const,
    }));
    for (const each of points) await kept.take(told([each]));
    await wholeOf(kept);
    kept.drain();
    for (const each of points) await kept.take(told([{ ...each, meter: 'm2' }]));
    bench.save(kept);
    for (const { slot } of points) {
      const date = [...bench.heads.keys()].find((each) => at(each) === slot) ?? '';
      expect(bench.bytes(date).split(' / ')[0]).toBe(
        [...Array(12).fill(0), 1, ...Array(11).fill(0), 1, ...Array(11).fill(0)].join(','),
      );
    }
  });

  it('come back under a higher version after a reset, and in a new file', async () => {
    const bench = new Bench();
    const versionOf = (): number => bench.heads.get(DATE)?.version ?? 0;
    const kept = bench.keeper();
    await wholeOf(kept);
    bench.save(kept);
    const first = versionOf();
    bench.heads.clear();
    await kept.reset();
    await wholeOf(kept);
    bench.save(kept);
    const second = versionOf();
    bench.heads.clear();
    bench.clock.jump(60_000);
    const other = bench.keeper();
    await wholeOf(other);
    bench.save(other);
    expect([first, second > first, versionOf() > second]).toEqual([bench.clock.now() - 60_000, true, true]);
  });

  it('are made anew from the stores after a reset', async () => {
    const bench = new Bench();
    const kept = bench.keeper();
    await wholeOf(kept);
    bench.save(kept);
    bench.stored = [{ meter: 'm0', slot: at(DATE), quality: 'valid' }];
    bench.heads.clear();
    bench.chunksThere.clear();
    await kept.reset();
    await wholeOf(kept);
    bench.save(kept);
    expect(bench.bytes().startsWith('1,0')).toBe(true);
  });

  it('tell whose value of a slot came, from memory or from disk, and nothing of a day that is not whole yet', async () => {
    const bench = new Bench();
    const [first = 0, second = 0] = SLOTS;
    bench.stored = [{ meter: 'm1', slot: first, quality: 'valid' }];
    const kept = bench.keeper();
    expect(await kept.rowsAt('profile', DATE, first)).toBe('later');
    await kept.upkeep();
    expect(await kept.rowsAt('profile', DATE, first)).toBe('later');
    await wholeOf(kept);
    await kept.take(told([{ meter: 'm2', slot: first, quality: 'suspect' }]));
    expect([...((await kept.rowsAt('profile', DATE, first)) ?? [])]).toEqual([1, 2]);
    expect([...((await kept.rowsAt('profile', DATE, second)) ?? [])]).toEqual([]);
    bench.save(kept);
    expect([...((await bench.keeper().rowsAt('profile', DATE, first)) ?? [])]).toEqual([1, 2]);
    expect(await kept.rowsAt('profile', DATE, first + 1)).toBeNull();
    expect(await kept.rowsAt('profile', addDays(DATE, -40), first)).toBeNull();
    expect(await kept.rowsAt('freeze-day', DATE, first)).toBeNull();
  });

  it('are read for others without being taken into memory, where only the keeper may change them', async () => {
    const bench = new Bench();
    const before = bench.keeper();
    await wholeOf(before);
    bench.save(before);
    const kept = bench.keeper();
    const [slot = 0] = SLOTS;
    await Promise.all([
      kept.rowsAt('profile', DATE, slot),
      kept.take(told([{ meter: 'm0', slot, quality: 'valid' }])),
      kept.rowsAt('profile', DATE, slot),
    ]);
    expect([...((await kept.rowsAt('profile', DATE, slot)) ?? [])]).toEqual([0]);
    bench.save(kept);
    expect([...((await bench.keeper().rowsAt('profile', DATE, slot)) ?? [])]).toEqual([0]);
  });
});
