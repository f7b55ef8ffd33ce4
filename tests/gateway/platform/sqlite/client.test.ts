import { rmSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { SqliteClient, type SqliteOptions } from '#platform/sqlite/client.ts';
import { scratchPaths } from '../../stores/scratch-folder.ts';

const newPath = scratchPaths();
const open: SqliteClient[] = [];

async function client(path = newPath(), options: SqliteOptions = {}): Promise<SqliteClient> {
  const opened = await SqliteClient.open(path, options);
  open.push(opened);
  return opened;
}

async function withTable(path = newPath()): Promise<SqliteClient> {
  const opened = await client(path);
  await opened.query('CREATE TABLE item (id INTEGER PRIMARY KEY, size INTEGER, name TEXT) STRICT');
  return opened;
}

const INSERT = 'INSERT INTO item (id, size, name) VALUES (?, ?, ?)';

afterEach(async () => {
  for (const opened of open.splice(0)) await opened.close().catch(() => {});
});

describe('a connection in a worker thread', () => {
  test('a transaction takes statements by row and by column and counts the changes of each', async () => {
    const db = await withTable();
    const numbers = Float64Array.of(1, 2, 3, 10, Number.NaN, 30);
    const changes = await db.transaction([
      { sql: INSERT, columns: [numbers.subarray(0, 3), numbers.subarray(3), ['a', null, '丙']], count: 3 },
      { sql: INSERT, rows: [[4, 40, 'd']] },
      { sql: `${INSERT} ON CONFLICT DO NOTHING`, rows: [[4, 41, 'x']] },
      { sql: INSERT, rows: [] },
      { sql: 'UPDATE item SET size = size + 1', rows: [] },
    ]);
    expect(changes).toEqual([3, 1, 0, 0, 4]);
    expect(await db.all('SELECT * FROM item ORDER BY id')).toEqual([
      { id: 1, size: 11, name: 'a' },
      { id: 2, size: null, name: null },
      { id: 3, size: 31, name: '丙' },
      { id: 4, size: 41, name: 'd' },
    ]);
  });

  test.each([0, 1, 9, 10, 11, 25])(
    'a bulk insert of %i rows takes each of them once, several in a run',
    async (count) => {
      const db = await withTable();
      const ids = Float64Array.from({ length: count }, (_, i) => i + 1);
      const names = Array.from(ids, (id) => (id % 3 === 0 ? null : `n${id}`));
      const tuple = '(?, ?, ?)';
      await db.query(INSERT, [3, 0, 'taken']);
      const changes = await db.transaction([
        { sql: `${INSERT} ON CONFLICT DO NOTHING`, tuple, columns: [ids.slice(), ids.slice(), names], count },
      ]);
      expect(changes).toEqual([count < 3 ? count : count - 1]);
      const expected = Array.from({ length: count }, (_, i) => ({ id: i + 1, size: i + 1, name: names[i] }));
      expected[2] = { id: 3, size: 0, name: 'taken' };
      expect(await db.all('SELECT * FROM item ORDER BY id')).toEqual(expected.filter(Boolean));
    },
  );

  test('a statement that fails undoes its whole transaction, and the next one is not touched by it', async () => {
    const db = await withTable();
    const failing = db.transaction([
      { sql: INSERT, rows: [[1, 1, 'kept by nobody']] },
      { sql: INSERT, rows: [[1, 2, 'same key']] },
    ]);
    const following = db.transaction([{ sql: INSERT, rows: [[2, 2, 'fine']] }]);
    await expect(failing).rejects.toMatchObject({ code: 'store_refused', next: 'skip' });
    await following;
    expect(await db.all('SELECT id FROM item')).toEqual([{ id: 2 }]);
  });

  test('a bulk read gives columns, with NaN for a number and null for a text that is missing', async () => {
    const db = await withTable();
    await db.transaction([
      {
        sql: INSERT,
        rows: [
          [1, null, 'a'],
          [2, 1e12, null],
        ],
      },
    ]);
    const { count, columns } = await db.columns(
      'SELECT id, size, name FROM item WHERE id <= ? ORDER BY id',
      [9],
      ['number', 'number', 'text'],
    );
    expect(count).toBe(2);
    expect(columns).toEqual([Float64Array.of(1, 2), Float64Array.of(Number.NaN, 1e12), ['a', null]]);
  });

  test.each([
    ['a value that SQLite has no type for', [1, undefined as unknown as number, 'a']],
    ['a value that cannot be sent to a thread', [1, (() => {}) as unknown as number, 'a']],
    ['a fraction in a whole-number column', [1, 0.5, 'a']],
  ])('%s is refused as something not to be tried again', async (_what, row) => {
    const db = await withTable();
    const refused = { code: 'store_refused', next: 'skip' };
    await expect(db.transaction([{ sql: INSERT, rows: [row] }])).rejects.toMatchObject(refused);
    await expect(db.query(INSERT, row)).rejects.toMatchObject(refused);
    expect(await db.all('SELECT COUNT(*) AS n FROM item')).toEqual([{ n: 0 }]);
  });

  test('an integer too large for a number is refused rather than rounded', async () => {
    const db = await client();
    await expect(db.all('SELECT 9007199254740993 AS big')).rejects.toMatchObject({ code: 'store_refused' });
  });

  test('the same statement works again after it has failed', async () => {
    const db = await withTable();
    await db.query(INSERT, [1, 1, 'a']);
    await expect(db.query(INSERT, [1, 1, 'a'])).rejects.toMatchObject({ code: 'store_refused' });
    expect(await db.query(INSERT, [2, 1, 'a'])).toMatchObject({ changes: 1, lastId: 2 });
  });
});

describe('a turn on the connection', () => {
  test('what others ask meanwhile waits and sees nothing half done', async () => {
    const db = await withTable();
    const order: string[] = [];
    const turn = db.exclusive(async ({ query }) => {
      await query('BEGIN IMMEDIATE');
      await query(INSERT, [1, 1, 'a']);
      const meanwhile = Promise.all([
        db.all('SELECT COUNT(*) AS n FROM item').then((rows) => order.push(`read ${rows[0]?.['n']}`)),
        db.transaction([{ sql: INSERT, rows: [[2, 2, 'b']] }]).then(() => order.push('transaction')),
        db.exclusive(({ query }) => query('SELECT 1')).then(() => order.push('turn')),
      ]);
      await query(INSERT, [3, 3, 'c']);
      await query('ROLLBACK');
      order.push('rolled back');
      return { meanwhile };
    });
    await (await turn).meanwhile;
    expect(order).toEqual(['rolled back', 'read 0', 'transaction', 'turn']);
    expect(await db.all('SELECT id FROM item')).toEqual([{ id: 2 }]);
  });

  test('a transaction that it leaves open, by an error or by forgetting it, is rolled back', async () => {
    const db = await withTable();
    const leaving = db.exclusive(async ({ query }) => {
      await query('BEGIN IMMEDIATE');
      await query(INSERT, [1, 1, 'a']);
      throw new Error('changed my mind');
    });
    await expect(leaving).rejects.toThrow('changed my mind');
    await db.exclusive(async ({ query }) => {
      await query('BEGIN IMMEDIATE');
      await query(INSERT, [2, 2, 'b']);
    });
    await db.transaction([{ sql: INSERT, rows: [[3, 3, 'c']] }]);
    expect(await db.all('SELECT id FROM item')).toEqual([{ id: 3 }]);
  });

  test('it cannot be used after its end', async () => {
    const db = await withTable();
    const kept = await db.exclusive(async (turn) => turn);
    await expect(kept.query('SELECT 1')).rejects.toThrow('BUG');
  });
});

describe('closing', () => {
  test('everything asked before is done, everything after is refused, and closing again changes nothing', async () => {
    const path = newPath();
    const db = await withTable(path);
    const held = db.exclusive(async ({ query }) => {
      await query(INSERT, [1, 1, 'in the turn']);
      await query(INSERT, [2, 2, 'in the turn']);
    });
    const waiting = db.transaction([{ sql: INSERT, rows: [[3, 3, 'waits for the turn']] }]);
    const closed = db.close();
    const late = db.transaction([{ sql: INSERT, rows: [[4, 4, 'too late']] }]);
    await expect(late).rejects.toMatchObject({ code: 'store_closed', next: 'stop' });
    await Promise.all([held, waiting, closed, db.close()]);
    await expect(db.all('SELECT 1')).rejects.toMatchObject({ code: 'store_closed' });
    const again = await client(path);
    expect(await again.all('SELECT id FROM item')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  });

  test('an uncommitted transaction is not kept', async () => {
    const path = newPath();
    const db = await withTable(path);
    const stuck = db.exclusive(async ({ query }) => {
      await query('BEGIN IMMEDIATE');
      await query(INSERT, [1, 1, 'a']);
    });
    await Promise.all([stuck, db.close()]);
    expect(await (await client(path)).all('SELECT id FROM item')).toEqual([]);
  });
});

describe('a reader beside the writer', () => {
  test('it sees every commit as soon as it is acknowledged, and cannot write', async () => {
    const path = newPath();
    const writer = await withTable(path);
    const reader = await client(path, { readOnly: true });
    for (let id = 1; id <= 20; id++) {
      await writer.transaction([{ sql: INSERT, rows: [[id, id, 'x']] }]);
      expect(await reader.all('SELECT MAX(id) AS newest FROM item')).toEqual([{ newest: id }]);
    }
    await expect(reader.query(INSERT, [99, 0, 'x'])).rejects.toMatchObject({ code: 'store_read_only', next: 'stop' });
  });

  test('it can open a file whose writer has closed it', async () => {
    const path = newPath();
    const writer = await withTable(path);
    await writer.query(INSERT, [1, 1, 'a']);
    await writer.close();
    const reader = await client(path, { readOnly: true });
    expect(await reader.all('SELECT id FROM item')).toEqual([{ id: 1 }]);
  });

  test('it refuses to open a file that is not there, and creates none', async () => {
    const path = newPath();
    await expect(SqliteClient.open(path, { readOnly: true })).rejects.toMatchObject({ code: 'store_failed' });
    expect(() => rmSync(path)).toThrow('ENOENT');
  });

  test('an open read turn keeps its view while the writer goes on', async () => {
    const path = newPath();
    const writer = await withTable(path);
    const reader = await client(path, { readOnly: true });
    await reader.exclusive(async ({ query }) => {
      await query('BEGIN');
      expect((await query('SELECT COUNT(*) AS n FROM item')).rows).toEqual([{ n: 0 }]);
      await writer.query(INSERT, [1, 1, 'a']);
      expect((await query('SELECT COUNT(*) AS n FROM item')).rows).toEqual([{ n: 0 }]);
    });
    expect(await reader.all('SELECT COUNT(*) AS n FROM item')).toEqual([{ n: 1 }]);
  });
});
