import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SpoolRecord } from '../../../collector/spool/record.ts';
import { Spool } from '../../../collector/spool/spool.ts';
import { NO_LIMITS } from '../../../collector/spool/upkeep.ts';
import { scratchPaths } from '../../gateway/stores/scratch-folder.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

const scratch = scratchPaths();
const DAY_MS = 86_400_000;
const START = 1_795_000_000_000;

let clock: ManualClock;
let path: string;
let spool: Spool;
beforeEach(async () => {
  clock = new ManualClock(START);
  path = scratch('spool.db');
  spool = await open();
});
afterEach(() => spool.close());

function open(keepDays = 7): Promise<Spool> {
  const limits = { ...NO_LIMITS, keepMs: keepDays * DAY_MS };
  return Spool.open(path, { clock, commitMs: 1, logger: quietLogger(), limits });
}

function record(n: number): SpoolRecord {
  return { stream: 'outcome', task: 't', columns: ['n'], row: [n] };
}

/** Appends records with the numbers from `from` to `to`. */
async function append(from: number, to: number): Promise<void> {
  const records = Array.from({ length: to - from + 1 }, (_, i) => record(from + i));
  await spool.append(records, [], 'at once');
}

/** What would be sent, all of it, by what it says. */
async function unsent(): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let from = 1; ; ) {
    const next = await spool.unsent(from, Number.POSITIVE_INFINITY, 3);
    if (!next) return found;
    found.push(...next.records.map(({ row }) => row[0]));
    from = next.to + 1;
  }
}

describe('committed records', () => {
  it('are kept and never sent again, over restarts too', async () => {
    await append(1, 10);
    expect(
      await spool.take([
        [1, 4],
        [7, 8],
      ]),
    ).toMatchObject({ committed: 6, isNews: true, returned: 0 });
    expect(
      await spool.take([
        [1, 4],
        [7, 8],
      ]),
    ).toMatchObject({ committed: 0, isNews: false });
    for (let start = 0; start < 2; start++) {
      expect(await unsent()).toEqual([5, 6, 9, 10]);
      expect(await spool.size()).toMatchObject({ rows: 4, kept: 6 });
      expect(await spool.oldest()).toBe(1);
      await spool.close();
      spool = await open();
    }
  });

  it('are deleted when they are old enough, and not before; what is not committed stays', async () => {
    await append(1, 10);
    await spool.take([
      [1, 4],
      [6, 10],
    ]);
    await clock.advance(3 * DAY_MS);
    await append(11, 20);
    await spool.take([[11, 20]]);
    await clock.advance(4 * DAY_MS);
    await spool.upkeep();
    expect(await spool.size()).toMatchObject({ rows: 1, kept: 19 });
    await clock.advance(1);
    await spool.upkeep();
    expect(await spool.size()).toMatchObject({ rows: 1, kept: 10, oldestAt: START });
    expect(await spool.oldest()).toBe(5);
    expect(await unsent()).toEqual([5]);
  });

  it('are deleted at once when none are to be kept', async () => {
    await spool.close();
    spool = await open(0);
    await append(1, 10);
    await spool.take([[2, 9]]);
    expect(await spool.size()).toMatchObject({ rows: 2, kept: 0 });
    expect(await spool.read(1, 99)).toHaveLength(2);
  });

  it('are deleted in many steps when there are many of them', async () => {
    await append(1, 9000);
    await spool.take([[1, 8999]]);
    await clock.advance(8 * DAY_MS);
    await spool.upkeep();
    expect(await spool.size()).toMatchObject({ rows: 1, kept: 0 });
  });
});

