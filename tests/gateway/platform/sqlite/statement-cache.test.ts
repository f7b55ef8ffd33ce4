import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { StatementCache } from '#platform/sqlite/statement-cache.ts';

test('the statements used last stay prepared, older and very long ones do not', () => {
  const database = new DatabaseSync(':memory:');
  const cache = new StatementCache(database);
  const first = cache.get('SELECT 0');
  const second = cache.get('SELECT 1');
  for (let i = 2; i < 300; i++) cache.get(`SELECT ${i}`);
  expect(cache.get('SELECT 0')).toBe(first);
  cache.get('SELECT 300');
  expect(cache.get('SELECT 0')).toBe(first);
  expect(cache.get('SELECT 1')).not.toBe(second);
  const long = `SELECT '${'x'.repeat(10_000)}'`;
  expect(cache.get(long)).not.toBe(cache.get(long));
  database.close();
});

test('a statement for rows and the same one for arrays are two, and each knows whether it gives rows', () => {
  const database = new DatabaseSync(':memory:');
  const cache = new StatementCache(database);
  expect(cache.get('SELECT 1 AS one').statement.all()).toEqual([{ one: 1 }]);
  expect(cache.arrays('SELECT 1 AS one').statement.all()).toEqual([[1]]);
  expect(cache.get('SELECT 1 AS one').statement.all()).toEqual([{ one: 1 }]);
  expect(cache.get('SELECT 1 AS one').givesRows).toBe(true);
  expect(cache.get('CREATE TABLE item (id)').givesRows).toBe(false);
  database.close();
});
