import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SqliteClient } from '#platform/sqlite/client.ts';
import { scratchPaths } from '../../stores/scratch-folder.ts';

const newPath = scratchPaths();
const TOTAL = 1000;

type Step = { readonly kind: 'statement' | 'turn' | 'abandoned'; readonly amount: number };

const steps = fc.array(
  fc.record({ kind: fc.constantFrom<Step['kind']>('statement', 'turn', 'abandoned'), amount: fc.nat(100) }),
  { maxLength: 12 },
);

test('money moved between two purses by any mix of transactions at the same time is neither made nor lost', async () => {
  const db = await SqliteClient.open(newPath());
  await db.query('CREATE TABLE purse (id INTEGER PRIMARY KEY, money INTEGER) STRICT');
  await db.transaction([{ sql: 'INSERT INTO purse VALUES (1, ?), (2, 0)', rows: [[TOTAL]] }]);
  const TAKE = 'UPDATE purse SET money = money - ? WHERE id = 1';
  const GIVE = 'UPDATE purse SET money = money + ? WHERE id = 2';
  let given = 0;

  const run = async ({ kind, amount }: Step): Promise<void> => {
    if (kind !== 'abandoned') given += amount;
    if (kind === 'statement') {
      await db.transaction([
        { sql: TAKE, rows: [[amount]] },
        { sql: GIVE, rows: [[amount]] },
      ]);
      return;
    }
    await db.exclusive(async ({ query }) => {
      await query('BEGIN IMMEDIATE');
      await query(TAKE, [amount]);
      if (kind === 'abandoned') return;
      await query(GIVE, [amount]);
      await query('COMMIT');
    });
  };
  const sum = async (): Promise<void> => {
    expect(await db.all('SELECT SUM(money) AS total FROM purse')).toEqual([{ total: TOTAL }]);
  };

  await fc.assert(
    fc.asyncProperty(steps, async (mix) => {
      await Promise.all(mix.flatMap((step) => [run(step), sum()]));
      expect(await db.all('SELECT money FROM purse ORDER BY id')).toEqual([{ money: TOTAL - given }, { money: given }]);
    }),
    { numRuns: 30 },
  );
  await db.close();
});
