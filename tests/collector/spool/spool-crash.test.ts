import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '#platform/clock.ts';
import type { SpoolRecord } from '../../../collector/spool/record.ts';
import { Spool } from '../../../collector/spool/spool.ts';
import { stateOf } from '../../../collector/spool/state.ts';
import { scratchPaths } from '../../gateway/stores/scratch-folder.ts';
import { ZONE } from '../../support/plan.ts';
import { quietLogger } from '../../support/quiet-logger.ts';
import { randomFrom, testSeed } from '../../support/random.ts';

/**
 * What a power cut leaves behind: the spool's files as they were at some byte of the last write. Pages are made small,
 * so that every byte of that write can be tried.
 */
const scratch = scratchPaths();
const PAGE_BYTES = 512;
/** SQLite file format, 4.1: header of the write-ahead log, and of each frame in it. */
const LOG_HEADER_BYTES = 32;
const FRAME_BYTES = 24 + PAGE_BYTES;
/** Appends before the last one, each synced. */
const SYNCED = 5;

let database: Buffer;
let log: Buffer;
let epoch: string;
/** Size of the log when everything but the last append was on disk. */
let syncedBytes: number;

function record(n: number): SpoolRecord {
  return { stream: 'outcome', task: 'freeze-day', columns: ['meter', 'n'], row: ['m1', `row ${n} ${'x'.repeat(40)}`] };
}

function day(n: number) {
  return { task: 'freeze-day@day', meter: `m${n}`, date: '2026-11-20', bits: Uint8Array.of(n) };
}

function open(path: string, logger = quietLogger()): Promise<Spool> {
  return Spool.open(path, { clock: systemClock(), commitMs: 1, logger });
}

beforeAll(async () => {
  const path = scratch('spool.db');
  mkdirSync(dirname(path));
  const empty = new DatabaseSync(path);
  empty.exec(`PRAGMA page_size = ${PAGE_BYTES}; CREATE TABLE first (id INTEGER); DROP TABLE first`);
  empty.close();
  const spool = await open(path);
  for (let n = 1; n <= SYNCED; n++) await spool.append([record(n)], [day(n)]);
  syncedBytes = statSync(`${path}-wal`).size;
  await spool.append([record(SYNCED + 1)], [day(SYNCED + 1)]);
  // The files of the open spool: nothing was tidied up by closing it.
  database = readFileSync(path);
  log = readFileSync(`${path}-wal`);
  epoch = spool.epoch;
  await spool.close();
  expect((syncedBytes - LOG_HEADER_BYTES) % FRAME_BYTES).toBe(0);
  expect(log.length).toBeGreaterThan(syncedBytes + FRAME_BYTES);
});

/** Files of a spool whose last write ended so. */
function left(torn: Buffer): string {
  const path = scratch('spool.db');
  mkdirSync(dirname(path));
  writeFileSync(path, database);
  writeFileSync(`${path}-wal`, torn);
  return path;
}

/** The log, cut off at a byte; or as long as it was, with nothing but zeros from there on. */
function cutAt(bytes: number, fill: 'gone' | 'zeros'): Buffer {
  return fill === 'gone'
    ? log.subarray(0, bytes)
    : Buffer.concat([log.subarray(0, bytes), Buffer.alloc(log.length - bytes)]);
}

const rowsUpTo = (last: number): unknown[] => Array.from({ length: last }, (_, i) => [i + 1, record(i + 1).row]);

