import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { openSqliteJudgeStates } from '#stores/sqlite-judge-states/store.ts';
import { scratchPaths } from './scratch-folder.ts';

const newPath = scratchPaths();
const state = (...numbers: number[]) => Float64Array.from(numbers);

test('states are given back as they were, by basis, day and meter, also after the file was closed', async () => {
  const path = newPath('anomalies.sqlite');
  const store = await openSqliteJudgeStates(path);
  await store.put('curve', 1000, [
    { meter: 'm1', state: state(1, -0.5, 2 ** 53) },
    { meter: 'm2', state: state() },
  ]);
  await store.put('curve', 1000, [{ meter: 'm2', state: state(7) }]);
  await store.put('days', 1000, [{ meter: 'm1', state: state(9) }]);
  await store.complete('curve', 1000);
  await store.complete('curve', 1000);
  await store.close();
  const again = await openSqliteJudgeStates(path);
  expect(await again.days('curve')).toEqual([1000]);
  expect(await again.days('days')).toEqual([]);
  expect(await again.of('curve', 1000, ['m1', 'm2', 'm3'])).toEqual(
    new Map([
      ['m1', state(1, -0.5, 2 ** 53)],
      ['m2', state(7)],
    ]),
  );
  expect(await again.after('curve', 1000, '', 1)).toEqual([{ meter: 'm1', state: state(1, -0.5, 2 ** 53) }]);
  expect(await again.after('curve', 1000, 'm1', 9)).toEqual([{ meter: 'm2', state: state(7) }]);
  await again.forgetBefore('curve', 1001);
  expect(await again.days('curve')).toEqual([]);
  expect(await again.after('curve', 1000, '', 9)).toEqual([]);
  expect(await again.of('days', 1000, ['m1'])).toHaveProperty('size', 1);
  await again.close();
});

test('a file that is no database is thrown away and made again', async () => {
  const path = newPath('anomalies.sqlite');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'nonsense'.repeat(1000));
  const store = await openSqliteJudgeStates(path);
  await store.put('states', 0, [{ meter: 'm1', state: state(3) }]);
  expect(await store.after('states', 0, '', 9)).toEqual([{ meter: 'm1', state: state(3) }]);
  await store.close();
});
