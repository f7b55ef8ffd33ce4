import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_TASKS } from '#contract/tasks.ts';
import { MissingFile } from '../../collector/missing-file.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const HOUR = 3_600_000;
const meter = {
  id: 'm1',
  line: 'L',
  address: '1',
  model: 'dlt645-1ph',
  installedAt: 0,
  removedAt: null,
  collectedFrom: 0,
};

let folder: string;
let clock: ManualClock;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'missing-'));
  clock = new ManualClock(Date.parse('2026-11-20T00:00:00Z'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(meters = [meter]): MissingFile {
  const file = new MissingFile(join(folder, 'missing.json'), { clock, logger: quietLogger() });
  file.adopt(meters);
  return file;
}

describe('what meters lack', () => {
  it('is known again after a restart', () => {
    const before = open();
    before.add('m1', '0201FF00', 'error 02');
    before.close();
    const after = open();
    expect(after.has('m1', '0201FF00')).toBe(true);
    expect(after.has('m1', '02010100')).toBe(false);
    expect(after.of('m1')).toEqual([{ item: '0201FF00', why: 'error 02', at: clock.now(), heard: 1 }]);
  });

  it('is stored a minute after a burst of news, in one go', async () => {
    const file = open();
    for (const item of ['a', 'b', 'c']) file.add('m1', item, 'error 02');
    expect(existsSync(join(folder, 'missing.json'))).toBe(false);
    await clock.advance(60_000);
    expect(JSON.parse(readFileSync(join(folder, 'missing.json'), 'utf8')).meters[0].items).toHaveLength(3);
  });

  it('is asked for again after an hour, then a day, then two: while what was frozen meanwhile is still fetched', async () => {
    const file = open();
    const [freeze] = DEFAULT_TASKS;
    expect(2).toBeLessThan(freeze?.repairDays ?? 0);
    for (const believed of [HOUR, 24 * HOUR, 48 * HOUR, 48 * HOUR]) {
      file.add('m1', 'x', 'error 02');
      await clock.advance(believed - 1000);
      expect(file.has('m1', 'x')).toBe(true);
      // Heard once more while it is believed: no further proof.
      file.add('m1', 'x', 'error 02');
      await clock.advance(1000);
      expect(file.has('m1', 'x')).toBe(false);
    }
  });

  it('is forgotten with the device: another model, another address, or gone from the plan', () => {
    for (const changed of [[{ ...meter, model: 'dlt645-3ph' }], [{ ...meter, address: '2' }], []]) {
      const before = open();
      before.add('m1', 'x', 'error 02');
      before.close();
      const after = open(changed);
      expect(after.has('m1', 'x')).toBe(false);
      after.close();
      expect(open().has('m1', 'x')).toBe(false);
    }
  });

  it('does without a file that cannot be used', () => {
    for (const text of ['', '{"v":1', '{"v":2,"meters":[]}', '{"v":1,"meters":[{"meter":1}]}']) {
      writeFileSync(join(folder, 'missing.json'), text);
      const file = open();
      expect(file.has('m1', 'x')).toBe(false);
      file.add('m1', 'x', 'error 02');
      file.close();
      expect(open().has('m1', 'x')).toBe(true);
    }
  });

  it('learns nothing of meters that it does not have', () => {
    const file = open();
    file.add('stranger', 'x', 'error 02');
    expect(file.has('stranger', 'x')).toBe(false);
  });
});