describe.each(['gone', 'zeros'] as const)('a spool whose last write was torn, the rest being %s', (fill) => {
  it('holds what was synced before and the last append wholly or not at all, wherever it was torn', () => {
    // Thousands of openings: in memory where the system has a folder for that.
    const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'meterway-torn-'));
    const path = join(folder, 'spool.db');
    const found = new Map<string, number>();
    const step = fill === 'gone' ? 1 : 7;
    for (let bytes = log.length; bytes >= syncedBytes; bytes -= step) {
      writeFileSync(path, database);
      writeFileSync(`${path}-wal`, cutAt(bytes, fill));
      const opened = new DatabaseSync(path);
      const rows = opened.prepare('SELECT seq, cells FROM record ORDER BY seq').all();
      const days = opened.prepare('SELECT COUNT(*) AS n FROM progress').get();
      const meta = opened.prepare('SELECT key, value FROM meta').all();
      const state = stateOf(new Map(meta.map(({ key, value }) => [String(key), String(value)])));
      opened.close();
      const seen = JSON.stringify([
        rows.map(({ seq, cells }) => [seq, JSON.parse(String(cells))]),
        days?.['n'],
        state !== 'damaged' && String(state?.lastRow),
      ]);
      found.set(seen, (found.get(seen) ?? 0) + 1);
    }
    rmSync(folder, { recursive: true });
    const expected = [SYNCED, SYNCED + 1].map((n) => JSON.stringify([rowsUpTo(n), n, String(n)]));
    expect([...found.keys()].toSorted()).toEqual(expected.toSorted());
    expect(found.get(expected[1] ?? '')).toBeLessThan(FRAME_BYTES);
  });

  it('goes on in its epoch, with the next number, and settles again what was not synced', async () => {
    const seed = testSeed();
    const random = randomFrom(seed);
    const tail = log.length - syncedBytes;
    const cuts = [
      syncedBytes,
      log.length - 1,
      ...Array.from({ length: 3 }, () => syncedBytes + Math.floor(random() * tail)),
    ];
    for (const bytes of cuts) {
      const where = `byte ${bytes} of ${log.length}, seed ${seed}`;
      const logger = quietLogger();
      const spool = await open(left(cutAt(bytes, fill)), logger);
      expect(spool.epoch, where).toBe(epoch);
      expect(logger.lines, where).toEqual([]);
      const rows = await spool.read(1, 100);
      expect(
        rows.map(({ seq, row }) => [seq, row]),
        where,
      ).toEqual(rowsUpTo(spool.lastSeq));
      expect(
        (await spool.progress(ZONE)).map(({ meter }) => meter),
        where,
      ).toEqual(rows.map((_, i) => `m${i + 1}`));
      await spool.append([record(99)], []);
      expect((await spool.read(spool.lastSeq, 1)).map(({ seq, row }) => [seq, row])).toEqual([
        [rows.length + 1, record(99).row],
      ]);
      await spool.close();
    }
  });
});

describe('a spool whose last write was turned into rubbish', () => {
  it('holds what was synced before it', async () => {
    const rubbish = Buffer.concat([log.subarray(0, syncedBytes), Buffer.alloc(log.length - syncedBytes, 0xa5)]);
    const spool = await open(left(rubbish));
    expect((await spool.read(1, 100)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    await spool.close();
  });
});

describe('a spool file that was damaged below what was synced', () => {
  it('begins a new epoch at number 1, and keeps the damaged files for whoever looks', async () => {
    const path = scratch('spool.db');
    const first = await open(path);
    const many = Array.from({ length: 400 }, (_, n) => record(n));
    await first.append(many, []);
    await first.close();
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 8192);
    writeFileSync(path, bytes);
    const logger = quietLogger();
    const second = await open(path, logger);
    expect(second.epoch).not.toBe(first.epoch);
    expect(second.lastSeq).toBe(0);
    await second.append([record(1)], []);
    expect((await second.read(1, 10)).map(({ seq }) => seq)).toEqual([1]);
    const aside = (logger.lines[0]?.fields as { aside: string } | undefined)?.aside ?? '';
    expect(readFileSync(aside)).toEqual(bytes);
    await second.close();
  });

  it('to nothing at all is a new spool', async () => {
    const path = scratch('spool.db');
    const first = await open(path);
    await first.append([record(1)], []);
    await first.close();
    truncateSync(path, 0);
    const second = await open(path);
    expect(second.epoch).not.toBe(first.epoch);
    expect(await second.oldest()).toBe(1);
    await second.close();
  });
});
