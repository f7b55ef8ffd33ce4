import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite } from './open.ts';
import {
  type Column,
  type ColumnKind,
  type ColumnsResult,
  type ColumnsStatement,
  type Failure,
  OPENED,
  type Param,
  type QueryResult,
  type Reply,
  type Request,
  type Statement,
  type WorkerOptions,
} from './protocol.ts';
import { StatementCache } from './statement-cache.ts';

/** Serves one connection; every request is answered in the order in which it came. */
function serve(database: DatabaseSync): void {
  const statements = new StatementCache(database);
  parentPort?.on('message', (request: Request) => {
    let reply: Reply;
    try {
      reply = { id: request.id, ok: true, result: answer(database, statements, request) };
    } catch (error) {
      reply = { id: request.id, ok: false, ...failureOf(error) };
    }
    parentPort?.postMessage(reply, moved(reply));
    if (request.kind === 'close') parentPort?.close();
  });
}

function answer(database: DatabaseSync, statements: StatementCache, request: Request): unknown {
  switch (request.kind) {
    case 'query':
      return query(statements, request.sql, request.params);
    case 'columns':
      return readColumns(statements.arrays(request.sql).statement, request.params, request.kinds);
    case 'transaction':
      return transaction(database, statements, request.statements);
    case 'rollback':
      rollback(database);
      return null;
    case 'close':
      rollback(database);
      database.close();
      return null;
  }
}

function query(statements: StatementCache, sql: string, params: readonly Param[]): QueryResult {
  const { statement, givesRows } = statements.get(sql);
  if (givesRows) return { rows: statement.all(...params), changes: 0, lastId: 0 };
  const { changes, lastInsertRowid } = statement.run(...params);
  return { rows: [], changes: Number(changes), lastId: Number(lastInsertRowid) };
}

function readColumns(statement: StatementSync, params: readonly Param[], kinds: readonly ColumnKind[]): ColumnsResult {
  const rows = statement.all(...params) as unknown as readonly (readonly Param[])[];
  const columns = kinds.map((kind, c): Column => {
    if (kind === 'text') return rows.map((row) => row[c] as string | null);
    const numbers = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) numbers[i] = (rows[i]?.[c] as number | null) ?? Number.NaN;
    return numbers;
  });
  return { count: rows.length, columns };
}

/** All or nothing. Returns the number of changed rows of each statement. */
function transaction(database: DatabaseSync, cache: StatementCache, statements: readonly Statement[]): number[] {
  database.exec('BEGIN IMMEDIATE');
  try {
    const changes = statements.map((statement) => runStatement(cache, statement));
    database.exec('COMMIT');
    return changes;
  } catch (error) {
    rollback(database);
    throw error;
  }
}

/** SQLite has already rolled back by itself after some errors, and then refuses to do it again. */
function rollback(database: DatabaseSync): void {
  if (database.isTransaction) database.exec('ROLLBACK');
}

function runStatement(cache: StatementCache, statement: Statement): number {
  if ('columns' in statement) return runColumns(cache, statement);
  const prepared = cache.get(statement.sql).statement;
  if (statement.rows.length === 0) return statement.sql.includes('?') ? 0 : Number(prepared.run().changes);
  let changes = 0;
  for (const row of statement.rows) changes += Number(prepared.run(...row).changes);
  return changes;
}

/** Rows in one run of an INSERT. More gain nothing: binding them costs what the runs save. */
const ROWS_A_RUN = 10;

function runColumns(cache: StatementCache, { sql, columns, count, tuple }: ColumnsStatement): number {
  let changes = 0;
  let from = 0;
  if (tuple && count >= ROWS_A_RUN) {
    const several = sql.replace(tuple, new Array(ROWS_A_RUN).fill(tuple).join(', '));
    from = count - (count % ROWS_A_RUN);
    changes += runRows(cache.get(several).statement, columns, { from: 0, to: from, step: ROWS_A_RUN });
  }
  return changes + runRows(cache.get(sql).statement, columns, { from, to: count, step: 1 });
}

function runRows(
  prepared: StatementSync,
  columns: readonly Column[],
  { from, to, step }: { from: number; to: number; step: number },
): number {
  const params: Param[] = new Array(columns.length * step).fill(null);
  let changes = 0;
  for (let first = from; first < to; first += step) {
    let p = 0;
    for (let i = first; i < first + step; i++) {
      // SQLite takes NaN for NULL.
      for (const column of columns) params[p++] = column[i] ?? null;
    }
    changes += Number(prepared.run(...params).changes);
  }
  return changes;
}

function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const errcode =
    error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : null;
  return { message, errcode };
}

function moved(reply: Reply): ArrayBuffer[] {
  if (!reply.ok || reply.result === null || typeof reply.result !== 'object' || !('columns' in reply.result)) return [];
  const buffers: ArrayBuffer[] = [];
  for (const column of reply.result.columns as readonly Column[]) {
    if (column instanceof Float64Array) buffers.push(column.buffer as ArrayBuffer);
  }
  return buffers;
}

try {
  serve(openSqlite(workerData as WorkerOptions));
  parentPort?.postMessage({ id: OPENED, ok: true, result: null } satisfies Reply);
} catch (error) {
  parentPort?.postMessage({ id: OPENED, ok: false, ...failureOf(error) } satisfies Reply);
}
