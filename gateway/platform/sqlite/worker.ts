import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite } from './open.ts';
import type { ColumnsStatement, Param, Reply, Request, RunResult, Statement, WorkerOptions } from './protocol.ts';

const options = workerData as WorkerOptions;
const database: DatabaseSync = openSqlite(options.path, options.readOnly);
const prepared = new Map<string, StatementSync>();
const MAX_PREPARED = 500;

function prepare(sql: string): StatementSync {
  let statement = prepared.get(sql);
  if (!statement) {
    if (prepared.size >= MAX_PREPARED) prepared.clear();
    statement = database.prepare(sql);
    prepared.set(sql, statement);
  }
  return statement;
}

function run(sql: string, params: readonly Param[]): RunResult {
  const { changes, lastInsertRowid } = prepare(sql).run(...params);
  return { changes: Number(changes), lastId: Number(lastInsertRowid) };
}

function runColumns({ sql, columns, count }: ColumnsStatement): number {
  const statement = prepare(sql);
  const params: Param[] = new Array(columns.length).fill(null);
  let changes = 0;
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < columns.length; c++) {
      const value = columns[c]?.[i] ?? null;
      params[c] = typeof value === 'number' && Number.isNaN(value) ? null : value;
    }
    changes += Number(statement.run(...params).changes);
  }
  return changes;
}

function runStatement(statement: Statement): number {
  if ('columns' in statement) return runColumns(statement);
  if (statement.rows.length === 0) return run(statement.sql, []).changes;
  let changes = 0;
  for (const row of statement.rows) changes += run(statement.sql, row).changes;
  return changes;
}

/** All or nothing. Returns the number of changed rows of each statement. */
function transaction(statements: readonly Statement[]): number[] {
  database.exec('BEGIN IMMEDIATE');
  try {
    const changes = statements.map(runStatement);
    database.exec('COMMIT');
    return changes;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function answer(request: Request): unknown {
  switch (request.kind) {
    case 'all':
      return prepare(request.sql).all(...request.params);
    case 'run':
      return run(request.sql, request.params);
    case 'transaction':
      return transaction(request.statements);
    case 'close':
      prepared.clear();
      database.close();
      return null;
  }
}

function errcodeOf(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : null;
}

parentPort?.on('message', (request: Request) => {
  let reply: Reply;
  try {
    reply = { id: request.id, ok: true, result: answer(request) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reply = { id: request.id, ok: false, message, errcode: errcodeOf(error) };
  }
  parentPort?.postMessage(reply);
  if (request.kind === 'close') parentPort?.close();
});
