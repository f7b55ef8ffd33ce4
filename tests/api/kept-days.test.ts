import { describe, expect, it } from 'vitest';
import { bytesOf, emptyDay } from '#domain/collection/day-columns.ts';
import { answeredCode, CLASS_CODES } from '#domain/collection/slot-state.ts';
import { RegistryIndex } from '#domain/registry-index.ts';
import { CHUNK_ROWS, type DayChunk, type DayColumnName, type DayHead } from '#stores/figures-store.ts';
import { KeptDays } from '../../api/queries/kept-days.ts';
import { at, meter, registry } from '../gateway/domain/site.ts';
import { ManualClock } from '../support/manual-clock.ts';

const DATE = '2026-11-20';
const FIRST = answeredCode('first');
const ROWS = CHUNK_ROWS + 10;

/** Kept days as a list of chunks, with what was asked of it. */
class FewDays {
  heads: DayHead[] = [];
  chunksThere: DayChunk[] = [];
  readonly asked: { readonly names: readonly DayColumnName[]; readonly after: number }[] = [];
  looks = 0;

  async days(): Promise<DayHead[]> {
    this.looks++;
    return this.heads;
  }

  async chunks(_task: string, date: string, names: readonly DayColumnName[], after: number): Promise<DayChunk[]> {
    this.asked.push({ names, after });
    return this.chunksThere.filter((each) => each.date === date && names.includes(each.column) && each.version > after);
  }

  put(version: number, rows: number, changed: readonly number[], date = DATE): void {
    const day = emptyDay('freeze-day', date, at(date), rows);
    day.class.fill(CLASS_CODES.due);
    day.fact.fill(FIRST);
    this.heads = [
      ...this.heads.filter((head) => head.date !== date),
      { task: 'freeze-day', date, slots: [at(date)], rows, version },
    ];
    for (const chunk of changed) {
      for (const column of ['class', 'fact', 'flags', 'minutes'] as const) {
        const bytes = bytesOf(day, column, chunk * CHUNK_ROWS, (chunk + 1) * CHUNK_ROWS);
        this.chunksThere.push({ task: 'freeze-day', date, column, chunk, version, bytes });
      }
    }
  }
}

function keptDays(ids: () => string[] = () => []) {
  const store = new FewDays();
  const clock = new ManualClock(at(DATE));
  return { store, clock, kept: new KeptDays(store, { all: async () => ids() }, clock) };
}

describe('kept days in memory', () => {
  it('are read once, and of a day that changes only the chunks that did', async () => {
    const { store, clock, kept } = keptDays();
    store.put(3, ROWS, [0, 1]);
    const day = await kept.of('freeze-day', DATE, ['class', 'fact']);
    expect([day?.rows, day?.column('fact')[ROWS - 1], day?.column('fact')[0]]).toEqual([ROWS, FIRST, FIRST]);
    await clock.advance(300);
    await kept.of('freeze-day', DATE, ['class', 'fact']);
    store.put(4, ROWS, [1]);
    await clock.advance(300);
    await kept.of('freeze-day', DATE, ['class', 'fact']);
    await kept.of('freeze-day', DATE, ['minutes', 'fact']);
    expect(store.asked).toEqual([
      { names: ['class', 'fact'], after: 0 },
      { names: ['class', 'fact'], after: 3 },
      { names: ['minutes'], after: 0 },
    ]);
    expect(store.looks).toBe(3);
  });

  it('hold rows that nobody has kept yet as not due and without an answer', async () => {
    const { store, clock, kept } = keptDays();
    store.put(1, 10, [0]);
    await kept.of('freeze-day', DATE, ['class', 'minutes']);
    store.put(2, 2 * CHUNK_ROWS, []);
    await clock.advance(300);
    const day = await kept.of('freeze-day', DATE, ['class', 'minutes']);
    expect([day?.column('class')[9], day?.column('class')[CHUNK_ROWS]]).toEqual([CLASS_CODES.due, CLASS_CODES.not_due]);
    expect(day?.minutes[2 * CHUNK_ROWS - 1]).toBe(65_535);
  });

  it('lose nothing of a checkpoint that came between the look at the heads and at the chunks', async () => {
    const { store, clock, kept } = keptDays();
    store.put(1, 10, [0]);
    await kept.heads('freeze-day');
    store.put(2, ROWS, [0, 1]);
    await kept.of('freeze-day', DATE, ['fact']);
    await clock.advance(300);
    const day = await kept.of('freeze-day', DATE, ['fact']);
    expect([day?.rows, day?.column('fact')[ROWS - 1]]).toEqual([ROWS, FIRST]);
    expect(store.asked).toHaveLength(1);
  });

  it('are read from the beginning when they were made anew under a lower version', async () => {
    const { store, clock, kept } = keptDays();
    store.put(7, 10, [0]);
    await kept.of('freeze-day', DATE, ['fact']);
    store.chunksThere = [];
    store.put(1, 5, []);
    await clock.advance(300);
    const day = await kept.of('freeze-day', DATE, ['fact']);
    expect([day?.rows, day?.column('fact')[0]]).toEqual([5, CLASS_CODES.due]);
    store.heads = [];
    await clock.advance(300);
    expect(await kept.of('freeze-day', DATE, ['fact'])).toBeNull();
  });

  it('refuse a column that was not asked for', async () => {
    const { store, kept } = keptDays();
    store.put(1, 10, [0]);
    const day = await kept.of('freeze-day', DATE, ['fact']);
    expect(() => day?.column('flags')).toThrow('flags');
  });
});

describe('the places of rows', () => {
  it('are read again when there are rows that are not known, and made again with another registry', async () => {
    let ids = ['m1', 'gone'];
    const { kept } = keptDays(() => ids);
    const index = new RegistryIndex(registry({ meters: [meter('m1'), meter('m2')] }));
    const places = await kept.places(index, 2);
    expect(places.groups('area')).toEqual({ of: Int32Array.of(0, -1), keys: ['a1'] });
    expect(await kept.places(index, 1)).toBe(places);
    ids = [...ids, 'm2'];
    expect((await kept.places(index, 3)).groups('area').of).toEqual(Int32Array.of(0, -1, 0));
    const other = new RegistryIndex(registry({ meters: [meter('gone', { area: 'a9' })] }));
    expect((await kept.places(other, 3)).groups('area')).toEqual({ of: Int32Array.of(-1, 0, -1), keys: ['a9'] });
  });
});
