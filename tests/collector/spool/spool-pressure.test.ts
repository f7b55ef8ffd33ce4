import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SpoolRecord } from '../../../collector/spool/record.ts';
import { Spool } from '../../../collector/spool/spool.ts';
import { scratchPaths } from '../../gateway/stores/scratch-folder.ts';
import { ManualClock, settle } from '../../support/manual-clock.ts';
import { ZONE } from '../../support/plan.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

const scratch = scratchPaths();
const COMMIT_MS = 200;

let clock: ManualClock;
let path: string;
let spool: Spool;
let logger: ReturnType<typeof quietLogger>;
beforeEach(async () => {
  clock = new ManualClock(1_795_000_000_000);
  path = scratch('spool.db');
  logger = quietLogger();
  spool = await open();
  return () => spool.close();
});

function open(): Promise<Spool> {
  return Spool.open(path, { clock, commitMs: COMMIT_MS, logger });
}

function records(count: number, from = 0): SpoolRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    stream: 'outcome',
    task: 'freeze-day',
    columns: ['meter', 'n'],
    row: ['m1', from + i],
  }));
}

const stored = async (): Promise<number> => (await spool.size()).rows;

describe('results', () => {
  it('are written together when the commit time is over, and count only then', async () => {
    let commits = 0;
    let done = 0;
    spool.onAppended(() => void commits++);
    const appends = [1, 2, 3].map((n) => spool.append(records(n), []).then(() => void done++));
    await clock.advance(COMMIT_MS - 1);
    expect(await stored()).toBe(0);
    expect(done).toBe(0);
    await clock.advance(1);
    await Promise.all(appends);
    expect(await stored()).toBe(6);
    expect(commits).toBe(1);
    expect(clock.waiting).toEqual([]);
  });

  it('are written at once when there are enough of them', async () => {
    await spool.append(records(500), []);
    expect(await stored()).toBe(500);
    expect(clock.mono()).toBe(0);
    expect(clock.waiting).toEqual([]);
  });

  it('keep the order in which they were appended, over several writes at a time', async () => {
    const appends: Promise<void>[] = [];
    for (let from = 0; from < 3000; from += 100) appends.push(spool.append(records(100, from), []));
    await clock.advance(COMMIT_MS);
    await Promise.all(appends);
    const rows = await spool.read(1, 5000);
    expect(rows.map(({ seq, row }) => [seq, row[1]])).toEqual(Array.from({ length: 3000 }, (_, i) => [i + 1, i]));
  });

  it('appended in the moment in which the last write ends are written too', async () => {
    const before = spool.append(records(500), []);
    let done = 0;
    let again: Promise<void> = before.then(() => undefined);
    for (let step = 1; step < 12; step++) {
      again = again.then(() => spool.append(records(500, step * 500), []).then(() => void done++));
      for (let i = 0; i < step; i++) again = again.then(() => undefined);
    }
    await again;
    expect(done).toBe(11);
    expect(await stored()).toBe(6000);
  });

  it('of one day keep the marks of the last append in a write', async () => {
    const day = (bits: number) => ({ task: 't', meter: 'm1', date: '2026-11-20', bits: Uint8Array.of(bits) });
    const appends = [1, 3, 7].map((bits) => spool.append(records(1), [day(bits)]));
    await clock.advance(COMMIT_MS);
    await Promise.all(appends);
    await spool.close();
    spool = await open();
    expect(await spool.progress(ZONE)).toEqual([day(7)]);
  });
});

/** Whether there is room for results now. */
async function isRoom(): Promise<boolean> {
  let free = false;
  void spool.room().then(() => {
    free = true;
  });
  await Promise.resolve();
  await Promise.resolve();
  return free;
}

describe('the room for results', () => {
  it('is there while the disk keeps up', async () => {
    expect(await isRoom()).toBe(true);
    const appended = spool.append(records(400), []);
    expect(await isRoom()).toBe(true);
    await clock.advance(COMMIT_MS);
    await appended;
    expect(await isRoom()).toBe(true);
  });

  it('ends at 5000 results that are not on disk, and is there again when they are', async () => {
    const appends = Array.from({ length: 10 }, (_, i) => spool.append(records(500, i * 500), []));
    expect(await isRoom()).toBe(false);
    await spool.room();
    expect(await stored()).toBe(5000);
    await Promise.all(appends);
    expect(await isRoom()).toBe(true);
    const one = spool.append(records(1), []);
    expect(clock.waiting).toEqual(['spool commit']);
    await clock.advance(COMMIT_MS);
    await one;
  });

  it('comes back even when the disk has refused, so that the line can be ended', async () => {
    await spool.close();
    const appends = Array.from({ length: 10 }, (_, i) => spool.append(records(500, i * 500), []));
    const ended = Promise.allSettled(appends);
    await spool.room();
    expect((await ended).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 'rejected'));
    await settle();
  });
});

describe('a store that is busy', () => {
  it('loses no result: they wait in memory, and are written in their order when it is free again', async () => {
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const appends = Array.from({ length: 10 }, (_, i) => spool.append(records(500, i * 500), []));
    await vi.waitFor(() => expect(clock.waiting).toEqual(['spool retry']), 15_000);
    expect(await isRoom()).toBe(false);
    expect(await stored()).toBe(0);
    other.exec('ROLLBACK');
    other.close();
    await clock.advance(1000);
    await Promise.all(appends);
    expect((await spool.read(1, 6000)).map(({ row }) => row[1])).toEqual(Array.from({ length: 5000 }, (_, i) => i));
    expect(await isRoom()).toBe(true);
    const told = logger.lines.map(({ level, message }) => `${level} ${message}`);
    expect(told).toEqual([
      'warn the spool takes no results for now; they wait in memory',
      'info the spool takes results again',
    ]);
  }, 30_000);
});

describe('what is removed', () => {
  it('is counted, and what was removed before is not counted again', async () => {
    await spool.append(records(500), []);
    expect((await spool.take([])).committed).toBe(0);
    const two = [
      [1, 100],
      [201, 300],
    ] as const;
    expect((await spool.take(two)).committed).toBe(200);
    expect((await spool.take([[1, 300]])).committed).toBe(100);
    expect(await spool.oldest()).toBe(301);
    expect(await stored()).toBe(200);
  });

  it('of the settled days are those before a date', async () => {
    const days = ['2026-11-18', '2026-11-19', '2026-11-20'].map((date) => ({
      task: 't',
      meter: 'm1',
      date,
      bits: Uint8Array.of(1),
    }));
    const appended = spool.append([], days);
    await clock.advance(COMMIT_MS);
    await appended;
    await spool.forgetBefore('2026-11-19');
    await spool.close();
    spool = await open();
    expect((await spool.progress(ZONE)).map(({ date }) => date)).toEqual(['2026-11-19', '2026-11-20']);
  });
});
