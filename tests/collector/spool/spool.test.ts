import { readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '#platform/clock.ts';
import type { SpoolRecord } from '../../../collector/spool/record.ts';
import { Spool } from '../../../collector/spool/spool.ts';
import { scratchPaths } from '../../gateway/stores/scratch-folder.ts';
import { quietLogger } from '../../support/quiet-logger.ts';

const scratch = scratchPaths();
const logger = quietLogger();

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
    expect(second.stored).toEqual([{ task: 'profile', meter: 'm1', date: '2026-11-20', bits }]);
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
    await first.remove([[1, 2]]);
    await first.close();
    const second = await open(path);
    expect(await second.oldest()).toBe(3);
    await second.append([record(3)], []);
    expect((await second.read(1, 10)).map(({ seq }) => seq)).toEqual([3]);
    expect((await second.size()).rows).toBe(1);
    await second.close();
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
});
