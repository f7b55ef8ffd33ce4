import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { systemClock } from '#platform/clock.ts';
import { batchesOf, type SpoolRecord } from '../../../collector/spool/record.ts';
import { Spool } from '../../../collector/spool/spool.ts';
import { scratchPaths } from '../../gateway/stores/scratch-folder.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { at, ZONE } from '../../support/plan.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

const scratch = scratchPaths();
const logger = quietLogger();
const AT = at('2026-11-20');

function open(path: string): Promise<Spool> {
  return Spool.open(path, { clock: systemClock(), commitMs: 5, logger });
}

function record(n: number): SpoolRecord {
  return { stream: 'outcome', task: 'freeze-day', columns: ['meter', 'n'], row: ['m1', n] };
}

describe('the spool', () => {
  it('holds results and settled slots over a restart, in the same epoch', async () => {
    const path = scratch('spool.db');
    const first = await open(path);
    const bits = Uint8Array.from([1, 2, 3]);
    await Promise.all([
      first.append([record(1), record(2)], [{ task: 'profile', meter: 'm1', date: '2026-11-20', bits }]),
      first.append([record(3)], []),
    ]);
    await first.close();
    const second = await open(path);
    expect(second.epoch).toBe(first.epoch);
    expect(await second.progress(ZONE)).toEqual([{ task: 'profile', meter: 'm1', date: '2026-11-20', bits }]);
    expect((await second.read(1, 10)).map(({ seq, row }) => [seq, row])).toEqual([
      [1, ['m1', 1]],
      [2, ['m1', 2]],
      [3, ['m1', 3]],
    ]);
    await second.close();
  });

  it('never gives a sequence number twice, even when everything was deleted before the restart', async () => {
    const path = scratch('spool.db');
    const first = await open(path);
    await first.append([record(1), record(2)], []);
    await first.take([[1, 2]]);
    await first.close();
    const second = await open(path);
    expect(await second.oldest()).toBe(3);
    await second.append([record(3)], []);
    expect((await second.read(1, 10)).map(({ seq }) => seq)).toEqual([3]);
    expect((await second.size()).rows).toBe(1);
    await second.close();
  });

  it('tells the settled slots as they are now, and forgets them when slots are named by another time zone', async () => {
    const path = scratch('spool.db');
    const spool = await open(path);
    const day = (n: number) => ({ task: 'profile', meter: 'm1', date: '2026-11-20', bits: Uint8Array.of(n) });
    expect(await spool.progress(ZONE)).toEqual([]);
    await spool.append([], [day(1)]);
    const appended = spool.append([], [day(3)]);
    expect(await spool.progress(ZONE)).toEqual([day(3)]);
    await appended;
    expect(await spool.progress('Asia/Urumqi')).toEqual([]);
    await spool.close();
    const again = await open(path);
    expect(await again.progress('Asia/Urumqi')).toEqual([]);
    await again.close();
  });

  it('knows its size after a restart, an append and a deletion', async () => {
    const path = scratch('spool.db');
    const first = await open(path);
    await first.append([record(1), record(2), record(3)], []);
    await first.close();
    const second = await open(path);
    await second.append([record(4)], []);
    expect(await second.size()).toMatchObject({ rows: 4 });
    await second.take([[1, 3]]);
    expect(await second.size()).toMatchObject({ rows: 1 });
    expect((await second.size()).bytes).toBeGreaterThan(0);
    await second.close();
  });

  it('numbers what it holds from 1 on in a new epoch, what is appended at the same time included', async () => {
    const path = scratch('spool.db');
    const spool = await open(path);
    const { epoch } = spool;
    await spool.append([1, 2, 3, 4].map(record), []);
    await spool.take([[1, 2]]);
    const appended = spool.append([record(5)], []);
    await Promise.all([spool.renew(), appended]);
    await spool.append([record(6)], []);
    expect(spool.epoch).not.toBe(epoch);
    expect(spool.startSeq).toBe(0);
    const held = (await spool.read(1, 10)).map(({ seq, row }) => [seq, row[1]]);
    expect(held).toEqual([3, 4, 5, 6].map((n, i) => [i + 1, n]));
    await spool.close();
    const again = await open(path);
    expect([again.epoch, again.lastSeq]).toEqual([spool.epoch, 4]);
    await again.close();
  });

  it('that cannot be opened for another reason than damage is left where it is', async () => {
    const path = scratch('spool.db');
    mkdirSync(path, { recursive: true });
    await expect(open(path)).rejects.toMatchObject({ code: 'store_failed' });
    expect(readdirSync(dirname(path)).filter((name) => name.includes('damaged'))).toEqual([]);
  });

  it('writes what was appended when it is closed at once', async () => {
    const path = scratch('spool.db');
    const first = await open(path);
    const appended = first.append([record(1)], []);
    await first.close();
    await appended;
    const second = await open(path);
    expect(await second.read(1, 10)).toHaveLength(1);
    await second.close();
  });

  it('that is damaged is set aside and collection goes on in a new epoch', async () => {
    const path = scratch('spool.db');
    const first = await open(path);
    await first.append([record(1)], []);
    await first.close();
    writeFileSync(path, 'this is no database, whatever its name says '.repeat(200));
    const second = await open(path);
    expect(second.epoch).not.toBe(first.epoch);
    expect(await second.read(1, 10)).toEqual([]);
    await second.close();
    expect(readdirSync(dirname(path)).some((name) => name.includes('.damaged-'))).toBe(true);
    expect(logger.lines.some((line) => line.level === 'error' && line.message.includes('set aside'))).toBe(true);
  });

  it('keeps by which job a result was asked for, over a restart', async () => {
    const path = scratch('spool.db');
    const first = await open(path);
    await first.append([record(1), { ...record(2), job: 'j1' }], []);
    await first.close();
    const second = await open(path);
    const held = await second.read(1, 10);
    expect(held).toEqual([
      { ...record(1), seq: 1 },
      { ...record(2), job: 'j1', seq: 2 },
    ]);
    expect(batchesOf([...held, ...held]).map(({ job, rows }) => [job, rows.length])).toEqual([
      [undefined, 2],
      ['j1', 2],
    ]);
    await second.close();
  });

  it('writes at once what somebody waits for, and with it what was waiting', async () => {
    const clock = new ManualClock(AT);
    const spool = await Spool.open(scratch('spool.db'), { clock, commitMs: 60_000, logger });
    const together = spool.append([record(1)], []);
    await spool.append([record(2)], [], 'at once');
    await together;
    expect(await spool.read(1, 10)).toHaveLength(2);
    expect(clock.waiting).toEqual([]);
    await spool.close();
  });

  it('of a program that knew no jobs is taken over with what it holds', async () => {
    const path = scratch('spool.db');
    const first = await open(path);
    await first.append([record(1)], []);
    await first.close();
    const file = new DatabaseSync(path);
    file.exec('ALTER TABLE record DROP COLUMN job');
    file.close();
    const second = await open(path);
    await second.append([{ ...record(2), job: 'j1' }], []);
    expect((await second.read(1, 10)).map(({ job, row }) => [job, row[1]])).toEqual([
      [undefined, 1],
      ['j1', 2],
    ]);
    await second.close();
  });
});
