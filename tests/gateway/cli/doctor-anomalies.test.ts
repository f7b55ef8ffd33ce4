import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { holdLock } from '#platform/sqlite/lock.ts';
import { ANOMALY_CHECKS } from '../../../gateway/cli/doctor/anomalies.ts';
import type { Examined } from '../../../gateway/cli/doctor/check.ts';
import { scratchPaths } from '../stores/scratch-folder.ts';

const newPath = scratchPaths();

test('finds that nobody judges the readings', async () => {
  const dataDir = newPath('data');
  mkdirSync(join(dataDir, 'centre'), { recursive: true });
  const find = async () => {
    const found = await Promise.all(ANOMALY_CHECKS.map(({ run }) => run({ dataDir } as Examined)));
    return found.flat().map(({ verdict, what }) => `${verdict}: ${what}`);
  };
  expect(await find()).toEqual(['fault: no anomalies process is running']);
  const release = holdLock(join(dataDir, 'centre', 'anomalies.lock'), 'test');
  expect(await find()).toEqual(['ok: the anomalies process is running']);
  release();
});
