import { expect, test } from 'vitest';
import { SqliteClient } from '#platform/sqlite/client.ts';
import { commitStatements } from '#stores/sqlite-state/ledger-commit.ts';
import { openSqliteStateStore } from '#stores/sqlite-state/store.ts';
import { scratchPaths } from './scratch-folder.ts';
import { commit } from './state-samples.ts';

const newPath = scratchPaths();

test('a feed that nobody reads keeps its newest entries, without a gap, and stays within its bound', async () => {
  const path = newPath();
  await (await openSqliteStateStore(path)).close();
  const client = await SqliteClient.open(path);
  const tell = (meters: number): Promise<number[]> => {
    const ids = Array.from({ length: meters }, (_, i) => `m${i}`);
    const columns = { slots: ids.map(() => 5), readAts: ids.map(() => 6), qualities: ids.map(() => 0) };
    const feed = { readings: [{ task: 'freeze-day', meters: ids, ...columns }] };
    return client.transaction(commitStatements(commit({ feed }), 2000));
  };
  for (let i = 0; i < 40; i++) await tell(i % 7);
  const kept = await client.all<{ position: number; size: number }>(
    'SELECT position, length(content_json) AS size FROM feed ORDER BY position',
  );
  const positions = kept.map(({ position }) => position);
  expect(positions).toEqual(positions.map((_, i) => 40 - positions.length + 1 + i));
  const size = kept.reduce((sum, each) => sum + each.size, 0);
  // One entry more than the bound at most.
  expect(size).toBeLessThanOrEqual(2000 + 200);
  expect(size).toBeGreaterThan(1500);
  await client.close();
});