describe('an ack that names as missing what was committed', () => {
  it('is believed when it says something new: the centre was restored', async () => {
    await append(1, 12);
    await spool.take([[1, 10]]);
    expect(
      await spool.take(
        [
          [1, 3],
          [11, 12],
        ],
        [[4, 10]],
      ),
    ).toMatchObject({ committed: 2, returned: 7 });
    expect(await unsent()).toEqual([4, 5, 6, 7, 8, 9, 10]);
    expect(await spool.size()).toMatchObject({ rows: 7, kept: 5 });
  });

  it('is not believed when it says nothing new: it is late', async () => {
    await append(1, 12);
    await spool.take([[1, 10]]);
    expect(
      await spool.take(
        [
          [1, 3],
          [9, 10],
        ],
        [[4, 8]],
      ),
    ).toMatchObject({ isNews: false, returned: 0 });
    expect(await unsent()).toEqual([11, 12]);
  });

  it('tells when something is kept from before the epoch: no ack can name that', async () => {
    await append(1, 6);
    await spool.take([[1, 4]]);
    await spool.renew();
    await append(7, 8);
    await spool.take([[1, 3]]);
    expect(await unsent()).toEqual([8]);
    const taken = await spool.take([[4, 4]], [[1, 3]]);
    expect(taken).toMatchObject({ returned: 3, hasOlder: true });
    await spool.renew('everything');
    expect(await unsent()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await spool.size()).toMatchObject({ rows: 8, kept: 0 });
  });
});

describe('an ack whose ranges overlap or run backwards', () => {
  it('counts every record once', async () => {
    await append(1, 10);
    await spool.take([
      [1, 5],
      [3, 6],
      [9, 7],
    ]);
    expect(await spool.size()).toMatchObject({ rows: 4, kept: 6 });
    expect(await unsent()).toEqual([7, 8, 9, 10]);
  });
});

describe('a replay', () => {
  it('sends what was written since a moment once more, in a new epoch, and what waits anyway', async () => {
    await append(1, 5);
    await clock.advance(DAY_MS);
    await append(6, 10);
    await spool.take([[1, 9]]);
    const { epoch } = spool;
    expect(await spool.replay('r1', START + DAY_MS)).toEqual({ id: 'r1', at: START + DAY_MS, rows: 5 });
    expect(spool.epoch).not.toBe(epoch);
    expect(await unsent()).toEqual([6, 7, 8, 9, 10]);
    expect([spool.lastSeq, await spool.oldest()]).toEqual([5, 1]);
    expect(await spool.size()).toMatchObject({ rows: 5, kept: 5 });
    await append(11, 11);
    expect(spool.lastSeq).toBe(6);
    // What is older than the replay stays until it is old enough.
    await clock.advance(6 * DAY_MS + 1);
    await spool.upkeep();
    expect(await spool.size()).toMatchObject({ rows: 6, kept: 0 });
  });

  it('of a moment after everything sends what waits', async () => {
    await append(1, 5);
    await spool.take([[1, 3]]);
    expect(await spool.replay('r1', START + 1)).toMatchObject({ rows: 2 });
    expect(await unsent()).toEqual([4, 5]);
  });

  it('is done once for each id, over a restart too, and the last one asked for is told', async () => {
    await append(1, 5);
    await spool.replay('r1', 0);
    await spool.replay('r2', 0);
    await spool.close();
    spool = await open();
    const { epoch } = spool;
    expect(spool.replayed).toMatchObject({ id: 'r2', rows: 5 });
    expect(await spool.replay('r1', 0)).toMatchObject({ id: 'r1', rows: 5 });
    expect([spool.epoch, spool.replayed?.id]).toEqual([epoch, 'r1']);
  });
});

describe('a file of a program that kept nothing', () => {
  it('goes on in its epoch, with what it holds and with the next number', async () => {
    await append(1, 6);
    const { epoch } = spool;
    await spool.close();
    const file = new DatabaseSync(path);
    file.exec(
      'DELETE FROM record WHERE seq <= 4; DELETE FROM meta; ALTER TABLE record DROP COLUMN crc; DROP TABLE damaged; ' +
        `ALTER TABLE progress DROP COLUMN crc; INSERT INTO meta VALUES ('epoch', '${epoch}'), ('lastSeq', '6')`,
    );
    file.close();
    spool = await open();
    expect([spool.epoch, spool.lastSeq]).toEqual([epoch, 6]);
    await append(7, 7);
    expect(await unsent()).toEqual([5, 6, 7]);
    expect(await spool.size()).toMatchObject({ rows: 3, kept: 0, damaged: 0 });
  });
});
